//! Small networks that come with the program, trained on its drawn sample, so
//! that the first screen has some. docs/models.md says how they are made.

use candle_core::Device;

use super::model_file::{self, ModelMetadata, SavedModel};
use crate::error::{Error, Result};

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

/// Their names, in the order in which they are offered.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|files| files.name)
}

/// What one of them is.
///
/// # Errors
/// When there is none of this name.
pub fn metadata(name: &str) -> Result<ModelMetadata> {
    model_file::parse_metadata("the shipped description", find(name)?.metadata)
}

/// One of them.
///
/// # Errors
/// When there is none of this name.
pub fn load(name: &str, device: &Device) -> Result<SavedModel> {
    let files = find(name)?;
    model_file::from_bytes(
        ("the shipped description", files.metadata),
        ("the shipped weights", files.weights),
        device,
    )
}

fn find(name: &str) -> Result<&'static BundledFiles> {
    MODELS
        .iter()
        .find(|files| files.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = names().collect();
            Error::not_found(
                format!("shipped model {name}"),
                format!("there are {}", names.join(", ")),
            )
        })
}
