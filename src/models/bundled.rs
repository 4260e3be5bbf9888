//! Small networks bundled with the program. They were trained on the drawn sample, so that new
//! users see models at once. docs/models.md says how they were made.

use candle_core::Device;

use super::model_file::{self, ModelMetadata, SavedModel, StoredModel};
use super::weights::Weights;
use crate::error::{Error, Result};

/// The two files of a bundled model.
struct BundledFiles {
    name: &'static str,
    metadata: &'static [u8],
    weights: &'static [u8],
}

const MODELS: [BundledFiles; 2] = [
    BundledFiles {
        name: "sample-face",
        metadata: include_bytes!("../../config/models/sample-face/model.json"),
        weights: include_bytes!("../../config/models/sample-face/model.safetensors"),
    },
    BundledFiles {
        name: "sample-denoiser",
        metadata: include_bytes!("../../config/models/sample-denoiser/model.json"),
        weights: include_bytes!("../../config/models/sample-denoiser/model.safetensors"),
    },
];

/// Names of the bundled models, in display order.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|files| files.name)
}

/// The metadata of a bundled model.
///
/// # Errors
/// When no bundled model has this name.
pub fn metadata(name: &str) -> Result<ModelMetadata> {
    model_file::parse_metadata("the bundled metadata", find(name)?.metadata)
}

/// Loads a bundled model.
///
/// # Errors
/// When no bundled model has this name.
pub fn load(name: &str, device: &Device) -> Result<SavedModel> {
    open(name, device)?.load()
}

/// Finds a bundled model, without making its network.
///
/// # Errors
/// When no bundled model has this name.
pub(crate) fn open(name: &str, device: &Device) -> Result<StoredModel> {
    let weights = Weights::bundled("the bundled weights", find(name)?.weights);
    weights.check_finite()?;
    Ok(StoredModel {
        metadata: metadata(name)?,
        device: device.clone(),
        weights,
    })
}

fn find(name: &str) -> Result<&'static BundledFiles> {
    MODELS
        .iter()
        .find(|files| files.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = names().collect();
            Error::not_found(
                format!("bundled model {name}"),
                format!("there are {}", names.join(", ")),
            )
        })
}
