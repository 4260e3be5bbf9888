//! Random changes of the training pictures, as functions of the seed, the epoch and the picture.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use super::spec::TrainSpec;
use crate::dataset::{Faces, Noise};
use crate::rng::{Purpose, generator};

/// The random changes of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Augmentation {
    pub noise: Noise,
    pub flips: bool,
    /// Latent dimensions, if codes are sampled; else 0.
    pub code_noise_size: usize,
    pub seed: u64,
}

impl Augmentation {
    pub(super) fn new(spec: &TrainSpec) -> Self {
        Self {
            noise: spec.noise,
            flips: spec.flips,
            code_noise_size: if spec.model.observation_noise > 0.0 {
                spec.model.code_size as usize
            } else {
                0
            },
            seed: spec.seed,
        }
    }

    /// Whether a picture is mirrored in an epoch.
    pub(super) fn is_mirrored(self, epoch: u64, row: usize) -> bool {
        self.flips && generator(self.seed, Purpose::Flip, epoch, row as u64).random()
    }

    /// The key of the noise that a GPU generates for a picture.
    pub(super) fn noise_key(self, epoch: u64, row: usize) -> u64 {
        generator(self.seed, Purpose::Noise, epoch, row as u64).random()
    }

    /// Standard normal numbers for sampling the codes of the given rows, `[n, code_size]`. `None`
    /// if codes are not sampled.
    pub(super) fn code_noise(self, epoch: u64, rows: &[usize]) -> Option<Vec<f32>> {
        if self.code_noise_size == 0 {
            return None;
        }
        let mut normal = Vec::with_capacity(rows.len() * self.code_noise_size);
        for &row in rows {
            let rng = generator(self.seed, Purpose::Reparameterization, epoch, row as u64);
            let numbers = Distribution::<f32>::sample_iter(StandardNormal, rng);
            normal.extend(numbers.take(self.code_noise_size));
        }
        Some(normal)
    }

    /// The given rows of `faces`, mirrored but without noise: `[n, size, size, 3]`.
    pub(super) fn clean(self, faces: &Faces, epoch: u64, rows: &[usize]) -> Vec<f32> {
        let mut clean = faces.batch(rows);
        self.mirror(&mut clean, faces.spec().size as usize, epoch, rows);
        clean
    }

    /// Mirrors some of the pictures `[n, size, size, 3]` of the given rows.
    pub(super) fn mirror(self, pictures: &mut [f32], size: usize, epoch: u64, rows: &[usize]) {
        let pictures = pictures.chunks_exact_mut(size * size * 3);
        for (&row, face) in rows.iter().zip(pictures) {
            if self.is_mirrored(epoch, row) {
                mirror_horizontally(face, size);
            }
        }
    }

    /// Adds noise to the pictures `clean` `[n, size, size, 3]` of the given rows. `None` without
    /// noise.
    pub(super) fn noisy(
        self,
        clean: &[f32],
        size: usize,
        epoch: u64,
        rows: &[usize],
    ) -> Option<Vec<f32>> {
        if self.noise == Noise::None {
            return None;
        }
        let mut noisy = clean.to_vec();
        for (&row, face) in rows.iter().zip(noisy.chunks_exact_mut(size * size * 3)) {
            let mut rng = generator(self.seed, Purpose::Noise, epoch, row as u64);
            self.noise.apply(face, size, &mut rng);
        }
        Some(noisy)
    }
}

/// Swaps left and right, in place.
fn mirror_horizontally(face: &mut [f32], size: usize) {
    for row in face.chunks_exact_mut(size * 3) {
        for column in 0..size / 2 {
            for channel in 0..3 {
                row.swap(column * 3 + channel, (size - 1 - column) * 3 + channel);
            }
        }
    }
}
