//! `lfw-tui denoise`.

use super::Context;
use crate::cli::DenoiseArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &DenoiseArgs) -> Result<()> {
    Err(Error::invalid("denoise", "not written yet"))
}
