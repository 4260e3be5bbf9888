//! `lfw-tui search`.

use super::Context;
use crate::cli::SearchArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &SearchArgs) -> Result<()> {
    Err(Error::invalid("search", "not written yet"))
}
