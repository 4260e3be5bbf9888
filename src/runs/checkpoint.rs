//! Checkpoints, a folder each. A folder is written under a temporary name, synced
//! and renamed, so that a folder `step-…` is always complete; then the pointer
//! files `latest` and `best` follow.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::run_dir::RunDir;
use super::status::BestCheckpoint;
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::number_format::json_numbers;
use crate::paths::{make_folder_in_existing, replace_file_in_existing_folder};
use crate::training::checkpoint::STATE_FILE;
use crate::training::{Scores, Trainer, checkpoint};

/// The run's part of a checkpoint, beside the trainer's files.
const METADATA_FILE: &str = "run.json";
const LATEST: &str = "latest";
const BEST: &str = "best";

/// A complete checkpoint on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Steps done.
    pub step: u64,
    /// Its folder; [`crate::models::model_file::load`] reads the model in it.
    pub path: PathBuf,
}

/// `run.json` in a checkpoint's folder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CheckpointMetadata {
    /// Steps done.
    pub step: u64,
    /// Epochs completed.
    pub(crate) epoch: u32,
    /// Seconds of work so far by all workers of the run.
    #[serde(deserialize_with = "json_numbers::number")]
    pub(crate) seconds: f64,
    /// The current learning rate, before any schedule.
    #[serde(deserialize_with = "json_numbers::number")]
    pub learning_rate: f64,
    /// The current noise.
    pub noise: Noise,
    /// Held-out scores of exactly these weights; `None` within an epoch.
    pub held_out: Option<Scores>,
}

impl Checkpoint {
    /// Reads the checkpoint's `run.json`.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn metadata(&self) -> Result<CheckpointMetadata> {
        let file = self.path.join(METADATA_FILE);
        let bytes = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
        json_numbers::from_json(&bytes).map_err(|error| Error::invalid(file.display(), error))
    }

    fn from_folder(run: &RunDir, folder: &str) -> Option<Self> {
        let digits = folder.strip_prefix("step-")?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let path = run.checkpoints_dir().join(folder);
        path.join(STATE_FILE).is_file().then_some(Self {
            step: digits.parse().ok()?,
            path,
        })
    }
}

/// A checkpoint folder's name; eight digits so that listings sort.
fn folder_name(step: u64) -> String {
    format!("step-{step:08}")
}

/// All complete checkpoints, oldest first.
pub fn all(run: &RunDir) -> Vec<Checkpoint> {
    let Ok(entries) = std::fs::read_dir(run.checkpoints_dir()) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Checkpoint::from_folder(run, entry.file_name().to_str()?))
        .collect();
    found.sort_by_key(|checkpoint| checkpoint.step);
    found
}

/// The newest complete checkpoint, from which a new worker continues. It may be
/// newer than the pointer file says if a worker was killed in between.
pub fn latest(run: &RunDir) -> Option<Checkpoint> {
    all(run).pop()
}

/// The checkpoint with the smallest held-out error.
pub(crate) fn best(run: &RunDir) -> Option<Checkpoint> {
    read_pointer(run, BEST)
}

/// The folder of the model that other commands use: the best checkpoint by
/// held-out error, else the latest. [`crate::models::model_file::load`] reads it.
///
/// # Errors
/// When the run has no checkpoint yet.
pub fn model_path(run: &RunDir) -> Result<PathBuf> {
    best(run)
        .or_else(|| latest(run))
        .map(|checkpoint| checkpoint.path)
        .ok_or_else(|| {
            Error::not_found(
                format!("a checkpoint of run {}", run.folder_name()),
                "the run has not finished its first epoch; \
                 `lfw-tui runs checkpoint` makes a live run save one now",
            )
        })
}

fn read_pointer(run: &RunDir, pointer: &str) -> Option<Checkpoint> {
    let text = std::fs::read_to_string(run.checkpoints_dir().join(pointer)).ok()?;
    Checkpoint::from_folder(run, text.trim())
}

fn write_pointer(run: &RunDir, pointer: &str, step: u64) -> Result<()> {
    let line = folder_name(step) + "\n";
    replace_file_in_existing_folder(&run.checkpoints_dir().join(pointer), line.as_bytes())
}

