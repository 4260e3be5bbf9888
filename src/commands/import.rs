//! `lfw-tui import`.

use super::Context;
use crate::cli::ImportArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &ImportArgs) -> Result<()> {
    Err(Error::invalid("import", "not written yet"))
}
