//! Models on disk: `model.safetensors` holds the weights by name, `model.json` the metadata.
//! Other programs can read both.

use std::path::Path;

use candle_core::{DType, Device, Var};
use serde::{Deserialize, Serialize};

use super::autoencoder::Autoencoder;
use super::build::with_parameters;
use super::parameters::Parameters;
use super::spec::ModelSpec;
use crate::dataset::split::HeldOut;
use crate::dataset::{Crop, Dataset, FaceSpec, Noise, Preprocess};
use crate::error::{Error, Result};
use crate::paths::replace_file_in_existing_folder;

/// Name of the weights' file in a model's folder.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// Name of the metadata file in a model's folder.
pub const METADATA_FILE: &str = "model.json";
/// The version of the file format. Files of a later version are refused.
pub const FORMAT_VERSION: u32 = 1;

/// What a saved model is, and how it was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelMetadata {
    /// [`FORMAT_VERSION`].
    pub format: u32,
    /// Version of the program that wrote it.
    pub version: String,
    /// Shape of the network.
    pub model: ModelSpec,
    /// How the pictures were resized.
    pub preprocess: Preprocess,
    /// How they were cropped before that.
    #[serde(default)]
    pub crop: Crop,
    /// The noise on its input in training.
    pub objective: Noise,
    /// The pictures it was trained on.
    pub data: TrainedOn,
    /// The run's seed.
    pub seed: u64,
    /// Training steps done.
    pub step: u64,
    /// Epochs completed.
    pub epoch: u32,
    /// Number of values in the weights.
    pub parameters: usize,
    /// Folders of the people whose names it learned, sorted; for `identity` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
}

/// The pictures that a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// The data set's title.
    pub title: String,
    /// The data set's fingerprint.
    pub fingerprint: String,
    /// The held-out part, selected with the seed; `None` when the model was trained on all pictures.
    pub held_out: Option<HeldOut>,
    /// Number of training pictures.
    pub pictures: usize,
}

impl TrainedOn {
    /// `pictures` pictures of a data set, with none held out by a run.
    pub fn pictures_of(dataset: &Dataset, pictures: usize) -> Self {
        Self {
            title: dataset.title.clone(),
            fingerprint: dataset.fingerprint.clone(),
            held_out: None,
            pictures,
        }
    }
}

impl ModelMetadata {
    /// The size and resize of the pictures that the model takes.
    pub fn face_spec(&self) -> FaceSpec {
        FaceSpec {
            size: self.model.size,
            preprocess: self.preprocess,
        }
    }
}

/// A loaded model with its metadata.
pub struct SavedModel {
    /// The network with its weights.
    pub model: Box<dyn Autoencoder>,
    /// What it is and how it was trained.
    pub metadata: ModelMetadata,
}

/// Writes both files into `folder`, which must exist. Each is replaced atomically, the metadata
/// last.
///
/// # Errors
/// When a file cannot be written or a weight is not finite.
pub fn save(folder: &Path, model: &dyn Autoencoder, metadata: &ModelMetadata) -> Result<()> {
    save_with_dtype(DType::F32, folder, model, metadata)
}

/// [`save`] with weights in half precision, which takes half the space.
///
/// # Errors
/// As [`save`].
pub(crate) fn save_half_precision(
    folder: &Path,
    model: &dyn Autoencoder,
    metadata: &ModelMetadata,
) -> Result<()> {
    save_with_dtype(DType::F16, folder, model, metadata)
}

fn save_with_dtype(
    dtype: DType,
    folder: &Path,
    model: &dyn Autoencoder,
    metadata: &ModelMetadata,
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
                 or export its weights in single precision with --safetensors",
            ));
        }
        tensors.push((name.to_string(), tensor));
    }
    write_tensors(&folder.join(WEIGHTS_FILE), &tensors)?;
    let path = folder.join(METADATA_FILE);
    let json = serde_json::to_vec_pretty(metadata)
        .map_err(|error| Error::invalid(path.display(), error))?;
    replace_file_in_existing_folder(&path, &json)
}

/// Reads what [`save`] wrote.
///
/// # Errors
/// When a file is missing, damaged or of a later format, or the weights do not fit the metadata.
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

/// Reads the metadata alone of what [`save`] wrote.
///
/// # Errors
/// When the file is missing, damaged or of a later format.
pub(crate) fn load_metadata(folder: &Path) -> Result<ModelMetadata> {
    let path = folder.join(METADATA_FILE);
    let json = std::fs::read(&path).map_err(Error::io(&path, "read"))?;
    parse_metadata(&path.display().to_string(), &json)
}

/// Parses the contents of the two files. The names are for error messages.
///
/// # Errors
/// As [`load`].
pub(crate) fn from_bytes(
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

/// Parses metadata; `what` names it in errors.
///
/// # Errors
/// When it is damaged or of a later format.
pub(crate) fn parse_metadata(what: &str, json: &[u8]) -> Result<ModelMetadata> {
    let description: ModelMetadata = serde_json::from_slice(json)
        .map_err(|error| Error::invalid(what, format!("{error}; the metadata is damaged")))?;
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
                     checkpoint, or train again with a lower learning rate"
                ),
            ));
        }
        // Bundled and exported models are stored in half precision.
        parameters.add(name, Var::from_tensor(&tensor.to_dtype(DType::F32)?)?);
    }
    let model = with_parameters(&description.model, parameters)
        .map_err(|error| Error::invalid(what, error))?;
    Ok(SavedModel {
        model,
        metadata: description,
    })
}

/// Whether all values of a tensor are finite.
fn is_finite(tensor: &candle_core::Tensor) -> Result<bool> {
    let values = tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
    let values = values.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.iter().all(|value| value.is_finite()))
}

/// Writes a safetensors file, replacing `path` atomically. Its folder must exist.
///
/// # Errors
/// When the file cannot be written.
pub fn write_tensors(path: &Path, tensors: &[(String, candle_core::Tensor)]) -> Result<()> {
    let views = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
    let bytes = safetensors::serialize(views, None)
        .map_err(|error| Error::invalid(path.display(), error))?;
    replace_file_in_existing_folder(path, &bytes)
}

/// All tensors of a safetensors file, sorted by name.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub(crate) fn read_tensors(
    path: &Path,
    device: &Device,
) -> Result<Vec<(String, candle_core::Tensor)>> {
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