/// The best of the existing checkpoints, by their metadata; the earliest of equals.
pub fn find_best(run: &RunDir) -> Option<BestCheckpoint> {
    let mut best: Option<BestCheckpoint> = None;
    for metadata in all(run).iter().filter_map(|one| one.metadata().ok()) {
        if let Some(held_out) = metadata.held_out
            && held_out.is_finite()
            && best.is_none_or(|best| held_out.mse < best.held_out.mse)
        {
            best = Some(BestCheckpoint {
                step: metadata.step,
                epoch: metadata.epoch,
                held_out,
            });
        }
    }
    best
}

/// Writes a checkpoint of the trainer and points `latest` at it.
///
/// # Errors
/// When the files cannot be written, or a weight is not finite. Earlier
/// checkpoints remain unchanged.
pub(super) fn write(run: &RunDir, trainer: &Trainer, metadata: &CheckpointMetadata) -> Result<()> {
    run.check_exists()?;
    let folder = run.checkpoints_dir();
    let temp = folder.join(format!(".new-{}", folder_name(metadata.step)));
    let target = folder.join(folder_name(metadata.step));
    let written = make_folder_in_existing(&folder)
        .and_then(|()| write_temp(&temp, trainer, metadata))
        .and_then(|()| rename_into_place(&temp, &target));
    if let Err(error) = written {
        let _ = std::fs::remove_dir_all(&temp);
        return Err(error);
    }
    write_pointer(run, LATEST, metadata.step)
}

/// Points `best` at the checkpoint of this step.
pub(super) fn set_best(run: &RunDir, step: u64) -> Result<()> {
    write_pointer(run, BEST, step)
}

fn write_temp(temp: &Path, trainer: &Trainer, metadata: &CheckpointMetadata) -> Result<()> {
    remove_if_exists(temp)?;
    checkpoint::save(temp, trainer)?;
    let mut json = serde_json::to_vec_pretty(metadata)
        .map_err(|error| Error::invalid(METADATA_FILE, error))?;
    json.push(b'\n');
    replace_file_in_existing_folder(&temp.join(METADATA_FILE), &json)?;
    sync_folder(temp)
}

/// Replaces `target` by `temp`. A run that continued from an earlier checkpoint
/// reaches a step again and finds the old folder there. For an instant neither
/// exists; [`latest`] then takes the newest of the others.
fn rename_into_place(temp: &Path, target: &Path) -> Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    let old = temp.with_extension("old");
    if target.exists() {
        remove_if_exists(&old)?;
        std::fs::rename(target, &old).map_err(Error::io(target, "rename"))?;
    }
    std::fs::rename(temp, target).map_err(Error::io(target, "rename a checkpoint to"))?;
    sync_folder(parent)?;
    remove_if_exists(&old)
}

fn remove_if_exists(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(folder, "remove")(error))
        }
        _ => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    std::fs::File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(Error::io(folder, "sync"))
}

/// Removes a checkpoint. Its folder is hidden first, so that an incomplete one is
/// never visible.
pub(crate) fn discard(run: &RunDir, step: u64) -> Result<()> {
    let folder = run.checkpoints_dir().join(folder_name(step));
    let hidden = run
        .checkpoints_dir()
        .join(format!(".gone-{}", folder_name(step)));
    remove_if_exists(&hidden)?;
    match std::fs::rename(&folder, &hidden) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(Error::io(&folder, "rename"))?,
    }
    remove_if_exists(&hidden)
}

/// Removes the checkpoints after `step` and updates `latest` and `best`.
pub(crate) fn rewind(run: &RunDir, step: u64) -> Result<()> {
    write_pointer(run, LATEST, step)?;
    for later in all(run).iter().filter(|checkpoint| checkpoint.step > step) {
        discard(run, later.step)?;
    }
    match find_best(run) {
        Some(best) => write_pointer(run, BEST, best.step),
        None => Ok(()),
    }
}

/// Removes incomplete folders of workers that were killed. Only for the worker.
pub(crate) fn remove_stale(run: &RunDir) {
    let Ok(entries) = std::fs::read_dir(run.checkpoints_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            let path = entry.path();
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
        }
    }
}
