//! The screen: the only user of ratatui and crossterm.

use crate::cli::ScreenArgs;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Runs the screen until the user quits.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(_paths: &Paths, _args: &ScreenArgs) -> Result<()> {
    Err(Error::invalid("screen", "not written yet"))
}
