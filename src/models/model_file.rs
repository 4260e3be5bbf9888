//! Models on disk: `model.safetensors` with the weights by name and
//! `model.json` that says what they are, readable by any other program.

use std::path::Path;

use candle_core::{DType, Device, Var};
use serde::{Deserialize, Serialize};

use super::{Autoencoder, ModelSpec, Parameters, with_parameters};
use crate::dataset::split::HeldOut;
use crate::dataset::{Crop, FaceSpec, Noise, Preprocess};
use crate::error::{Error, Result};
use crate::paths::replace_file_in_existing_folder;

/// The weights' file within a model's folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// The description's file within a model's folder.
pub const METADATA_FILE: &str = "model.json";
/// The version of this layout; a later one is refused.
pub const FORMAT_VERSION: u32 = 1;

/// What a saved model is and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelMetadata {
    /// [`FORMAT_VERSION`].
    pub format: u32,
    /// The program's version that wrote it.
    pub version: String,
    /// The network's shape.
    pub model: ModelSpec,
    /// How its pictures were resized.
    pub preprocess: Preprocess,
    /// How they were cropped before.
    #[serde(default)]
    pub crop: Crop,
    /// What was put on its input in training.
    pub objective: Noise,
    /// The pictures it was trained on.
    pub data: TrainedOn,
    /// The run's seed.
    pub seed: u64,
    /// Steps trained.
    pub step: u64,
    /// Epochs completed.
    pub epoch: u32,
    /// Numbers in its weights.
    pub parameters: usize,
}

/// The pictures that a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// The data set's title.
    pub title: String,
    /// The data set's fingerprint.
    pub fingerprint: String,
    /// What was kept back, drawn with the seed; none when all pictures trained.
    pub held_out: Option<HeldOut>,
    /// How many pictures trained.
    pub pictures: usize,
}

impl ModelMetadata {
    /// The tensor that the model takes.
    pub fn face_spec(&self) -> FaceSpec {
        FaceSpec {
            size: self.model.size,
            preprocess: self.preprocess,
        }
    }
}

/// A model from disk.
pub struct SavedModel {
    /// Ready to encode and decode.
    pub model: Box<dyn Autoencoder>,
    /// What it is.
    pub metadata: ModelMetadata,
}

/// Writes both files into `folder`, which must be there, each aside and
/// renamed, the description last.
///
/// # Errors
/// Those of the file system, and weights that are not finite.
pub fn save(folder: &Path, model: &dyn Autoencoder, description: &ModelMetadata) -> Result<()> {
    save_with_dtype(DType::F32, folder, model, description)
}

/// [`save`] with weights in half precision, in half the room.
///
/// # Errors
/// As [`save`].
pub fn save_half_precision(
    folder: &Path,
    model: &dyn Autoencoder,
    description: &ModelMetadata,
) -> Result<()> {
    save_with_dtype(DType::F16, folder, model, description)
}

fn save_with_dtype(
    dtype: DType,
    folder: &Path,
    model: &dyn Autoencoder,
    description: &ModelMetadata,
) -> Result<()> {
    let mut tensors = Vec::new();
    for (name, var) in model.parameters().iter() {
        let tensor = var.as_detached_tensor().to_device(&Device::Cpu)?;
        if !is_finite(&tensor)? {
            return Err(Error::invalid(
                format!("weight {name}"),
                "is not finite; the model was not saved; train with a lower learning rate",
            ));
        }
        let tensor = tensor.to_dtype(dtype)?;
        if !is_finite(&tensor)? {
            return Err(Error::invalid(
                format!("weight {name}"),
                "is too large for half precision; the model was not saved; it has diverged, \
                 or take its weights as they are with --safetensors",
            ));
        }
        tensors.push((name.to_string(), tensor));
    }
    write_tensors(&folder.join(WEIGHTS_FILE), &tensors)?;
    let path = folder.join(METADATA_FILE);
    let json = serde_json::to_vec_pretty(description)
        .map_err(|error| Error::invalid(path.display(), error))?;
    replace_file_in_existing_folder(&path, &json)
}

