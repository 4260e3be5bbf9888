//! Small networks that come with the program, trained on its drawn sample, so
//! that the first screen has some. docs/models.md says how they are made.

use candle_core::Device;

use super::saved::{self, Description, Saved};
use crate::error::{Error, Result};

struct Files {
    name: &'static str,
    description: &'static [u8],
    weights: &'static [u8],
}

const MODELS: [Files; 2] = [
    Files {
        name: "sample-face",
        description: include_bytes!("../../config/models/sample-face/model.json"),
        weights: include_bytes!("../../config/models/sample-face/model.safetensors"),
    },
    Files {
        name: "sample-denoiser",
        description: include_bytes!("../../config/models/sample-denoiser/model.json"),
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
pub fn description(name: &str) -> Result<Description> {
    saved::describe("the shipped description", find(name)?.description)
}

/// One of them.
///
/// # Errors
/// When there is none of this name.
pub fn load(name: &str, device: &Device) -> Result<Saved> {
    let files = find(name)?;
    saved::from_bytes(
        ("the shipped description", files.description),
        ("the shipped weights", files.weights),
        device,
    )
}

fn find(name: &str) -> Result<&'static Files> {
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
