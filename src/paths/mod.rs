//! All files and folders of the program. Every path is built here, so that nothing else builds
//! paths by hand.

pub mod permissions;
pub mod symlinks;
pub mod unfinished;
pub mod user_path;

use std::path::{Path, PathBuf};

use crate::error::{self, Error, Result};
use crate::interrupt::RemoveOnSignal;

pub use permissions::{Sharing, make_folders};

/// The environment variable that moves all folders below one.
pub const HOME_VARIABLE: &str = "LFW_TUI_HOME";

/// The program's folders. None of them exists until something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    cache: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// Uses `$LFW_TUI_HOME` if it is set and not empty, otherwise the XDG folders.
    ///
    /// # Errors
    /// When there is no home directory to derive the XDG folders from.
    pub fn from_environment() -> Result<Self> {
        let paths = Self::detect()?;
        error::set_own_folders(vec![
            paths.config.clone(),
            paths.data.clone(),
            paths.cache.clone(),
            paths.state.clone(),
        ]);
        Ok(paths)
    }

    fn detect() -> Result<Self> {
        if let Some(home) = std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
            // No shell expands `~` in the settings of a service or a container.
            let home = user_path::expand_home(Path::new(&home)).unwrap_or(PathBuf::from(&home));
            let home = std::path::absolute(&home).map_err(Error::io(&home, "resolve"))?;
            return Ok(Self::below(home));
        }
        let dirs = directories::ProjectDirs::from("", "", "lfw-tui").ok_or_else(|| {
            Error::not_found(
                "home directory",
                format!("set {HOME_VARIABLE} to a folder for the program's files"),
            )
        })?;
        Ok(Self {
            config: dirs.config_dir().to_path_buf(),
            data: dirs.data_dir().to_path_buf(),
            cache: dirs.cache_dir().to_path_buf(),
            state: dirs
                .state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .to_path_buf(),
        })
    }

    /// All folders below `home`, as with `LFW_TUI_HOME`.
    pub fn below(home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            config: home.join("config"),
            data: home.join("data"),
            cache: home.join("cache"),
            state: home.join("state"),
        }
    }

    /// The four root folders: config, data, cache, state.
    pub fn roots(&self) -> [&Path; 4] {
        [&self.config, &self.data, &self.cache, &self.state]
    }

    /// The user's settings.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("lfw-tui.toml")
    }

    /// The settings folder, with the user's `themes/` and `presets/`.
    pub fn config_dir(&self) -> &Path {
        &self.config
    }

    /// Imported data sets, one folder each.
    pub fn datasets(&self) -> PathBuf {
        self.data.join("datasets")
    }

    /// The log of all processes of the program.
    pub fn log_file(&self) -> PathBuf {
        self.state.join("lfw-tui.log")
    }

    /// Stores the id of the data set used last.
    pub fn last_dataset_file(&self) -> PathBuf {
        self.state.join("last-dataset")
    }

    /// Downloads; partial ones have the extension `.part`.
    pub fn downloads(&self) -> PathBuf {
        self.cache.join("downloads")
    }

    /// Cropped and resized faces, one file per (data set, crop, size, resize).
    pub fn face_tensors(&self) -> PathBuf {
        self.cache.join("faces")
    }

    /// Fitted closed-form models and codes, which can be computed again.
    pub fn fitted_models(&self) -> PathBuf {
        self.cache.join("models")
    }

    /// The message for the user when the cache cannot be written.
    pub fn cache_unwritable_note(&self, error: &Error) -> String {
        format!(
            "{}: cannot be written ({}); continuing without a cache",
            self.cache.display(),
            error.reason()
        )
    }

    /// Training runs, one folder each.
    pub fn runs(&self) -> PathBuf {
        self.data.join("runs")
    }

    /// Pictures saved from the screen.
    pub fn saved_pictures(&self) -> PathBuf {
        self.data.join("pictures")
    }
}

