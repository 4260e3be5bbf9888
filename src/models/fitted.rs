//! PCA fitted once per (data, pictures, code size) and kept in the cache.

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::saved::{self, Description, FORMAT, TrainedOn};
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
pub fn pca(
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
    pca_on(paths, data, faces, rows, code_size, watch)
}

/// [`pca`] for pictures of which only this is known.
///
/// # Errors
/// As [`pca`].
pub fn pca_on(
    paths: &Paths,
    data: TrainedOn,
    faces: &Faces,
    rows: &[usize],
    code_size: u32,
    watch: Watch,
) -> Result<Pca> {
    let spec = faces.spec();
    let code_size = code_size.min(Pca::largest_code(rows.len(), spec.size));
    let folder = paths
        .fitted_models()
        .join(key(&data.fingerprint, faces, rows, code_size));
    if let Some(pca) = kept(&folder, &data, faces, code_size) {
        return Ok(pca);
    }
    let pca = Pca::fit(faces, rows, code_size, &mut *watch)?;
    let description = Description {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_string(),
        model: pca.spec().clone(),
        preprocess: spec.preprocess,
        crop: faces.crop(),
        objective: Noise::None,
        data,
        seed: 0,
        step: 1,
        epoch: 1,
        parameters: pca.parameters().count(),
    };
    let written = make_folders(&folder).and_then(|()| saved::save(&folder, &pca, &description));
    match written {
        // What cannot be kept is there all the same.
        Err(error @ Error::Io { .. }) => watch(Progress::note(&paths.without_cache(&error)))?,
        other => other?,
    }
    Ok(pca)
}

/// What the cache has under a key. A damaged or foreign entry is no reason to
/// fail: it is made again.
fn kept(folder: &std::path::Path, data: &TrainedOn, faces: &Faces, code_size: u32) -> Option<Pca> {
    let saved = saved::load(folder, &Device::Cpu).ok()?;
    let pca = Pca::with_parameters(saved.model.spec(), saved.model.parameters().clone()).ok()?;
    let is_it = pca.spec().code_size == code_size
        && saved.description.faces() == faces.spec()
        && saved.description.crop == faces.crop()
        && saved.description.data.fingerprint == data.fingerprint
        && saved.description.data.pictures == data.pictures;
    let is_finite = pca.parameters().iter().all(|(_, values)| {
        let values = values.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
        values.is_ok_and(|values| values.iter().all(|value| value.is_finite()))
    });
    (is_it && is_finite).then_some(pca)
}

/// A folder's name for everything that decides the result.
fn key(fingerprint: &str, faces: &Faces, rows: &[usize], code_size: u32) -> String {
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
