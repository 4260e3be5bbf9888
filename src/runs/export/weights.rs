//! A run's model for other programs.

use std::path::Path;

use candle_core::Device;

use crate::error::{Error, Result};
use crate::models::model_file;
use crate::paths::make_folders;
use crate::runs::checkpoint;
use crate::runs::run_dir::RunDir;

/// Writes the best checkpoint's model to a folder: `model.safetensors`, in half
/// precision, and `model.json`. Existing files are not replaced.
///
/// # Errors
/// When the run has no checkpoint yet, or one of the files exists.
pub fn model(run: &RunDir, folder: &Path) -> Result<()> {
    let saved = model_file::load(&checkpoint::model_path(run)?, &Device::Cpu)?;
    make_folders(folder)?;
    for file in [model_file::WEIGHTS_FILE, model_file::METADATA_FILE] {
        let path = folder.join(file);
        if path.exists() {
            return Err(Error::invalid(
                path.display(),
                "exists already; choose another folder",
            ));
        }
    }
    model_file::save_half_precision(folder, saved.model.as_ref(), &saved.metadata)
}

/// The weights of the best checkpoint, or of the latest if nothing was held out,
/// as a safetensors file. docs/models.md lists their names and shapes.
///
/// # Errors
/// When the run has no checkpoint yet, or it cannot be read.
pub fn safetensors(run: &RunDir) -> Result<Vec<u8>> {
    let file = checkpoint::model_path(run)?.join("model.safetensors");
    std::fs::read(&file).map_err(Error::io(&file, "read"))
}
