//! `lfw-tui bench`.

use super::Context;
use crate::cli::BenchArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &BenchArgs) -> Result<()> {
    Err(Error::invalid("bench", "not written yet"))
}
