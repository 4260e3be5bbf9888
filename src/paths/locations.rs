//! The names and places of the program's files and folders. Every path is built here, so that
//! nothing else builds paths by hand.

use std::path::{Path, PathBuf};

use super::user_path::expand_home;
use crate::error::{self, Error, Result};

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
            let home = expand_home(Path::new(&home)).unwrap_or(PathBuf::from(&home));
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
    pub(crate) fn roots(&self) -> [&Path; 4] {
        [&self.config, &self.data, &self.cache, &self.state]
    }

    /// The user's settings.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("lfw-tui.toml")
    }

    /// The settings folder, with the user's `themes/` and `presets/`.
    pub(crate) fn config_dir(&self) -> &Path {
        &self.config
    }

    /// Imported data sets, one folder each.
    pub fn datasets(&self) -> PathBuf {
        self.data.join("datasets")
    }

    /// The log of all processes of the program.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.state.join("lfw-tui.log")
    }

    /// Stores the id of the data set used last.
    pub(crate) fn last_dataset_file(&self) -> PathBuf {
        self.state.join("last-dataset")
    }

    /// Which parts of picture files were chosen as queries.
    pub(crate) fn picture_crops_file(&self) -> PathBuf {
        self.state.join("picture-crops.json")
    }

    /// Downloads; partial ones have the extension `.part`.
    pub(crate) fn downloads(&self) -> PathBuf {
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

    /// Codes of data sets and their indexes, which can be computed again.
    pub fn codes(&self) -> PathBuf {
        self.cache.join("codes")
    }

    /// The message for the user when the cache cannot be written.
    pub(crate) fn cache_unwritable_note(&self, error: &Error) -> String {
        format!(
            "{}: cannot be written ({}); continuing without a cache",
            self.cache.display(),
            error.reason()
        )
    }

    /// How long runs would take, which can be measured again.
    pub(crate) fn forecasts_file(&self) -> PathBuf {
        self.cache.join("forecasts.json")
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
