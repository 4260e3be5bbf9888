//! PCA fitted once per (data, pictures, code size) and kept in the cache.

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::saved::{self, Description, FORMAT, TrainedOn};
use super::{Autoencoder, Pca};
use crate::dataset::{Dataset, Faces, Noise};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;

/// PCA of the given rows of a data set, from the cache or fitted now. A code
/// size that so few pictures do not determine becomes the largest that they do.
///
/// # Errors
/// When there are fewer than two pictures; those of the file system; the watcher's.
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
    // A damaged or foreign cache entry is no reason to fail: it is made again.
    if let Ok(saved) = saved::load(&folder, &Device::Cpu)
        && let Ok(pca) = Pca::with_parameters(saved.model.spec(), saved.model.parameters().clone())
        && pca.spec().code_size == code_size
    {
        return Ok(pca);
    }
    let pca = Pca::fit(faces, rows, code_size, watch)?;
    let description = Description {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_string(),
        model: pca.spec().clone(),
        preprocess: spec.preprocess,
        objective: Noise::None,
        data,
        seed: 0,
        step: 1,
        epoch: 1,
        parameters: pca.parameters().count(),
    };
    std::fs::create_dir_all(&folder).map_err(Error::io(&folder, "create the folder"))?;
    saved::save(&folder, &pca, &description)?;
    Ok(pca)
}

/// A folder's name for everything that decides the result.
fn key(fingerprint: &str, faces: &Faces, rows: &[usize], code_size: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(fingerprint.as_bytes());
    hash.update(format!("{:?} {}", faces.spec(), faces.len()));
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
