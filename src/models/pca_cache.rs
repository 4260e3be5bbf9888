//! PCA fitted once per (data, pictures, code size) and kept in the cache.

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::model_file::{self, FORMAT_VERSION, ModelMetadata, TrainedOn};
use super::{Autoencoder, Pca};
use crate::dataset::{Crop, Dataset, Faces, Noise};
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders};
use crate::progress::{Progress, Watch};

/// PCA of the given rows of a data set, from the cache or fitted now. A code
/// size that so few pictures do not determine becomes the largest that they do.
/// A cache that cannot be written is told to the watcher.
///
/// # Errors
/// When there are fewer than two pictures; the watcher's.
pub fn load_or_fit_on_dataset(
    paths: &Paths,
    dataset: &Dataset,
    faces: &Faces,
    rows: &[usize],
    code_size: u32,
    watch: Watch,
) -> Result<Pca> {
    let data = TrainedOn {
        title: dataset.title.clone(),
        fingerprint: dataset.fingerprint.clone(),
        held_out: None,
        pictures: rows.len(),
    };
    load_or_fit(paths, data, faces, rows, code_size, watch)
}

/// [`load_or_fit_on_dataset`] for pictures of which only this is known.
///
/// # Errors
/// As [`load_or_fit_on_dataset`].
pub fn load_or_fit(
    paths: &Paths,
    data: TrainedOn,
    faces: &Faces,
    rows: &[usize],
    code_size: u32,
    watch: Watch,
) -> Result<Pca> {
    let spec = faces.spec();
    let code_size = code_size.min(Pca::max_code_size(rows.len(), spec.size));
    let folder = paths
        .fitted_models()
        .join(cache_key(&data.fingerprint, faces, rows, code_size));
    if let Some(pca) = load_cached(&folder, &data, faces, code_size) {
        return Ok(pca);
    }
    let pca = Pca::fit(faces, rows, code_size, &mut *watch)?;
    let description = ModelMetadata {
        format: FORMAT_VERSION,
        version: env!("CARGO_PKG_VERSION").to_string(),
        model: pca.spec().clone(),
        preprocess: spec.preprocess,
        crop: faces.crop(),
        objective: Noise::None,
        data,
        seed: 0,
        step: 1,
        epoch: 1,
        parameters: pca.parameters().element_count(),
    };
    let written =
        make_folders(&folder).and_then(|()| model_file::save(&folder, &pca, &description));
    match written {
        // What cannot be kept is there all the same.
        Err(error @ Error::Io { .. }) => {
            watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
        }
        other => other?,
    }
    Ok(pca)
}

/// What the cache has under a key. A damaged or foreign entry is no reason to
/// fail: it is made again.
fn load_cached(
    folder: &std::path::Path,
    data: &TrainedOn,
    faces: &Faces,
    code_size: u32,
) -> Option<Pca> {
    let saved = model_file::load(folder, &Device::Cpu).ok()?;
    let pca = Pca::with_parameters(saved.model.spec(), saved.model.parameters().clone()).ok()?;
    let is_it = pca.spec().code_size == code_size
        && saved.metadata.face_spec() == faces.spec()
        && saved.metadata.crop == faces.crop()
        && saved.metadata.data.fingerprint == data.fingerprint
        && saved.metadata.data.pictures == data.pictures;
    let is_finite = pca.parameters().iter().all(|(_, values)| {
        let values = values.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        values.is_ok_and(|values| values.iter().all(|value| value.is_finite()))
    });
    (is_it && is_finite).then_some(pca)
}

/// A folder's name for everything that decides the result.
fn cache_key(fingerprint: &str, faces: &Faces, rows: &[usize], code_size: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(fingerprint.as_bytes());
    hash.update(format!("{:?} {}", faces.spec(), faces.len()));
    if faces.crop() != Crop::LFW {
        hash.update(format!("crop {}", faces.crop()));
    }
    for &row in rows {
        hash.update((row as u64).to_le_bytes());
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("pca-{code_size}-{}px-{digest}", faces.spec().size)
}
