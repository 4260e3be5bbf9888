//! `lfw-tui eval`.

use super::Context;
use crate::cli::EvalArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &EvalArgs) -> Result<()> {
    Err(Error::invalid("eval", "not written yet"))
}
