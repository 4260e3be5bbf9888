//! Models on disk: `model.safetensors` holds the weights by name, `model.json` the metadata.
//! Other programs can read both.

use std::path::Path;

use candle_core::{DType, Device, Var};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::autoencoder::Autoencoder;
use super::build::with_parameters;
use super::parameters::Parameters;
use super::spec::ModelSpec;
use super::weights::Weights;
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
    save_metadata(folder, metadata)
}

/// Writes what is in a metadata file: [`ModelMetadata`], or more.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn save_metadata(folder: &Path, metadata: &impl Serialize) -> Result<()> {
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
    open(folder, device)?.load()
}

/// A model on disk whose files were read and checked, but of which no network is made yet.
pub(crate) struct StoredModel {
    /// What it is and how it was trained.
    pub metadata: ModelMetadata,
    /// The device for its network.
    pub device: Device,
    /// Its weights.
    pub weights: Weights,
}

impl StoredModel {
    /// The network with its weights.
    ///
    /// # Errors
    /// When the weights do not fit the metadata, or the device has too little memory.
    pub(crate) fn build(&self) -> Result<Box<dyn Autoencoder>> {
        let mut parameters = Parameters::default();
        for (name, tensor) in self.weights.tensors(&self.device)? {
            // Bundled and exported models are stored in half precision.
            parameters.add(name, Var::from_tensor(&tensor.to_dtype(DType::F32)?)?);
        }
        with_parameters(&self.metadata.model, parameters)
            .map_err(|error| Error::invalid(self.weights.what(), error))
    }

    /// A hash of all that the codes of this model depend on: its shape and its weights.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let hash = Sha256::new().chain_update(self.weights.digest());
        let shape = format!("{:?}", self.metadata.model);
        hash.chain_update(shape).finalize().into()
    }

    /// The model, with its network.
    ///
    /// # Errors
    /// As [`StoredModel::build`].
    pub(crate) fn load(self) -> Result<SavedModel> {
        Ok(SavedModel {
            model: self.build()?,
            metadata: self.metadata,
        })
    }
}

/// Reads and checks what [`save`] wrote.
///
/// # Errors
/// When a file is missing, damaged or of a later format, or a weight is not finite.
pub(crate) fn open(folder: &Path, device: &Device) -> Result<StoredModel> {
    let metadata = load_metadata(folder)?;
    let weights = Weights::read(&folder.join(WEIGHTS_FILE))?;
    weights.check_finite()?;
    Ok(StoredModel {
        metadata,
        device: device.clone(),
        weights,
    })
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
    Weights::read(path)?.tensors(device)
}
