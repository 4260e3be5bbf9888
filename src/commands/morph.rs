//! `lfw-tui morph`.

use super::Context;
use crate::cli::MorphArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &MorphArgs) -> Result<()> {
    Err(Error::invalid("morph", "not written yet"))
}
