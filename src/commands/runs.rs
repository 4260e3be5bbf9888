//! `lfw-tui runs`.

use super::Context;
use crate::cli::RunsArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &RunsArgs) -> Result<()> {
    Err(Error::invalid("runs", "not written yet"))
}
