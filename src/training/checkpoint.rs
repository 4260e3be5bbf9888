//! Checkpoints: a model's folder (see [`crate::models::model_file`]) that also has
//! `optimizer.safetensors` (moments by weight) and `state.json`.

use std::path::Path;

use candle_core::Device;

use super::state::TrainerState;
use super::trainer::Trainer;
use crate::error::{Error, Result};
use crate::models::model_file::{self, WEIGHTS_FILE, read_tensors, write_tensors};
use crate::number_format::json_numbers;
use crate::paths::permissions::set_new_folder_mode;
use crate::paths::replace_file_in_existing_folder;

/// Name of the optimizer's file in a checkpoint's folder.
pub(crate) const OPTIMIZER_FILE: &str = "optimizer.safetensors";
/// Name of the file of trained weights, if the model is their moving average.
pub(crate) const RAW_WEIGHTS_FILE: &str = "weights.safetensors";
/// Name of the position's file in a checkpoint's folder.
pub(crate) const STATE_FILE: &str = "state.json";

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
    let position = json_numbers::from_json(&json).map_err(|error| {
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
