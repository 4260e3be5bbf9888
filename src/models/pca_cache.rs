//! PCA fitted once for each data set, selection of pictures and code size, then cached on disk.

use std::path::Path;

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::autoencoder::Autoencoder;
use super::model_file::{self, FORMAT_VERSION, ModelMetadata, TrainedOn};
use super::pca::Pca;
use crate::dataset::hash::hex;
use crate::dataset::{Crop, Faces, Noise};
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders};
use crate::progress::{Progress, Watch};

/// PCA of the given rows of the faces that `data` describes, from the cache or fitted now. A
/// code size larger than the pictures determine is reduced to [`Pca::max_code_size`]. `watch`
/// gets a note when the cache cannot be written.
///
/// # Errors
/// When there are fewer than two pictures, or `watch` cancels.
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
    let metadata = ModelMetadata {
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
    let saved = make_folders(&folder).and_then(|()| model_file::save(&folder, &pca, &metadata));
    match saved {
        // The fit is usable even if it cannot be cached.
        Err(error @ Error::Io { .. }) => {
            watch(Progress::note(&paths.cache_unwritable_note(&error)))?;
        }
        other => other?,
    }
    Ok(pca)
}

/// The cache entry in `folder`, if it is intact and fits. Any other entry is fitted again.
fn load_cached(folder: &Path, data: &TrainedOn, faces: &Faces, code_size: u32) -> Option<Pca> {
    let saved = model_file::load(folder, &Device::Cpu).ok()?;
    let pca = Pca::with_parameters(saved.model.spec(), saved.model.parameters().clone()).ok()?;
    let fits = pca.spec().code_size == code_size
        && saved.metadata.face_spec() == faces.spec()
        && saved.metadata.crop == faces.crop()
        && saved.metadata.data.fingerprint == data.fingerprint
        && saved.metadata.data.pictures == data.pictures;
    let is_finite = pca.parameters().iter().all(|(_, values)| {
        let values = values.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        values.is_ok_and(|values| values.iter().all(|value| value.is_finite()))
    });
    (fits && is_finite).then_some(pca)
}

/// The name of the cache folder: a hash of everything that the fit depends on.
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
    let digest = hex(&hash.finalize()[..8]);
    format!("pca-{code_size}-{}px-{digest}", faces.spec().size)
}
