//! `lfw-tui doctor`.

use crate::cli::DoctorArgs;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Runs the command.
///
/// # Errors
/// When it could not be done.
pub fn run(_paths: &Paths, _args: &DoctorArgs) -> Result<()> {
    Err(Error::invalid("doctor", "not written yet"))
}
