//! The codes of a data set as files for other programs: `NumPy` arrays, safetensors, tables, and
//! folders for `TensorBoard`'s projector.

mod named_codes;
mod names;
mod npy;
mod projector;
mod safetensors;
mod sprite;
mod table;
mod target;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::paths::make_folders;
use crate::progress::Watch;
pub(crate) use named_codes::NamedCodes;
pub(crate) use target::{CodesFile, CodesFormat};

/// Writes codes to the file or folder and returns the paths of what was written. Nothing that
/// exists is replaced, and nothing half-written is left.
///
/// # Errors
/// When a file exists or cannot be written; `Cancelled` by the watcher.
pub(crate) fn write(
    file: &CodesFile,
    codes: &NamedCodes<'_>,
    watch: Watch,
) -> Result<Vec<PathBuf>> {
    if codes.codes.rows == 0 {
        return Err(Error::invalid(
            &codes.dataset.title,
            "has no pictures, and so no codes",
        ));
    }
    let path = std::path::absolute(&file.path).map_err(Error::io(&file.path, "resolve"))?;
    if let Some(folder) = path.parent() {
        make_folders(folder)?;
    }
    match file.format {
        CodesFormat::Npy => npy::write(&path, codes, watch)?,
        CodesFormat::Safetensors => safetensors::write(&path, codes)?,
        CodesFormat::Tsv => table::write(&path, codes, watch)?,
        CodesFormat::Projector => projector::write(&path, codes, watch)?,
    }
    Ok(file.written())
}

#[cfg(test)]
mod tests;
