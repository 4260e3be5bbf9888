//! Models in closed form, fitted once for each data set, selection of pictures and shape, then
//! cached on disk.

use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::build::fit_closed_form;
use super::lazy_model::LazyModel;
use super::model_file::{
    self, FORMAT_VERSION, METADATA_FILE, ModelMetadata, StoredModel, TrainedOn, WEIGHTS_FILE,
};
use super::spec::{ModelKind, ModelSpec};
use super::weights::Weights;
use crate::dataset::hash::hex;
use crate::dataset::{Crop, Faces, Noise};
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders};
use crate::progress::{Progress, Watch};

/// Increased when the same pictures come to give another descriptor.
const DESCRIPTOR_VERSION: u32 = 1;

/// The metadata file of a cached model.
#[derive(Serialize, Deserialize)]
struct CachedMetadata {
    #[serde(flatten)]
    model: ModelMetadata,
    /// Of the file with the weights. What is kept of this model's codes is found by what the model
    /// was fitted to, so its weights must be those that were saved, to the last bit.
    weights_crc32c: u32,
}

/// The model of this spec for the given rows of the faces that `data` describes, from the cache
/// or fitted now. `watch` gets a note when the cache cannot be written.
///
/// # Errors
/// When the pictures do not determine the model, or `watch` cancels.
pub(crate) fn load_or_fit(
    paths: &Paths,
    data: TrainedOn,
    (faces, rows): (&Faces, &[usize]),
    spec: &ModelSpec,
    watch: Watch,
) -> Result<LazyModel> {
    let hash = hash_of_fit(&data.fingerprint, faces, rows, spec);
    let folder = paths.fitted_models().join(folder_name(&hash, faces, spec));
    let identity = identity(&hash, spec);
    if let Some(stored) = open_cached(&folder, &data, faces, spec) {
        return Ok(LazyModel::stored(stored, identity));
    }
    let model = fit_closed_form(spec, (faces, rows), &mut *watch)?;
    let metadata = ModelMetadata {
        format: FORMAT_VERSION,
        version: env!("CARGO_PKG_VERSION").to_string(),
        model: model.spec().clone(),
        preprocess: faces.spec().preprocess,
        crop: faces.crop(),
        objective: Noise::None,
        data,
        seed: 0,
        step: 1,
        epoch: 1,
        parameters: model.parameters().element_count(),
        people: Vec::new(),
    };
    let saved = make_folders(&folder)
        .and_then(|()| model_file::save(&folder, &*model, &metadata))
        .and_then(|()| {
            model_file::save_metadata(
                &folder,
                &CachedMetadata {
                    model: metadata,
                    weights_crc32c: Weights::map(&folder.join(WEIGHTS_FILE))?.checksum(),
                },
            )
        });
    match saved {
        // The fit is usable even if it cannot be cached.
        Err(error @ Error::Io { .. }) => {
            watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
        }
        other => other?,
    }
    Ok(LazyModel::ready(Arc::from(model), identity))
}

/// The cache entry in `folder`, if it fits and is intact. Any other entry is fitted again.
fn open_cached(
    folder: &Path,
    data: &TrainedOn,
    faces: &Faces,
    spec: &ModelSpec,
) -> Option<StoredModel> {
    let json = std::fs::read(folder.join(METADATA_FILE)).ok()?;
    let cached: CachedMetadata = serde_json::from_slice(&json).ok()?;
    let metadata = cached.model;
    let found = &metadata.model;
    // A descriptor may have a smaller code than was asked for.
    let fits = found.kind == spec.kind
        && (found.code_size == spec.code_size
            || found.kind == ModelKind::Descriptor && found.code_size < spec.code_size)
        && metadata.format <= FORMAT_VERSION
        && metadata.face_spec() == faces.spec()
        && metadata.crop == faces.crop()
        && metadata.data.fingerprint == data.fingerprint
        && metadata.data.pictures == data.pictures;
    if !fits {
        return None;
    }
    // What was saved is finite, so intact weights are.
    let weights = Weights::map(&folder.join(WEIGHTS_FILE)).ok()?;
    (weights.checksum() == cached.weights_crc32c).then_some(StoredModel {
        metadata,
        device: Device::Cpu,
        weights,
    })
}

/// A hash of the pictures that a model is fitted to, as it sees them, and of how.
fn hash_of_fit(fingerprint: &str, faces: &Faces, rows: &[usize], spec: &ModelSpec) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(fingerprint.as_bytes());
    hash.update(format!("{:?} {}", faces.spec(), faces.len()));
    if faces.crop() != Crop::LFW {
        hash.update(format!("crop {}", faces.crop()));
    }
    if spec.kind == ModelKind::Descriptor {
        hash.update(format!("descriptor {DESCRIPTOR_VERSION}"));
    }
    for &row in rows {
        hash.update((row as u64).to_le_bytes());
    }
    hash.finalize().into()
}

/// [`LazyModel::identity`] of a fitted model.
fn identity(hash: &[u8; 32], spec: &ModelSpec) -> [u8; 32] {
    let fitted = Sha256::new().chain_update("fitted").chain_update(hash);
    fitted.chain_update(format!("{spec:?}")).finalize().into()
}

/// The name of the cache folder, from everything that the fit depends on.
fn folder_name(hash: &[u8; 32], faces: &Faces, spec: &ModelSpec) -> String {
    let digest = hex(&hash[..8]);
    format!(
        "{}-{}-{}px-{digest}",
        spec.kind,
        spec.code_size,
        faces.spec().size
    )
}
