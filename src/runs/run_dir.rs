//! A run's directory: its name, and the names of everything in it.

use std::path::{Path, PathBuf};

use rand::RngExt;

use super::lock::ChangeLock;
use super::names;
use super::summary::directories;
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders, permissions, replace_file_in_existing_folder, symlinks};
use crate::rng::{Purpose, generator};
use crate::training::spec::TrainSpec;

use super::lenient_spec::{self, LenientSpec};

/// Characters of a short id: no vowels (no words), nothing that looks like another.
const ID_ALPHABET: &[u8] = b"23456789bcdfghjkmnpqrstvwxz";
/// 27⁵ is fourteen million: enough for one person's runs, short enough to type.
const ID_LENGTH: usize = 5;
/// What a run was asked to do; a folder with it is a run.
const SPEC_FILE: &str = "run.toml";
/// Held while a run is named and made.
const NAMING_LOCK: &str = ".naming.lock";
/// Folders of runs that are being made begin so.
const TEMP_PREFIX: &str = ".new-";

/// A run's directory, `runs/<utc>-<model>-<id>/`. Cheap to clone; holds no file open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// Makes a new directory and writes the immutable spec into it. Its name
    /// is the spec's, or, when that is empty, its preset's with a number that
    /// makes it unique.
    ///
    /// # Errors
    /// When the spec is not valid, its name is taken or unusable, and those of
    /// the file system.
    pub fn create(paths: &Paths, spec: &TrainSpec) -> Result<Self> {
        spec.validate()?;
        let runs = paths.runs();
        make_folders(&runs)?;
        // Two that are started together must not both find the name free.
        let naming = ChangeLock::acquire(&runs.join(NAMING_LOCK))?;
        if naming.is_effective() {
            remove_stale(&runs);
        }
        let others = directories(paths)?;
        let spec = TrainSpec {
            name: names::choose_name(&spec.name, &default_base_name(spec), &others)?,
            ..spec.clone()
        };
        let header = format!(
            "# Written once, when the run was made, by lfw-tui {}. Do not edit: a resumed\n\
             # run continues exactly only under the spec it began with.\n",
            env!("CARGO_PKG_VERSION")
        );
        let text = header + &spec.to_toml()?;
        let run = Self {
            path: runs.join(new_folder_name(&spec, &others)),
        };
        // Made aside, so that it is there whole or not at all.
        let aside = runs.join(format!("{TEMP_PREFIX}{}", run.folder_name()));
        let made = std::fs::create_dir(&aside)
            .and_then(|()| permissions::set_new_folder_mode(&aside))
            .map_err(Error::io(&aside, "create the folder"))
            .and_then(|()| {
                replace_file_in_existing_folder(&aside.join(SPEC_FILE), text.as_bytes())?;
                std::fs::rename(&aside, &run.path).map_err(Error::io(&run.path, "create"))
            });
        if let Err(error) = made {
            let _ = std::fs::remove_dir_all(&aside);
            return Err(error);
        }
        if !naming.is_effective() {
            run.withdraw_if_name_taken(paths, &spec.name)?;
        }
        Ok(run)
    }

    /// Where the file system has no locks: of two that took a name at the same
    /// time, the one whose folder sorts later withdraws.
    fn withdraw_if_name_taken(&self, paths: &Paths, name: &str) -> Result<()> {
        let name = name.to_lowercase();
        let earlier = directories(paths)?
            .into_iter()
            .filter(|other| other.folder_name() < self.folder_name())
            .any(|other| other.name().to_lowercase() == name);
        if !earlier {
            return Ok(());
        }
        std::fs::remove_dir_all(&self.path).map_err(Error::io(&self.path, "remove"))?;
        Err(Error::invalid(
            format!("run name {name:?}"),
            "was taken by another run at this moment; choose another",
        ))
    }

    /// An existing run's directory.
    ///
    /// # Errors
    /// When there is no `run.toml` in it, or a link that another user could
    /// have put there leads to it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let run = Self { path: path.into() };
        symlinks::reject_untrusted_links(&run.path)?;
        if run.exists() {
            Ok(run)
        } else {
            Err(Error::not_found(
                format!("run {}", run.path.display()),
                "a run's folder holds a run.toml; `lfw-tui runs` lists them",
            ))
        }
    }

    /// A folder that is a run, or may be one as far as it can be looked into.
    pub(super) fn candidate(path: PathBuf) -> Option<Self> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let run = Self { path };
        match std::fs::metadata(run.spec_path()) {
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => None,
            _ => Some(run),
        }
    }

    /// Whether it is (still) there.
    pub fn exists(&self) -> bool {
        self.spec_path().is_file()
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's own name, `20261123T201502Z-conv32-k3f9q`.
    pub fn folder_name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The short id, the last part of the folder's name.
    pub fn id(&self) -> String {
        let folder = self.folder_name();
        match folder.rsplit_once('-') {
            Some((_, id)) => id.to_string(),
            None => folder,
        }
    }

    /// What the run was asked to do, to train or judge it.
    ///
    /// # Errors
    /// When `run.toml` cannot be read, or does not say all that this takes, as
    /// those of other programs do not.
    pub fn spec(&self) -> Result<TrainSpec> {
        lenient_spec::read(self)?.1.map_err(|error| {
            let words = error.to_string();
            let file = self.spec_path().display().to_string();
            let reason = words.strip_prefix(&format!("{file}: ")).unwrap_or(&words);
            // The parser ends with the reason, below a picture of the place.
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

    /// What can be read of what it was asked to do.
    pub fn lenient_spec(&self) -> LenientSpec {
        LenientSpec::read(self)
    }

    /// What the user calls it; its id where nothing does.
    pub fn name(&self) -> String {
        self.lenient_spec().name
    }

    /// The immutable spec.
    pub fn spec_path(&self) -> PathBuf {
        self.path.join(SPEC_FILE)
    }

    /// Locked for the worker's life.
    pub fn lock_path(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// What the worker says of itself.
    pub fn status_path(&self) -> PathBuf {
        self.path.join("status.json")
    }

    /// What those who watch want of the worker.
    pub fn control_path(&self) -> PathBuf {
        self.path.join("control.json")
    }

    /// Locked while the control file is changed.
    pub fn control_lock_path(&self) -> PathBuf {
        self.path.join("control.lock")
    }

    /// One row a step, evaluation or event.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// The fixed faces as the model sees them now.
    pub fn preview_path(&self) -> PathBuf {
        self.path.join("preview.safetensors")
    }

    /// The held-out faces that the model rebuilds worst, as of the last epoch's end.
    pub fn worst_preview_path(&self) -> PathBuf {
        self.path.join("worst.safetensors")
    }

    /// The fixed faces as they were at each epoch's end.
    pub fn previews_dir(&self) -> PathBuf {
        self.path.join("previews")
    }

    /// What a detached worker printed.
    pub fn log_path(&self) -> PathBuf {
        self.path.join("worker.log")
    }

    /// The folder of checkpoints.
    pub fn checkpoints_dir(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The checkpoint whose model others should use: the best by held-out
    /// error, else the latest. Read it with [`crate::models::model_file::load`].
    ///
    /// # Errors
    /// When nothing was saved yet.
    pub fn model_path(&self) -> Result<PathBuf> {
        super::checkpoint::best(self)
            .or_else(|| super::checkpoint::latest(self))
            .map(|checkpoint| checkpoint.path)
            .ok_or_else(|| {
                Error::not_found(
                    format!("a checkpoint of run {}", self.folder_name()),
                    "the run has not finished its first epoch; \
                     `lfw-tui runs checkpoint` makes a live run save one now",
                )
            })
    }
}

fn model_word(spec: &TrainSpec) -> String {
    serde_json::to_value(spec.model.kind)
        .ok()
        .and_then(|value| value.as_str().map(str::to_string))
        .unwrap_or_else(|| "model".to_string())
}

/// What a run is called that was given no name, before it is made unique.
fn default_base_name(spec: &TrainSpec) -> String {
    let preset = match spec.preset.trim() {
        "" => model_word(spec),
        preset => preset.to_string(),
    };
    format!("{preset}-{}", spec.model.code_size)
}

/// A name for a new folder; its id is no other run's id or name.
fn new_folder_name(spec: &TrainSpec, others: &[RunDir]) -> String {
    let now = jiff::Timestamp::now();
    let seed = now.as_nanosecond() as u64 ^ (u64::from(std::process::id()) << 32);
    let mut rng = generator(seed, Purpose::Variation, 0, 0);
    let taken: Vec<String> = others
        .iter()
        .flat_map(|run| [run.id(), run.name()])
        .collect();
    let id = loop {
        let id: String = (0..ID_LENGTH)
            .map(|_| char::from(ID_ALPHABET[rng.random_range(0..ID_ALPHABET.len())]))
            .collect();
        if id != spec.name && !taken.contains(&id) {
            break id;
        }
    };
    format!(
        "{}-{}{}-{id}",
        now.strftime("%Y%m%dT%H%M%SZ"),
        model_word(spec),
        spec.model.code_size
    )
}

/// Removes what was being made when its maker was killed. Only under the lock.
fn remove_stale(runs: &Path) {
    for entry in std::fs::read_dir(runs).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMP_PREFIX) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
