//! A batch in main memory, and its way to the device.

use candle_core::Tensor;

use super::augmentation::Augmentation;
use super::device_faces::DeviceFaces;
use super::noise_weights::noise_weights;
use crate::dataset::{Faces, Noise};
use crate::error::Result;

/// The pictures of a step on their device, `[n, size, size, 3]`.
pub(super) struct Batch {
    /// With noise.
    pub input: Tensor,
    /// Without.
    pub target: Tensor,
    /// Weight of each picture's error, `[n]`; empty if all have weight 1.
    pub weights: Vec<f32>,
    /// Standard normal numbers for sampling codes, `[n, code_size]`.
    pub code_noise: Option<Tensor>,
    /// n.
    pub pictures: usize,
}

/// A batch in main memory, prepared by the loader's thread. The training thread moves it to the
/// device, so that all work on a GPU is enqueued in order.
pub(super) struct HostBatch {
    content: Content,
    /// See [`Batch::weights`].
    weights: Vec<f32>,
    /// See [`Batch::code_noise`].
    code_noise: Option<Vec<f32>>,
    /// n.
    pub pictures: usize,
}

/// The pictures of a [`HostBatch`].
enum Content {
    /// Values without noise and, if there is noise, with it.
    Pixels(Vec<f32>, Option<Vec<f32>>),
    /// Indices of pictures resident on the GPU, `[n, 4]`; see [`HostBatch::indices`].
    Indices(Vec<u32>),
}

impl HostBatch {
    /// A batch of pictures that are resident on the GPU.
    pub(super) fn resident(rows: &[usize], augmentation: Augmentation, epoch: u64) -> Self {
        let indices = rows.iter().flat_map(|&row| {
            let key = augmentation.noise_key(epoch, row);
            let mirrored = augmentation.is_mirrored(epoch, row).into();
            [row as u32, mirrored, key as u32, (key >> 32) as u32]
        });
        Self {
            content: Content::Indices(indices.collect()),
            weights: Vec::new(),
            code_noise: augmentation.code_noise(epoch, rows),
            pictures: rows.len(),
        }
    }

    /// A batch of pictures in main memory.
    pub(super) fn pixels(
        faces: &Faces,
        rows: &[usize],
        augmentation: Augmentation,
        epoch: u64,
    ) -> Self {
        let size = faces.spec().size as usize;
        let clean = augmentation.clean(faces, epoch, rows);
        let noisy = augmentation.noisy(&clean, size, epoch, rows);
        let weights = match (&noisy, augmentation.noise) {
            (Some(noisy), noise) if noise.has_random_level() => {
                noise_weights(noisy, &clean, faces.stride())
            }
            _ => Vec::new(),
        };
        Self {
            content: Content::Pixels(clean, noisy),
            weights,
            code_noise: augmentation.code_noise(epoch, rows),
            pictures: rows.len(),
        }
    }

    /// The indices `[n, 4]` of the resident pictures (row, whether it is mirrored, the two halves of
    /// its noise key), if the batch consists of nothing else.
    pub(super) fn indices(&self) -> Option<&[u32]> {
        match &self.content {
            Content::Indices(indices) if self.code_noise.is_none() => Some(indices),
            _ => None,
        }
    }

    /// Moves the batch to the device of `faces`.
    pub(super) fn into_batch(self, faces: &DeviceFaces, noise: Noise) -> Result<Batch> {
        let (n, size) = (self.pictures, faces.faces().spec().size as usize);
        let device = faces.device();
        let (input, target) = match self.content {
            Content::Indices(indices) => {
                faces.gather(&Tensor::from_vec(indices, (n, 4), device)?, noise)?
            }
            Content::Pixels(clean, noisy) => {
                let shape = (n, size, size, 3);
                let target = Tensor::from_vec(clean, shape, device)?;
                let input = match noisy {
                    Some(noisy) => Tensor::from_vec(noisy, shape, device)?,
                    None => target.clone(),
                };
                (input, target)
            }
        };
        let code_noise = match self.code_noise {
            Some(normal) => {
                let shape = (n, normal.len() / n);
                Some(Tensor::from_vec(normal, shape, device)?)
            }
            None => None,
        };
        Ok(Batch {
            input,
            target,
            weights: self.weights,
            code_noise,
            pictures: n,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dataset::{FaceSpec, Preprocess};

    #[test]
    fn resident_pictures_give_the_same_batches_and_noise_of_the_level() {
        let spec = FaceSpec {
            size: 32,
            preprocess: Preprocess::Seed,
        };
        let bytes: Vec<u8> = (0..5 * 3072).map(|i| (i * 37 % 256) as u8).collect();
        let faces = Arc::new(Faces::from_bytes(spec, &bytes).unwrap());
        let resident = DeviceFaces::resident_on_cpu(faces.clone());
        let rows = [4, 0, 2];
        let augmentation = |noise, flips| Augmentation {
            noise,
            flips,
            code_noise_size: 0,
            seed: 7,
        };
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mut mirrored = 0;
        for epoch in 0..4 {
            let plain = augmentation(Noise::None, epoch > 0);
            let decoded = HostBatch::pixels(&faces, &rows, plain, epoch);
            let decoded = decoded.into_batch(&resident, Noise::None).unwrap();
            let gathered = HostBatch::resident(&rows, plain, epoch);
            let gathered = gathered.into_batch(&resident, Noise::None).unwrap();
            assert_eq!(gathered.target.dims(), decoded.target.dims());
            assert_eq!(values(&gathered.target), values(&decoded.target));
            mirrored += rows
                .iter()
                .filter(|&&row| plain.is_mirrored(epoch, row))
                .count();
        }
        assert!((1..9).contains(&mirrored), "{mirrored}");
        let gaussian = Noise::Gaussian(0.1);
        let noisy = |rows: &[usize], epoch| {
            let batch = HostBatch::resident(rows, augmentation(gaussian, false), epoch);
            batch.into_batch(&resident, gaussian).unwrap()
        };
        let batch = noisy(&rows, 0);
        let noise = (&batch.input - &batch.target).unwrap();
        let variance = noise.sqr().unwrap().mean_all().unwrap();
        let level = variance.to_scalar::<f32>().unwrap().sqrt();
        assert!((level - 0.1).abs() < 0.005, "{level}");
        // A function of the epoch and the picture, whatever else is in the batch.
        let alone = values(&noisy(&rows[1..2], 0).input);
        assert_eq!(alone, values(&batch.input.narrow(0, 1, 1).unwrap()));
        assert_ne!(alone, values(&noisy(&rows[1..2], 1).input));
    }
}
