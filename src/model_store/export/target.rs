//! What `-o` names: a file of one of the formats, or a folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::npy;
use crate::error::{Error, Result};

/// A form of codes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum CodesFormat {
    /// A `NumPy` array, with the names in a table beside it.
    Npy,
    /// Tensors `codes`, `person` and `names`.
    Safetensors,
    /// A table with one row for each picture.
    Tsv,
    /// A folder for `TensorBoard`'s projector.
    Projector,
}

/// A file or folder to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodesFile {
    /// As the user wrote it.
    pub path: PathBuf,
    /// By its ending.
    pub format: CodesFormat,
}

impl CodesFile {
    /// The format by the name's ending; a name without one, or an existing folder, is a folder for
    /// the projector.
    ///
    /// # Errors
    /// [`Error::Usage`] for another ending.
    pub(crate) fn from_path(path: &Path) -> Result<Self> {
        let ends_with_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let ending = path.extension().map(OsStr::to_ascii_lowercase);
        let format = match ending.as_deref().map(|ending| ending.to_string_lossy()) {
            _ if ends_with_slash || path.is_dir() => CodesFormat::Projector,
            None => CodesFormat::Projector,
            Some(ending) => match ending.as_ref() {
                "npy" => CodesFormat::Npy,
                "safetensors" => CodesFormat::Safetensors,
                "tsv" => CodesFormat::Tsv,
                other => {
                    return Err(Error::Usage(format!(
                        "-o {}: there is no format .{other}; write NAME.npy, NAME.safetensors, \
                         NAME.tsv, or a folder's name without an ending (or with / at its end) \
                         for TensorBoard's projector",
                        path.display()
                    )));
                }
            },
        };
        Ok(Self {
            path: path.to_path_buf(),
            format,
        })
    }

    /// Everything that is written, the main file first.
    pub(crate) fn written(&self) -> Vec<PathBuf> {
        match self.format {
            CodesFormat::Npy => vec![self.path.clone(), npy::names_path(&self.path)],
            _ => vec![self.path.clone()],
        }
    }

    /// Checks before any work that nothing would be overwritten.
    ///
    /// # Errors
    /// When one of the files exists, or the folder is not empty.
    pub(crate) fn check_free(&self) -> Result<()> {
        for path in self.written() {
            let Ok(data) = path.symlink_metadata() else {
                continue;
            };
            let is_empty_folder = data.is_dir()
                && self.format == CodesFormat::Projector
                && std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
            if !is_empty_folder {
                let kind = match self.format {
                    CodesFormat::Projector if data.is_dir() => "is a folder that is not empty",
                    _ => "already exists",
                };
                return Err(Error::invalid(
                    path.display(),
                    format!("{kind}; choose another name, or remove it first"),
                ));
            }
        }
        Ok(())
    }
}
