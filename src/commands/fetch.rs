//! `lfw-tui fetch`.

use super::Context;
use crate::cli::FetchArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &FetchArgs) -> Result<()> {
    Err(Error::invalid("fetch", "not written yet"))
}