/// Reads what [`save`] wrote.
///
/// # Errors
/// When a file is missing, damaged, of a later format, or does not fit the
/// description.
pub fn load(folder: &Path, device: &Device) -> Result<SavedModel> {
    let read = |file: &str| {
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
        Ok::<_, Error>((path.display().to_string(), bytes))
    };
    let (described_in, json) = read(METADATA_FILE)?;
    let description = parse_metadata(&described_in, &json)?;
    let (weighed_in, weights) = read(WEIGHTS_FILE)?;
    assemble(description, &weighed_in, &weights, device)
}

/// Reads the two files' contents; the names are for errors.
///
/// # Errors
/// As [`load`].
pub fn from_bytes(
    (described_in, json): (&str, &[u8]),
    (weighed_in, weights): (&str, &[u8]),
    device: &Device,
) -> Result<SavedModel> {
    assemble(
        parse_metadata(described_in, json)?,
        weighed_in,
        weights,
        device,
    )
}

/// Reads a description.
///
/// # Errors
/// When it is damaged or of a later format.
pub fn parse_metadata(what: &str, json: &[u8]) -> Result<ModelMetadata> {
    let description: ModelMetadata = serde_json::from_slice(json)
        .map_err(|error| Error::invalid(what, format!("{error}; the description is damaged")))?;
    if description.format > FORMAT_VERSION {
        return Err(Error::invalid(
            what,
            format!(
                "has format {}, written by version {}; this program reads up to {FORMAT_VERSION}: update it",
                description.format, description.version
            ),
        ));
    }
    Ok(description)
}

fn assemble(
    description: ModelMetadata,
    what: &str,
    weights: &[u8],
    device: &Device,
) -> Result<SavedModel> {
    let mut parameters = Parameters::default();
    for (name, tensor) in parse_tensors(what, weights, device)? {
        if !is_finite(&tensor)? {
            return Err(Error::invalid(
                what,
                format!(
                    "weight {name} is not finite: the model has diverged; use another \
                     checkpoint, or train it again with a lower rate"
                ),
            ));
        }
        // Shipped models are kept in half precision.
        parameters.add(name, Var::from_tensor(&tensor.to_dtype(DType::F32)?)?);
    }
    let model = with_parameters(&description.model, parameters)
        .map_err(|error| Error::invalid(what, error))?;
    Ok(SavedModel {
        model,
        metadata: description,
    })
}

/// Whether all of a tensor's numbers are finite.
fn is_finite(tensor: &candle_core::Tensor) -> Result<bool> {
    let values = tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
    let values = values.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.iter().all(|value| value.is_finite()))
}

/// Replaces `path` by a safetensors file of these tensors; its folder must be there.
///
/// # Errors
/// Those of the file system.
pub fn write_tensors(path: &Path, tensors: &[(String, candle_core::Tensor)]) -> Result<()> {
    let views = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    let bytes = safetensors::serialize(views, None)
        .map_err(|error| Error::invalid(path.display(), error))?;
    replace_file_in_existing_folder(path, &bytes)
}

/// All tensors of a safetensors file, by name.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn read_tensors(path: &Path, device: &Device) -> Result<Vec<(String, candle_core::Tensor)>> {
    let bytes = std::fs::read(path).map_err(Error::io(path, "read"))?;
    parse_tensors(&path.display().to_string(), &bytes, device)
}

fn parse_tensors(
    what: &str,
    bytes: &[u8],
    device: &Device,
) -> Result<Vec<(String, candle_core::Tensor)>> {
    let damaged = |error| {
        Error::invalid(
            what,
            format!("{error}; the file is damaged, use another checkpoint"),
        )
    };
    let tensors = candle_core::safetensors::load_buffer(bytes, device).map_err(damaged)?;
    let mut tensors: Vec<_> = tensors.into_iter().collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(tensors)
}
