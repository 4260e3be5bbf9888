//! `lfw-tui bench`: measures how fast this machine trains and encodes.

use super::context::Context;
use super::output;
use super::progress::with_progress;
use super::{bench_presets, bench_search};
use crate::cli::BenchArgs;
use crate::error::{Error, Result};
use crate::kernels;
use crate::training::benchmark::{Benchmark, Measurements};

/// Runs the command.
///
/// # Errors
/// When the device cannot be opened or runs out of memory.
pub(super) fn run(context: &Context, args: &BenchArgs) -> Result<()> {
    if args.presets {
        return bench_presets::run(context, args);
    }
    if let Some(size) = args.search {
        return bench_search::run(size, args.against.as_deref(), args.format.json);
    }
    let benchmark = Benchmark {
        size: args.size,
        code_size: args.code_size,
        batch_size: args.batch_size,
        seconds: args.seconds,
    };
    benchmark.validate().map_err(Error::into_usage)?;
    let device = context.open_device(&args.compute)?;
    kernels::set_precision(args.precision.unwrap_or_default());
    let measurements = with_progress(|watch| benchmark.run(&device, watch))?;
    if args.format.json {
        output::json(&measurements)
    } else {
        print(&measurements)
    }
}

fn print(measurements: &Measurements) -> Result<()> {
    let Measurements {
        size,
        code_size,
        batch_size,
        device,
        threads,
        instruction_set,
        ..
    } = measurements;
    let place = match (device.as_str(), measurements.recorded) {
        ("cpu", _) => format!("{threads} threads with {instruction_set}"),
        (gpu, true) => format!("{gpu}, steps replayed as CUDA graphs"),
        (gpu, false) => format!("{gpu}, kernels launched one by one"),
    };
    output::line(format!(
        "seed network, {size}×{size}, code {code_size}, batches of {batch_size}, on {place}"
    ))?;
    let share = |share: Option<f64>| {
        share.map_or_else(String::new, |share| {
            format!(", {:.0} % of the f32 peak", 100.0 * share)
        })
    };
    output::line(format!(
        "training  {:>9.0} images/s  {:>7.1} GFLOP/s{} (steps from {:.0} to {:.0})",
        measurements.train_images_per_s,
        measurements.train_gflops,
        share(measurements.train_share_of_peak),
        measurements.train_spread[1],
        measurements.train_spread[0],
    ))?;
    output::line(format!(
        "encoding  {:>9.0} images/s  {:>7.1} GFLOP/s{}",
        measurements.encode_images_per_s,
        measurements.encode_gflops,
        share(measurements.encode_share_of_peak),
    ))?;
    if let Some(peak) = measurements.peak_gflops {
        output::line(format!(
            "f32 peak  {peak:>7.1} GFLOP/s (matrix products in the L1 cache)"
        ))?;
    }
    if let Some(memory) = measurements.peak_memory_mib {
        output::line(format!("memory    {memory:>7.0} MiB peak"))?;
    }
    if let Some(pages) = measurements.pages_per_train_step {
        output::line(format!("faults    {pages:>7.1} pages per training step"))?;
    }
    Ok(())
}
