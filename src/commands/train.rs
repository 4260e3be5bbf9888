//! `lfw-tui train`.

use super::Context;
use crate::cli::TrainArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &TrainArgs) -> Result<()> {
    Err(Error::invalid("train", "not written yet"))
}
