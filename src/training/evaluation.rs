//! Judging a model on pictures.

use candle_core::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::metrics::{mse, psnr_db, ssim};
use crate::dataset::{Faces, Noise};
use crate::error::{Error, Result};
use crate::latent::chunk_of;
use crate::models::Autoencoder;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};

/// Means over the pictures that a model was judged on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// How many.
    pub pictures: usize,
    /// Mean squared error of the rebuilt faces against the clean ones,
    /// unclipped, black to white being 1.
    pub mse: f64,
    /// −10 log₁₀ of that mean, in dB.
    pub psnr_db: f64,
    /// Mean structural similarity; see [`ssim`].
    pub ssim: f64,
    /// The same three of the noisy input; none without noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noisy_mse: Option<f64>,
    /// See `noisy_mse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noisy_psnr_db: Option<f64>,
    /// See `noisy_mse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noisy_ssim: Option<f64>,
}

/// Rebuilds the given pictures, under noise that is a function of the seed and
/// the picture alone, and compares with the clean ones.
///
/// # Errors
/// When there is no picture or its size is not the model's; the watcher's.
pub fn evaluate(
    model: &dyn Autoencoder,
    faces: &Faces,
    rows: &[usize],
    noise: Noise,
    seed: u64,
    watch: Watch,
) -> Result<Scores> {
    Ok(evaluate_each(model, faces, rows, noise, seed, watch)?.0)
}

/// [`evaluate`], with the mean squared error of each picture in the order of `rows`.
///
/// # Errors
/// As `evaluate`.
pub(super) fn evaluate_each(
    model: &dyn Autoencoder,
    faces: &Faces,
    rows: &[usize],
    noise: Noise,
    seed: u64,
    watch: Watch,
) -> Result<(Scores, Vec<f64>)> {
    if rows.is_empty() {
        return Err(Error::invalid(
            "evaluation",
            "there is no picture to judge on",
        ));
    }
    if faces.spec().size != model.spec().size {
        return Err(Error::invalid(
            "evaluation",
            format!(
                "the pictures have side {}, the model takes {}",
                faces.spec().size,
                model.spec().size
            ),
        ));
    }
    let size = faces.spec().size as usize;
    let (mut rebuilt_sums, mut noisy_sums) = ([0.0; 2], [0.0; 2]);
    let mut errors = Vec::with_capacity(rows.len());
    for some in rows.chunks(chunk_of(size)) {
        let clean = faces.batch(some);
        let mut input = clean.clone();
        if noise != Noise::None {
            for (&row, face) in some.iter().zip(input.chunks_exact_mut(faces.stride())) {
                let mut rng = generator(seed, Purpose::HeldOutNoise, 0, row as u64);
                noise.apply(face, size, &mut rng);
            }
            for one in compare(&input, &clean, size) {
                add(&mut noisy_sums, one);
            }
        }
        let input = Tensor::from_vec(input, (some.len(), size, size, 3), model.device())?;
        let rebuilt = model.rebuild(&input)?.flatten_all()?.to_vec1::<f32>()?;
        for one in compare(&rebuilt, &clean, size) {
            add(&mut rebuilt_sums, one);
            errors.push(one[0]);
        }
        watch(Progress {
            stage: "judging on held-out pictures",
            done: errors.len() as u64,
            total: Some(rows.len() as u64),
            unit: Unit::Pictures,
        })?;
    }
    let count = rows.len() as f64;
    let [mse, ssim] = rebuilt_sums.map(|sum| sum / count);
    let noisy = (noise != Noise::None).then(|| noisy_sums.map(|sum| sum / count));
    let scores = Scores {
        pictures: rows.len(),
        mse,
        psnr_db: psnr_db(mse),
        ssim,
        noisy_mse: noisy.map(|[mse, _]| mse),
        noisy_psnr_db: noisy.map(|[mse, _]| psnr_db(mse)),
        noisy_ssim: noisy.map(|[_, ssim]| ssim),
    };
    Ok((scores, errors))
}

/// (mse, ssim) of each face, in order, so that sums do not depend on threads.
fn compare(rebuilt: &[f32], clean: &[f32], size: usize) -> Vec<[f64; 2]> {
    let stride = size * size * 3;
    rebuilt
        .par_chunks_exact(stride)
        .zip(clean.par_chunks_exact(stride))
        .map(|(rebuilt, clean)| [mse(rebuilt, clean), ssim(rebuilt, clean, size)])
        .collect()
}

fn add(total: &mut [f64; 2], more: [f64; 2]) {
    for (total, more) in total.iter_mut().zip(more) {
        *total += more;
    }
}
