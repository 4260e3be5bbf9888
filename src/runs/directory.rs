//! A run's directory: its name, and the names of everything in it.

use std::path::{Path, PathBuf};

use rand::RngExt;

use crate::error::{Error, Result};
use crate::paths::{Paths, replace_file};
use crate::rng::{Purpose, generator};
use crate::training::spec::TrainSpec;

/// Characters of a short id: no vowels (no words), nothing that looks like another.
const ID_ALPHABET: &[u8] = b"23456789bcdfghjkmnpqrstvwxz";
/// 27⁵ is fourteen million: enough for one person's runs, short enough to type.
const ID_LENGTH: usize = 5;
/// A name fits a column of the screen.
const LONGEST_NAME: usize = 64;

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
        let taken: Vec<String> = super::list(paths)?
            .into_iter()
            .map(|run| run.name)
            .collect();
        let spec = TrainSpec {
            name: choose_name(spec, &taken)?,
            ..spec.clone()
        };
        let text = spec.to_toml()?;
        let now = jiff::Timestamp::now();
        let seed = now.as_nanosecond() as u64 ^ (u64::from(std::process::id()) << 32);
        std::fs::create_dir_all(paths.runs())
            .map_err(Error::io(paths.runs(), "create the folder"))?;
        for attempt in 0.. {
            let mut rng = generator(seed, Purpose::Variation, attempt, 0);
            let id: String = (0..ID_LENGTH)
                .map(|_| char::from(ID_ALPHABET[rng.random_range(0..ID_ALPHABET.len())]))
                .collect();
            let folder = format!(
                "{}-{}{}-{id}",
                now.strftime("%Y%m%dT%H%M%SZ"),
                model_word(&spec),
                spec.model.code_size
            );
            let run = Self {
                path: paths.runs().join(folder),
            };
            match std::fs::create_dir(&run.path) {
                Ok(()) => {
                    let header = format!(
                        "# Written once, when the run was made, by lfw-tui {}. Do not edit: a resumed\n\
                         # run continues exactly only under the spec it began with.\n",
                        env!("CARGO_PKG_VERSION")
                    );
                    replace_file(&run.spec_file(), (header + &text).as_bytes())?;
                    return Ok(run);
                }
                Err(error)
                    if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 => {}
                Err(error) => return Err(Error::io(&run.path, "create the folder")(error)),
            }
        }
        unreachable!("the loop returns")
    }

    /// An existing run's directory.
    ///
    /// # Errors
    /// When there is no `run.toml` in it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let run = Self { path: path.into() };
        if run.exists() {
            Ok(run)
        } else {
            Err(Error::not_found(
                format!("run {}", run.path.display()),
                "a run's folder holds a run.toml; `lfw-tui runs` lists them",
            ))
        }
    }

    /// Whether it is (still) there.
    pub fn exists(&self) -> bool {
        self.spec_file().is_file()
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's own name, `20261123T201502Z-conv32-k3f9q`.
    pub fn folder(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The short id, the last part of the folder's name.
    pub fn id(&self) -> String {
        let folder = self.folder();
        match folder.rsplit_once('-') {
            Some((_, id)) => id.to_string(),
            None => folder,
        }
    }

    /// What the run was asked to do.
    ///
    /// # Errors
    /// When `run.toml` cannot be read or is not valid.
    pub fn spec(&self) -> Result<TrainSpec> {
        let file = self.spec_file();
        let text = std::fs::read_to_string(&file).map_err(Error::io(&file, "read"))?;
        TrainSpec::from_toml(&file.display().to_string(), &text)
    }

    /// The immutable spec.
    pub fn spec_file(&self) -> PathBuf {
        self.path.join("run.toml")
    }

    /// Locked for the worker's life.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// What the worker says of itself.
    pub fn status_file(&self) -> PathBuf {
        self.path.join("status.json")
    }

    /// What those who watch want of the worker.
    pub fn control_file(&self) -> PathBuf {
        self.path.join("control.json")
    }

    /// One row a step, evaluation or event.
    pub fn metrics_file(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// The fixed faces as the model sees them now.
    pub fn preview_file(&self) -> PathBuf {
        self.path.join("preview.safetensors")
    }

    /// The held-out faces that the model rebuilds worst, as of the last epoch's end.
    pub fn worst_file(&self) -> PathBuf {
        self.path.join("worst.safetensors")
    }

    /// The fixed faces as they were at each epoch's end.
    pub fn previews(&self) -> PathBuf {
        self.path.join("previews")
    }

    /// What a detached worker printed.
    pub fn log_file(&self) -> PathBuf {
        self.path.join("worker.log")
    }

    /// The folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// The checkpoint whose model others should use: the best by held-out
    /// error, else the latest. Read it with [`crate::models::saved::load`].
    ///
    /// # Errors
    /// When nothing was saved yet.
    pub fn model(&self) -> Result<PathBuf> {
        super::checkpoint::best(self)
            .or_else(|| super::checkpoint::latest(self))
            .map(|checkpoint| checkpoint.path)
            .ok_or_else(|| {
                Error::not_found(
                    format!("a checkpoint of run {}", self.folder()),
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

fn choose_name(spec: &TrainSpec, taken: &[String]) -> Result<String> {
    let wanted = spec.name.trim();
    if wanted.is_empty() {
        let preset = match spec.preset.trim() {
            "" => model_word(spec),
            preset => preset.to_string(),
        };
        let base = format!("{preset}-{}", spec.model.code_size);
        let mut name = base.clone();
        for number in 2.. {
            if !taken.contains(&name) {
                break;
            }
            name = format!("{base}-{number}");
        }
        return Ok(name);
    }
    let complain = |problem: &str| Err(Error::invalid(format!("run name {wanted:?}"), problem));
    if wanted.chars().count() > LONGEST_NAME {
        return complain("must have at most 64 characters");
    }
    if wanted == "latest" {
        return complain("stands for the newest run; choose another");
    }
    if wanted.starts_with('-') || wanted.chars().any(|c| c.is_control() || c == '/') {
        return complain("must not start with a dash, nor contain a slash or control characters");
    }
    if taken.iter().any(|name| name == wanted) {
        return complain("is taken; choose another, or remove that run with `lfw-tui runs remove`");
    }
    Ok(wanted.to_string())
}
