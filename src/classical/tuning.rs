//! Tuning of each method's one setting on training pictures.

use rayon::prelude::*;

use super::nonlocal_means::nonlocal_means;
use super::total_variation::total_variation;
use crate::dataset::Noise;
use crate::error::Result;
use crate::rng::{Purpose, generator};

/// Settings of the methods for one noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DenoiserSettings {
    /// Root mean square of the noise, with black to white as 1.
    pub sigma: f32,
    /// h of [`nonlocal_means`](super::nonlocal_means()).
    pub nlm_h: f32,
    /// Weight of [`total_variation`](super::total_variation()).
    pub tv_weight: f32,
}

/// Candidate settings, as multiples of the noise's root mean square.
const NLM_GRID: [f32; 7] = [0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.4];
const TV_GRID: [f32; 7] = [0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7];

/// Settings as multiples of the noise's root mean square.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RelativeSettings {
    nlm_h: f32,
    tv_weight: f32,
}

impl RelativeSettings {
    /// The settings for noise with this root mean square.
    pub(super) fn scaled_by(self, sigma: f32) -> DenoiserSettings {
        DenoiserSettings {
            sigma,
            nlm_h: self.nlm_h * sigma,
            tv_weight: self.tv_weight * sigma,
        }
    }
}

/// Faces for tuning, with and without one noise.
pub(super) struct TuningSet<'a> {
    clean: &'a [f32],
    noisy: Vec<f32>,
    size: usize,
}

impl<'a> TuningSet<'a> {
    /// Adds the noise to faces `[n, size, size, 3]`.
    pub(super) fn new(clean: &'a [f32], size: usize, noise: Noise) -> Self {
        let mut noisy = clean.to_vec();
        for (i, face) in noisy.chunks_exact_mut(size * size * 3).enumerate() {
            let mut rng = generator(0, Purpose::NoiseLevel, 0, i as u64);
            noise.apply(face, size, &mut rng);
        }
        Self { clean, noisy, size }
    }

    /// Root mean square of the noise.
    pub(super) fn sigma(&self) -> f32 {
        let count = self.clean.len().max(1) as f64;
        (squared_error(&self.noisy, self.clean) / count).sqrt() as f32
    }

    /// The candidates with the lowest mean squared error.
    ///
    /// # Errors
    /// When `pause` fails, which is called before each candidate.
    pub(super) fn grid_search(
        &self,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<RelativeSettings> {
        let (size, sigma) = (self.size, self.sigma());
        let nlm = |face: &[f32], part: f32| nonlocal_means(face, size, sigma, part * sigma);
        let tv = |face: &[f32], part: f32| total_variation(face, size, part * sigma);
        Ok(RelativeSettings {
            nlm_h: self.best_of_grid(NLM_GRID, &nlm, pause)?,
            tv_weight: self.best_of_grid(TV_GRID, &tv, pause)?,
        })
    }

    fn best_of_grid(
        &self,
        grid: [f32; 7],
        restore: &(dyn Fn(&[f32], f32) -> Vec<f32> + Sync),
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<f32> {
        let stride = self.size * self.size * 3;
        let mut errors = Vec::with_capacity(grid.len());
        for part in grid {
            pause()?;
            let each = self
                .noisy
                .par_chunks_exact(stride)
                .zip(self.clean.par_chunks_exact(stride))
                .map(|(noisy, clean)| squared_error(&restore(noisy, part), clean));
            // Summed in order, so that threads do not decide a tie.
            errors.push(each.collect::<Vec<_>>().iter().sum::<f64>());
        }
        let best = (0..grid.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
        Ok(grid[best.unwrap_or(0)])
    }
}

fn squared_error(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(&a, &b)| f64::from(a - b).powi(2));
    squares.sum()
}
