//! Checkpoints: a model's folder (see [`crate::models::model_file`]) that also has
//! `optimizer.safetensors` (moments by weight) and `state.json`.

use std::path::Path;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::Scores;
use super::trainer::Trainer;
use crate::error::{Error, Result};
use crate::models::model_file::{self, WEIGHTS_FILE, read_tensors, write_tensors};
use crate::number_format::written;
use crate::paths::permissions::set_new_folder_mode;
use crate::paths::replace_file_in_existing_folder;

/// Name of the optimizer's file in a checkpoint's folder.
pub const OPTIMIZER_FILE: &str = "optimizer.safetensors";
/// Name of the file of trained weights, if the model is their moving average.
pub const RAW_WEIGHTS_FILE: &str = "weights.safetensors";
/// Name of the position's file in a checkpoint's folder.
pub const STATE_FILE: &str = "state.json";

/// The position of a run. The order of pictures and their noise are functions of the seed and the
/// step, so no state of a generator is needed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Steps done.
    pub step: u64,
    /// Sum of the losses of this epoch's pictures so far.
    #[serde(deserialize_with = "written::figure")]
    pub epoch_loss_sum: f64,
    /// Number of those pictures.
    pub epoch_pictures: u64,
    /// The lowest held-out mean squared error of an epoch so far.
    #[serde(default, deserialize_with = "written::optional")]
    pub best_held_out: Option<f64>,
    /// Epochs since that one.
    #[serde(default)]
    pub epochs_since_best: u32,
}

impl Position {
    /// Resets the sums for the next epoch, and records this epoch's held-out error.
    pub(super) fn end_epoch(&mut self, held_out: Option<Scores>) {
        (self.epoch_loss_sum, self.epoch_pictures) = (0.0, 0);
        let Some(Scores { mse, .. }) = held_out else {
            return;
        };
        // An error that is not finite is never better.
        if mse.is_finite() && self.best_held_out.is_none_or(|best| mse < best) {
            (self.best_held_out, self.epochs_since_best) = (Some(mse), 0);
        } else {
            self.epochs_since_best = self.epochs_since_best.saturating_add(1);
        }
    }
}

/// Everything that changes in training.
#[derive(Debug, Clone)]
pub struct TrainerState {
    /// The run's position.
    pub position: Position,
    /// Weights by name.
    pub parameters: Vec<(String, Tensor)>,
    /// Their moving average, if the run has one.
    pub ema: Option<Vec<(String, Tensor)>>,
    /// The optimizer's moments by name.
    pub optimizer: Vec<(String, Tensor)>,
}

/// Writes a checkpoint to a temporary folder, syncs it, and renames it to `folder`, which must not
/// exist. Its parent must exist, so that a run that was removed in the meantime does not reappear.
///
/// # Errors
/// When a file cannot be written, or a weight is not finite. Then `folder` is not created.
pub fn save(folder: &Path, trainer: &Trainer) -> Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    let aside = tempfile::Builder::new()
        .prefix(".checkpoint-")
        .tempdir_in(parent)
        .and_then(|aside| set_new_folder_mode(aside.path()).map(|()| aside))
        .map_err(Error::io(parent, "create a folder in"))?;
    model_file::save(aside.path(), trainer.model(), &trainer.metadata())?;
    let state = trainer.state()?;
    write_tensors(&aside.path().join(OPTIMIZER_FILE), &state.optimizer)?;
    if state.ema.is_some() {
        write_tensors(&aside.path().join(RAW_WEIGHTS_FILE), &state.parameters)?;
    }
    let json = serde_json::to_vec_pretty(&state.position)
        .map_err(|error| Error::invalid(folder.display(), error))?;
    replace_file_in_existing_folder(&aside.path().join(STATE_FILE), &json)?;
    sync_folder(aside.path())?;
    std::fs::rename(aside.path(), folder).map_err(Error::io(folder, "rename a checkpoint to"))?;
    let _ = aside.keep(); // renamed: there is nothing to delete
    sync_folder(parent)
}

/// Reads what [`save`] wrote, for [`Trainer::restore`].
///
/// # Errors
/// When a file is missing or damaged.
pub fn load(folder: &Path) -> Result<TrainerState> {
    let path = folder.join(STATE_FILE);
    let json = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
    let position = written::from_json(&json).map_err(|error| {
        Error::invalid(
            path.display(),
            format!("{error}; the checkpoint is damaged, use another"),
        )
    })?;
    let model = read_tensors(&folder.join(WEIGHTS_FILE), &Device::Cpu)?;
    let raw = folder.join(RAW_WEIGHTS_FILE);
    let (parameters, average) = if raw.exists() {
        (read_tensors(&raw, &Device::Cpu)?, Some(model))
    } else {
        (model, None)
    };
    Ok(TrainerState {
        position,
        parameters,
        ema: average,
        optimizer: read_tensors(&folder.join(OPTIMIZER_FILE), &Device::Cpu)?,
    })
}

fn sync_folder(folder: &Path) -> Result<()> {
    std::fs::File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(Error::io(folder, "sync"))
}
