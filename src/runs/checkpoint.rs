//! Checkpoints: one folder each, written aside, synced and renamed, so that a
//! folder `step-…` is always whole; then a one-line pointer moves.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunDir;
use super::retention::Action;
use super::status::BestCheckpoint;
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::number_format::written;
use crate::paths::{make_folder_in_existing, replace_file_in_existing_folder};
use crate::training::checkpoint::STATE_FILE;
use crate::training::{Scores, Trainer, checkpoint};

/// What the run knew when it wrote a checkpoint, beside the trainer's own files.
const METADATA_FILE: &str = "run.json";
const LATEST: &str = "latest";
const BEST: &str = "best";

/// A whole checkpoint on disk.
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
    pub epoch: u32,
    /// Seconds of work so far over all workers of the run.
    #[serde(deserialize_with = "written::figure")]
    pub seconds: f64,
    /// The learning rate in force, before any schedule.
    #[serde(deserialize_with = "written::figure")]
    pub learning_rate: f64,
    /// The noise in force.
    pub noise: Noise,
    /// Held-out scores of exactly these weights; none in mid-epoch.
    pub held_out: Option<Scores>,
}

impl Checkpoint {
    /// What the run knew when it wrote this.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn metadata(&self) -> Result<CheckpointMetadata> {
        let file = self.path.join(METADATA_FILE);
        let bytes = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
        written::from_json(&bytes).map_err(|error| Error::invalid(file.display(), error))
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

/// All whole checkpoints, oldest first.
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

/// Where a new worker goes on: the newest whole checkpoint. A worker that was
/// killed before it moved the pointer has left one newer than that says.
pub fn latest(run: &RunDir) -> Option<Checkpoint> {
    all(run).pop()
}

/// The checkpoint of least held-out error.
pub fn best(run: &RunDir) -> Option<Checkpoint> {
    read_pointer(run, BEST)
}

fn read_pointer(run: &RunDir, pointer: &str) -> Option<Checkpoint> {
    let text = std::fs::read_to_string(run.checkpoints_dir().join(pointer)).ok()?;
    Checkpoint::from_folder(run, text.trim())
}

fn write_pointer(run: &RunDir, pointer: &str, step: u64) -> Result<()> {
    let line = folder_name(step) + "\n";
    replace_file_in_existing_folder(&run.checkpoints_dir().join(pointer), line.as_bytes())
}

/// The best of the checkpoints there are, by their own records; the earliest
/// of equals.
pub fn find_best(run: &RunDir) -> Option<BestCheckpoint> {
    let mut best: Option<BestCheckpoint> = None;
    for record in all(run).iter().filter_map(|one| one.metadata().ok()) {
        if let Some(held_out) = record.held_out
            && held_out.is_finite()
            && best.is_none_or(|best| held_out.mse < best.held_out.mse)
        {
            best = Some(BestCheckpoint {
                step: record.step,
                epoch: record.epoch,
                held_out,
            });
        }
    }
    best
}

/// Writes a checkpoint of the trainer as it stands and moves `latest`, and
/// `best` when it is the one.
///
/// # Errors
/// Those of the file system, and weights that are not finite; then every
/// earlier checkpoint is as it was.
pub fn write(
    run: &RunDir,
    trainer: &Trainer,
    record: &CheckpointMetadata,
    is_best: bool,
) -> Result<()> {
    if !run.exists() {
        return Err(Error::not_found(
            format!("run {}", run.path().display()),
            "its folder was removed",
        ));
    }
    let folder = run.checkpoints_dir();
    let aside = folder.join(format!(".new-{}", folder_name(record.step)));
    let target = folder.join(folder_name(record.step));
    let written = make_folder_in_existing(&folder)
        .and_then(|()| write_temp(&aside, trainer, record))
        .and_then(|()| rename_into_place(&aside, &target));
    if let Err(error) = written {
        let _ = std::fs::remove_dir_all(&aside);
        return Err(error);
    }
    write_pointer(run, LATEST, record.step)?;
    if is_best {
        write_pointer(run, BEST, record.step)?;
    }
    Ok(())
}

fn write_temp(aside: &Path, trainer: &Trainer, record: &CheckpointMetadata) -> Result<()> {
    remove_if_exists(aside)?;
    checkpoint::save(aside, trainer)?;
    let mut json =
        serde_json::to_vec_pretty(record).map_err(|error| Error::invalid(METADATA_FILE, error))?;
    json.push(b'\n');
    replace_file_in_existing_folder(&aside.join(METADATA_FILE), &json)?;
    sync_folder(aside)
}

/// Puts a folder in another's place. A run that comes by a step again (it went
/// on from an earlier checkpoint) finds the old folder there; for an instant
/// neither is, and [`latest`] then takes the newest of the others.
fn rename_into_place(aside: &Path, target: &Path) -> Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    let old = aside.with_extension("old");
    if target.exists() {
        remove_if_exists(&old)?;
        std::fs::rename(target, &old).map_err(Error::io(target, "rename"))?;
    }
    std::fs::rename(aside, target).map_err(Error::io(target, "rename a checkpoint to"))?;
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

/// Carries out what a retention policy decided.
///
/// # Errors
/// Those of the file system.
pub fn apply_retention(run: &RunDir, actions: &[Action]) -> Result<()> {
    for Action::Remove(step) in actions {
        discard(run, *step)?;
    }
    Ok(())
}

/// Removes a checkpoint: out of sight first, so that none is ever half there.
///
/// # Errors
/// Those of the file system.
pub fn discard(run: &RunDir, step: u64) -> Result<()> {
    let folder = run.checkpoints_dir().join(folder_name(step));
    let going = run
        .checkpoints_dir()
        .join(format!(".gone-{}", folder_name(step)));
    remove_if_exists(&going)?;
    match std::fs::rename(&folder, &going) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(Error::io(&folder, "rename"))?,
    }
    remove_if_exists(&going)
}

/// Goes back: removes the checkpoints after `step` and points `latest` and
/// `best` at what is left.
///
/// # Errors
/// Those of the file system.
pub fn rewind(run: &RunDir, step: u64) -> Result<()> {
    write_pointer(run, LATEST, step)?;
    for later in all(run).iter().filter(|checkpoint| checkpoint.step > step) {
        discard(run, later.step)?;
    }
    match find_best(run) {
        Some(best) => write_pointer(run, BEST, best.step),
        None => Ok(()),
    }
}

/// Removes what killed workers left half-written. Only for the lock's holder.
pub fn remove_stale(run: &RunDir) {
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
