//! The one setting that each method has, chosen on training pictures.

use rayon::prelude::*;

use super::{nonlocal_means, total_variation};
use crate::dataset::Noise;
use crate::rng::{Purpose, generator};

/// Settings for one noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strengths {
    /// Root mean square of the noise.
    pub sigma: f32,
    /// h of non-local means.
    pub means: f32,
    /// Weight of total variation.
    pub variation: f32,
}

/// Tried settings as multiples of the noise's level.
const MEANS: [f32; 7] = [0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.4];
const VARIATION: [f32; 7] = [0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.7];

impl Strengths {
    /// The best of each grid in mean squared error over `faces`, one after another.
    pub(super) fn choose(faces: &[f32], size: usize, noise: Noise) -> Self {
        let stride = size * size * 3;
        let mut noisy = faces.to_vec();
        for (i, face) in noisy.chunks_exact_mut(stride).enumerate() {
            let mut rng = generator(0, Purpose::NoiseLevel, 0, i as u64);
            noise.apply(face, size, &mut rng);
        }
        let sigma = (apart(&noisy, faces) / faces.len().max(1) as f64).sqrt() as f32;
        let best = |grid: [f32; 7], restore: &(dyn Fn(&[f32], f32) -> Vec<f32> + Sync)| {
            let errors = grid.map(|part| {
                let each = noisy
                    .par_chunks_exact(stride)
                    .zip(faces.par_chunks_exact(stride))
                    .map(|(noisy, clean)| apart(&restore(noisy, part * sigma), clean));
                // Summed in order, so that threads do not decide a tie.
                each.collect::<Vec<_>>().iter().sum::<f64>()
            });
            let best = (0..grid.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
            grid[best.unwrap_or(0)] * sigma
        };
        Self {
            sigma,
            means: best(MEANS, &|face, h| nonlocal_means(face, size, sigma, h)),
            variation: best(VARIATION, &|face, weight| {
                total_variation(face, size, weight)
            }),
        }
    }
}

fn apart(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a - b).powi(2)).sum()
}
