//! Evaluation of a model on pictures.

use candle_core::Tensor;
use rayon::prelude::*;

use super::metrics::{mse, psnr_db, ssim};
use super::scores::Scores;
use crate::dataset::{Faces, Noise};
use crate::error::{Error, Result};
use crate::latent::batch_size_for;
use crate::models::Autoencoder;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};

/// The result of [`evaluate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Means over the pictures.
    pub scores: Scores,
    /// Mean squared error of each picture, in the order of the rows.
    pub(crate) errors: Vec<f64>,
}

impl Evaluation {
    /// Indices of the pictures, those with the largest error first. NaN counts as the largest.
    pub(super) fn worst_first(&self) -> impl Iterator<Item = usize> {
        let key = |index: usize| match self.errors[index] {
            error if error.is_nan() => f64::INFINITY,
            error => error,
        };
        let mut indices: Vec<usize> = (0..self.errors.len()).collect();
        indices.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
        indices.into_iter()
    }
}

/// Reconstructs the given rows of `faces` with noise, which is a function of the seed and the
/// picture alone, and compares the result with the clean pictures.
///
/// # Errors
/// When there are no pictures, their size is not the model's, or `watch` cancels.
pub fn evaluate(
    model: &dyn Autoencoder,
    faces: &Faces,
    rows: &[usize],
    noise: Noise,
    seed: u64,
    watch: Watch,
) -> Result<Evaluation> {
    check(model, faces, rows)?;
    let size = faces.spec().size as usize;
    let mut reconstructed = MetricAccumulator::default();
    let mut noisy = MetricAccumulator::default();
    let mut errors = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(batch_size_for(size)) {
        let clean = faces.batch(chunk);
        let input = noisy_batch(faces, chunk, noise, seed);
        if noise != Noise::None {
            noisy.add(&input, &clean, size);
        }
        let input = Tensor::from_vec(input, (chunk.len(), size, size, 3), model.device())?;
        let output = model.reconstruct(&input)?.flatten_all()?.to_vec1::<f32>()?;
        errors.extend(reconstructed.add(&output, &clean, size));
        watch(Progress {
            stage: "evaluating on held-out pictures",
            done: errors.len() as u64,
            total: Some(rows.len() as u64),
            unit: Unit::Pictures,
        })?;
    }
    let noisy = (noise != Noise::None).then_some(noisy);
    let scores = Scores {
        pictures: rows.len(),
        mse: reconstructed.mse(),
        psnr_db: reconstructed.psnr_db(),
        ssim: reconstructed.ssim(),
        noisy_mse: noisy.map(|noisy| noisy.mse()),
        noisy_psnr_db: noisy.map(|noisy| noisy.psnr_db()),
        noisy_ssim: noisy.map(|noisy| noisy.ssim()),
    };
    Ok(Evaluation { scores, errors })
}

/// Checks that there are pictures, of the model's size.
fn check(model: &dyn Autoencoder, faces: &Faces, rows: &[usize]) -> Result<()> {
    if rows.is_empty() {
        return Err(Error::invalid(
            "evaluation",
            "there are no pictures to evaluate on",
        ));
    }
    if faces.spec().size != model.spec().size {
        return Err(Error::invalid(
            "evaluation",
            format!(
                "the pictures have side {}; the model takes {}",
                faces.spec().size,
                model.spec().size
            ),
        ));
    }
    Ok(())
}

/// The given rows of `faces`, `[n, size, size, 3]`, with noise that is a function of the seed and
/// the picture alone.
pub(crate) fn noisy_batch(faces: &Faces, rows: &[usize], noise: Noise, seed: u64) -> Vec<f32> {
    let mut noisy = faces.batch(rows);
    if noise != Noise::None {
        let size = faces.spec().size as usize;
        for (&row, face) in rows.iter().zip(noisy.chunks_exact_mut(faces.stride())) {
            let mut rng = generator(seed, Purpose::HeldOutNoise, 0, row as u64);
            noise.apply(face, size, &mut rng);
        }
    }
    noisy
}

/// Accumulates error and similarity over faces.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MetricAccumulator {
    faces: usize,
    mse: f64,
    ssim: f64,
}

impl MetricAccumulator {
    /// Adds faces `[n, size, size, 3]` and returns the mean squared error of each.
    pub fn add(&mut self, restored: &[f32], clean: &[f32], size: usize) -> Vec<f64> {
        let each = metrics_per_face(restored, clean, size);
        for [mse, ssim] in &each {
            self.faces += 1;
            self.mse += mse;
            self.ssim += ssim;
        }
        each.into_iter().map(|[mse, _]| mse).collect()
    }

    /// Mean squared error, unclipped, with black to white as 1.
    pub fn mse(&self) -> f64 {
        self.mse / self.faces as f64
    }

    /// Peak signal-to-noise ratio of that mean, in dB.
    pub(crate) fn psnr_db(&self) -> f64 {
        psnr_db(self.mse())
    }

    /// Mean structural similarity; see [`ssim`].
    pub(crate) fn ssim(&self) -> f64 {
        self.ssim / self.faces as f64
    }
}

/// `[mse, ssim]` of each face, in order, so that sums do not depend on the threads.
fn metrics_per_face(output: &[f32], clean: &[f32], size: usize) -> Vec<[f64; 2]> {
    let stride = size * size * 3;
    output
        .par_chunks_exact(stride)
        .zip(clean.par_chunks_exact(stride))
        .map(|(output, clean)| [mse(output, clean), ssim(output, clean, size)])
        .collect()
}
