//! Models in closed form, fitted once for each data set, selection of pictures and shape, then
//! cached on disk.

use std::path::Path;

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::autoencoder::Autoencoder;
use super::build::fit_closed_form;
use super::model_file::{self, FORMAT_VERSION, ModelMetadata, TrainedOn};
use super::spec::{ModelKind, ModelSpec};
use crate::dataset::hash::hex;
use crate::dataset::{Crop, Faces, Noise};
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders};
use crate::progress::{Progress, Watch};

/// Increased when the descriptor's features change.
const DESCRIPTOR_VERSION: u32 = 1;

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
) -> Result<Box<dyn Autoencoder>> {
    let folder = paths
        .fitted_models()
        .join(cache_key(&data.fingerprint, faces, rows, spec));
    if let Some(model) = load_cached(&folder, &data, faces, spec) {
        return Ok(model);
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
    let saved = make_folders(&folder).and_then(|()| model_file::save(&folder, &*model, &metadata));
    match saved {
        // The fit is usable even if it cannot be cached.
        Err(error @ Error::Io { .. }) => {
            watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
        }
        other => other?,
    }
    Ok(model)
}

/// The cache entry in `folder`, if it fits and is intact: reading it checks that its weights are
/// finite. Any other entry is fitted again.
fn load_cached(
    folder: &Path,
    data: &TrainedOn,
    faces: &Faces,
    spec: &ModelSpec,
) -> Option<Box<dyn Autoencoder>> {
    let saved = model_file::load(folder, &Device::Cpu).ok()?;
    let found = saved.model.spec();
    // A descriptor may have a smaller code than was asked for.
    let fits = found.kind == spec.kind
        && (found.code_size == spec.code_size
            || found.kind == ModelKind::Descriptor && found.code_size < spec.code_size)
        && saved.metadata.face_spec() == faces.spec()
        && saved.metadata.crop == faces.crop()
        && saved.metadata.data.fingerprint == data.fingerprint
        && saved.metadata.data.pictures == data.pictures;
    fits.then_some(saved.model)
}

/// The name of the cache folder: a hash of everything that the fit depends on.
fn cache_key(fingerprint: &str, faces: &Faces, rows: &[usize], spec: &ModelSpec) -> String {
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
    let digest = hex(&hash.finalize()[..8]);
    format!(
        "{}-{}-{}px-{digest}",
        spec.kind,
        spec.code_size,
        faces.spec().size
    )
}
