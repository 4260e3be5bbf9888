//! The PNG or GIF that `-o` names.

use std::path::Path;

use crate::error::{Error, Result};
use crate::paths::replace_file;

/// Checks before any work that `-o` names a PNG.
///
/// # Errors
/// When it does not, or is a folder.
pub(super) fn check_png(path: &Path) -> Result<()> {
    let is_png = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if !is_png || path.is_dir() {
        return Err(Error::Usage(format!(
            "-o {}: is not the name of a PNG; write -o NAME.png",
            path.display()
        )));
    }
    Ok(())
}

/// What `-o` asks for where either is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PictureKind {
    /// A picture.
    Png,
    /// Pictures one after the other.
    Gif,
}

/// Checks before any work that `-o` names a PNG or a GIF.
///
/// # Errors
/// When it does not, or is a folder.
pub(super) fn picture_kind(path: &Path) -> Result<PictureKind> {
    let is_gif = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gif"));
    if is_gif && !path.is_dir() {
        return Ok(PictureKind::Gif);
    }
    check_png(path).map(|()| PictureKind::Png)
}

/// Writes a file, replacing one of that name.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let path = std::path::absolute(path).map_err(Error::io(path, "resolve"))?;
    replace_file(&path, bytes)
}
