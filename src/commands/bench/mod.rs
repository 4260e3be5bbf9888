//! `lfw-tui bench`: measures how fast this machine trains and encodes.

mod measure;
mod report;

use super::context::Context;
use super::output;
use crate::cli::BenchArgs;
use crate::error::{Error, Result};
use crate::kernels;
use crate::training::oom;

/// Runs the command.
///
/// # Errors
/// When the device cannot be opened or runs out of memory.
pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<()> {
    measure::spec(args).validate().map_err(Error::into_usage)?;
    let device = context.open_device(&args.compute)?;
    kernels::set_precision(args.precision.unwrap_or_default());
    let figures = measure::measure(args, &device).map_err(|error| {
        oom::explain(error, args.batch_size as usize, |pictures| {
            measure::try_batch(args, pictures, &device)
        })
    })?;
    if args.format.json {
        output::json(&figures)
    } else {
        report::print(&figures)
    }
}
