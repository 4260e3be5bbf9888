//! A run's directory and the paths of its files. docs/run-directory.md
//! describes each file.

use std::path::{Path, PathBuf};

use super::lenient_spec::{LenientSpec, ParsedSpec};
use crate::error::{Error, Result};
use crate::paths::symlinks;
use crate::training::TrainSpec;

/// The training spec. Every run's directory has this file.
pub(super) const SPEC_FILE: &str = "run.toml";

/// A run's directory, `runs/<utc>-<model>-<id>/`. Cheap to clone; keeps no file open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// An existing run's directory.
    ///
    /// # Errors
    /// When it has no `run.toml`, or when the path passes through a link that
    /// another user could have made.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let run = Self::new_unchecked(path.into());
        symlinks::reject_untrusted_links(&run.path)?;
        if run.exists() {
            Ok(run)
        } else {
            Err(Error::not_found(
                format!("run {}", run.path.display()),
                "a run's folder has a run.toml; `lfw-tui runs` lists all runs",
            ))
        }
    }

    /// A directory that need not exist yet.
    pub(super) fn new_unchecked(path: PathBuf) -> Self {
        Self { path }
    }

    /// The directory, unless it certainly has no `run.toml`. One that may not
    /// be looked into counts as a run.
    pub(super) fn candidate(path: PathBuf) -> Option<Self> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let run = Self::new_unchecked(path);
        match std::fs::metadata(run.spec_path()) {
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => None,
            _ => Some(run),
        }
    }

    /// Whether the run (still) exists.
    pub fn exists(&self) -> bool {
        self.spec_path().is_file()
    }

    /// Checks that the run has not been removed.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub(super) fn check_exists(&self) -> Result<()> {
        if self.exists() {
            return Ok(());
        }
        Err(Error::not_found(
            format!("run {}", self.path.display()),
            "its folder was removed",
        ))
    }

    /// An error about this run.
    pub(crate) fn error(&self, problem: impl ToString) -> Error {
        Error::invalid(format!("run {}", self.folder_name()), problem)
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's last component, `20261123T201502Z-conv32-k3f9q`.
    pub fn folder_name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The short id: the part of the folder's name after its last dash.
    pub fn id(&self) -> String {
        let folder = self.folder_name();
        match folder.rsplit_once('-') {
            Some((_, id)) => id.to_string(),
            None => folder,
        }
    }

    /// The spec, for training or evaluating the run.
    ///
    /// # Errors
    /// When `run.toml` cannot be read, or another program wrote it and left out
    /// settings that training needs.
    pub fn spec(&self) -> Result<TrainSpec> {
        self.parse_spec()?.spec.map_err(|error| {
            let message = error.to_string();
            let file = self.spec_path().display().to_string();
            let reason = message
                .strip_prefix(&format!("{file}: "))
                .unwrap_or(&message);
            // The parser's excerpt of the file comes first, its reason last.
            let reason = reason.lines().last().unwrap_or(reason);
            Error::invalid(
                file,
                format!(
                    "{reason}; lfw-tui shows this run, but cannot train or use it: \
                     another program wrote it, or a newer version"
                ),
            )
        })
    }

    /// As much of the spec as can be read.
    pub fn lenient_spec(&self) -> LenientSpec {
        LenientSpec::new(self.parse_spec(), self.id())
    }

    /// The user's name for the run; its id if it has none.
    pub(crate) fn name(&self) -> String {
        self.lenient_spec().name
    }

    /// The same, where it matters that the name is the right one.
    ///
    /// # Errors
    /// When `run.toml` cannot be read.
    pub(super) fn read_name(&self) -> Result<String> {
        let parsed = self.parse_spec()?;
        Ok(LenientSpec::new(Ok(parsed), self.id()).name)
    }

    fn parse_spec(&self) -> Result<ParsedSpec> {
        if self.path.is_symlink() {
            symlinks::reject_untrusted_links(&self.path)?;
        }
        ParsedSpec::read(&self.spec_path())
    }

    /// The training spec; never changes.
    pub fn spec_path(&self) -> PathBuf {
        self.path.join(SPEC_FILE)
    }

    /// Locked by the worker while it lives.
    pub(crate) fn lock_path(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The worker's status.
    pub fn status_path(&self) -> PathBuf {
        self.path.join("status.json")
    }

    /// What the worker should do.
    pub fn control_path(&self) -> PathBuf {
        self.path.join("control.json")
    }

    /// Locked while the control file changes.
    pub(crate) fn control_lock_path(&self) -> PathBuf {
        self.path.join("control.lock")
    }

    /// What people write about the run.
    pub(super) fn notes_path(&self) -> PathBuf {
        self.path.join("notes.json")
    }

    /// Locked while the notes change.
    pub(super) fn notes_lock_path(&self) -> PathBuf {
        self.path.join("notes.lock")
    }

    /// One row per step, evaluation and event.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// The preview faces as the model reconstructs them now.
    pub fn preview_path(&self) -> PathBuf {
        self.path.join("preview.safetensors")
    }

    /// The held-out faces with the largest error at the last epoch's end.
    pub(crate) fn worst_preview_path(&self) -> PathBuf {
        self.path.join("worst.safetensors")
    }

    /// Previews from the ends of earlier epochs.
    pub(crate) fn previews_dir(&self) -> PathBuf {
        self.path.join("previews")
    }

    /// The output of a detached worker.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.path.join("worker.log")
    }

    /// All checkpoints.
    pub fn checkpoints_dir(&self) -> PathBuf {
        self.path.join("checkpoints")
    }
}
