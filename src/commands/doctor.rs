//! `lfw-tui doctor`.

use super::Context;
use crate::cli::DoctorArgs;
use crate::error::{Error, Result};

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_context: &Context, _args: &DoctorArgs) -> Result<()> {
    Err(Error::invalid("doctor", "not written yet"))
}