/// Replaces the file at `path` atomically: writes a temporary file beside it, syncs and renames it.
/// Readers see the old or the new content, never a part. Creates the folder if needed.
///
/// # Errors
/// When a file cannot be written or replaced.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folders(folder)?;
    replace_file_in_existing_folder(path, bytes)
}

/// Like [`replace_file`], but does not create the folder again if it was removed.
///
/// # Errors
/// When a file cannot be written or replaced.
pub fn replace_file_in_existing_folder(path: &Path, bytes: &[u8]) -> Result<()> {
    let (file, _unfinished) = write_temp_beside(path, bytes)?;
    file.persist(path)
        .map_err(|error| Error::io(path, "replace")(error.error))?;
    Ok(())
}

/// Like [`replace_file_in_existing_folder`], but if the disk is too full for a second file, overwrites the
/// existing one in place, padded with blanks to its old length. This needs no new disk block, so a
/// final status can always be written. Only for small files whose readers retry when parsing fails.
///
/// # Errors
/// When the file cannot be written either way.
pub fn replace_or_overwrite(path: &Path, bytes: &[u8]) -> Result<()> {
    match replace_file_in_existing_folder(path, bytes) {
        Err(error) if error.is_disk_full() => overwrite(path, bytes).map_err(|_| error),
        other => other,
    }
}

#[cfg(unix)]
fn overwrite(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = symlinks::open_nofollow(std::fs::OpenOptions::new().write(true), path)?;
    let before = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut padded = bytes.to_vec();
    // At most one block of blanks: these files are smaller than a block.
    padded.resize(before.min(1 << 16).max(bytes.len()), b' ');
    file.write_all_at(&padded, 0)?;
    file.set_len(padded.len() as u64)?;
    file.sync_data()
}

#[cfg(not(unix))]
fn overwrite(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)
}

/// Creates a folder whose parent must exist; an existing folder is fine.
///
/// # Errors
/// When the folder cannot be created.
pub fn make_folder_in_existing(folder: &Path) -> Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => {
            permissions::set_new_folder_mode(folder).map_err(Error::io(folder, "create the folder"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io(folder, "create the folder")(error)),
    }
}

/// Creates a file atomically; it must not exist yet.
///
/// # Errors
/// When the file exists, which is left as it is, or cannot be written.
pub fn create_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let (file, _unfinished) = write_temp_beside(path, bytes)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::invalid(
                path.display(),
                "already exists; choose another name, or remove it first",
            ))
        }
        Err(error) => Err(Error::io(path, "create")(error.error)),
    }
}

fn write_temp_beside(
    path: &Path,
    bytes: &[u8],
) -> Result<(tempfile::NamedTempFile, RemoveOnSignal)> {
    use std::io::Write;
    if !permissions::is_program_path(path)
        && let Some(folder) = path.parent()
    {
        symlinks::reject_untrusted_links(folder)?;
    }
    let mut file =
        unfinished::new_file_for(path).map_err(Error::io(path, "create a file beside"))?;
    let unfinished = RemoveOnSignal::new(file.path());
    file.write_all(bytes).map_err(Error::io(path, "write"))?;
    file.as_file().sync_all().map_err(Error::io(path, "sync"))?;
    Ok((file, unfinished))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_over_in_place_and_holds_nothing_of_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        assert!(overwrite(&path, b"{}").is_err(), "there is none");
        std::fs::write(&path, b"{\"state\": \"running\", \"step\": 12}\n").unwrap();
        let inode = |path: &Path| {
            use std::os::unix::fs::MetadataExt;
            std::fs::metadata(path).unwrap().ino()
        };
        let before = inode(&path);
        for text in [
            "{\"step\":1}\n",
            "{\"state\": \"paused\", \"step\": 1234567890123}\n",
        ] {
            overwrite(&path, text.as_bytes()).unwrap();
            let now = std::fs::read_to_string(&path).unwrap();
            assert_eq!(now.trim_end(), text.trim_end());
            let value: serde_json::Value = serde_json::from_str(&now).unwrap();
            assert!(value["step"].is_u64());
        }
        assert_eq!(inode(&path), before);
    }
}
