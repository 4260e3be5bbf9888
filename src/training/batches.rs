//! Batches, prepared in advance on another thread. Their order and noise are functions of the seed
//! and the step alone. A GPU holds all pictures as bytes and receives only indices; it generates
//! Gaussian noise itself, from keys that are functions of the seed and the step too.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use candle_core::{Device, Tensor};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::spec::TrainSpec;
use crate::dataset::{Faces, Noise};
use crate::error::{Error, Result};
use crate::kernels::cuda;
use crate::rng::{Purpose, generator};

/// Batches prepared in advance: enough to cover a delay of the loader.
const PREFETCHED: usize = 3;

/// The pictures of a data set in memory, and also on the GPU if they fit there.
pub(super) struct DeviceFaces {
    pub faces: Arc<Faces>,
    /// The device of the batches.
    device: Device,
    /// The pictures on the device, bytes `[pictures, size · size · 3]`.
    resident: Option<Tensor>,
}

impl DeviceFaces {
    /// Input and target of the resident pictures that `told` `[n, 4]` shows.
    pub(super) fn gather(&self, told: &Tensor, noise: Noise) -> Result<(Tensor, Tensor)> {
        let Some(bytes) = &self.resident else {
            return Err(Error::invalid(
                "batch",
                "the pictures are not resident on the device",
            ));
        };
        let target = cuda::gather_batch(bytes, told, self.faces.spec().size as usize)?;
        let input = match noise {
            Noise::Gaussian(sigma) => cuda::add_gaussian_noise(&target, told, sigma)?,
            _ => target.clone(),
        };
        Ok((input, target))
    }

    pub(super) fn new(faces: Arc<Faces>, device: &Device) -> Self {
        let resident = if device.is_cpu() {
            None
        } else {
            upload(&faces, device).ok()
        };
        Self {
            faces,
            device: device.clone(),
            resident,
        }
    }
}

fn upload(faces: &Faces, device: &Device) -> Result<Tensor> {
    let bytes: Vec<u8> = (0..faces.len())
        .flat_map(|face| faces.bytes(face).iter().copied())
        .collect();
    Ok(Tensor::from_vec(
        bytes,
        (faces.len(), faces.stride()),
        device,
    )?)
}

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
    weights: Vec<f32>,
    code_noise: Option<Vec<f32>>,
    /// n.
    pub pictures: usize,
}

enum Content {
    /// Values without noise and, if there is noise, with it.
    Pixels(Vec<f32>, Option<Vec<f32>>),
    /// For pictures resident on the GPU, `[n, 4]`: row, whether it is mirrored (0 or 1), and the
    /// two halves of its noise key.
    Indices(Vec<u32>),
}

impl HostBatch {
    /// The indices `[n, 4]` of the resident pictures, if the batch has nothing else.
    pub(super) fn indices(&self) -> Option<&[u32]> {
        match &self.content {
            Content::Indices(told) if self.code_noise.is_none() => Some(told),
            _ => None,
        }
    }

    /// Moves the batch to the pictures' device.
    pub(super) fn into_batch(self, pictures: &DeviceFaces, noise: Noise) -> Result<Batch> {
        let (n, size) = (self.pictures, pictures.faces.spec().size as usize);
        let device = &pictures.device;
        let (input, target) = match self.content {
            Content::Indices(told) => {
                pictures.gather(&Tensor::from_vec(told, (n, 4), device)?, noise)?
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
        let normal = match self.code_noise {
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
            code_noise: normal,
            pictures: n,
        })
    }
}

/// The batches of a range of steps, in order.
pub(super) struct BatchLoader {
    ready: Receiver<HostBatch>,
}

impl BatchLoader {
    /// Starts a thread that prepares the batches of `steps`. It ends when the loader is dropped.
    pub(super) fn start(
        spec: &TrainSpec,
        pictures: &DeviceFaces,
        training: &[usize],
        steps: Range<u64>,
    ) -> Self {
        let (send, ready) = sync_channel(PREFETCHED);
        let (faces, rows) = (pictures.faces.clone(), training.to_vec());
        let is_resident = pictures.resident.is_some();
        let batch_size = spec.batch_size as usize;
        let shown = Augmentation {
            noise: spec.noise,
            flips: spec.flips,
            code_noise_size: if spec.model.observation_noise > 0.0 {
                spec.model.code_size as usize
            } else {
                0
            },
            seed: spec.seed,
        };
        if steps.is_empty() {
            return Self { ready }; // closed form, or already at the end
        }
        std::thread::spawn(move || {
            let per_epoch = rows.len().div_ceil(batch_size) as u64;
            let mut order = (u64::MAX, Vec::new());
            for step in steps {
                let epoch = step / per_epoch;
                if order.0 != epoch {
                    order = (epoch, epoch_order(&rows, shown.seed, epoch));
                }
                let first = (step % per_epoch) as usize * batch_size;
                let last = (first + batch_size).min(rows.len());
                let rows = &order.1[first..last];
                let batch = match (is_resident, shown.noise) {
                    (true, Noise::None | Noise::Gaussian(_)) => index_batch(rows, shown, epoch),
                    _ => pixel_batch(&faces, rows, shown, epoch),
                };
                if send.send(batch).is_err() {
                    return; // the loader was dropped
                }
            }
        });
        Self { ready }
    }

    /// The batch of the next step; `None` after the last.
    pub(super) fn next(&self) -> Option<HostBatch> {
        self.ready.recv().ok()
    }
}

/// The rows of the step after `steps_done` steps.
pub(super) fn batch_rows(spec: &TrainSpec, training: &[usize], steps_done: u64) -> Vec<usize> {
    let batch_size = spec.batch_size as usize;
    let per_epoch = training.len().div_ceil(batch_size) as u64;
    let order = epoch_order(training, spec.seed, steps_done / per_epoch);
    let first = (steps_done % per_epoch) as usize * batch_size;
    order.into_iter().skip(first).take(batch_size).collect()
}

/// The rows in the order of an epoch.
fn epoch_order(rows: &[usize], seed: u64, epoch: u64) -> Vec<usize> {
    let mut order = rows.to_vec();
    order.shuffle(&mut generator(seed, Purpose::Shuffle, epoch, 0));
    order
}

/// Random changes of the training pictures.
#[derive(Clone, Copy)]
struct Augmentation {
    noise: Noise,
    flips: bool,
    /// Latent dimensions, if codes are sampled; else 0.
    code_noise_size: usize,
    seed: u64,
}

impl Augmentation {
    /// Whether a picture is mirrored in an epoch.
    fn is_mirrored(self, epoch: u64, row: usize) -> bool {
        self.flips && generator(self.seed, Purpose::Flip, epoch, row as u64).random()
    }

    fn code_noise(self, rows: &[usize], epoch: u64) -> Option<Vec<f32>> {
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
}

/// A batch of indices of resident pictures.
fn index_batch(rows: &[usize], shown: Augmentation, epoch: u64) -> HostBatch {
    let told = rows.iter().flat_map(|&row| {
        let key: u64 = generator(shown.seed, Purpose::Noise, epoch, row as u64).random();
        let mirrored = shown.is_mirrored(epoch, row).into();
        [row as u32, mirrored, key as u32, (key >> 32) as u32]
    });
    HostBatch {
        content: Content::Indices(told.collect()),
        weights: Vec::new(),
        code_noise: shown.code_noise(rows, epoch),
        pictures: rows.len(),
    }
}

/// Added to the root mean square of the noise before the error is divided by it, so that almost
/// clean pictures do not outweigh all others.
const RMS_OFFSET: f32 = 0.05;
/// The root mean square, `RMS_OFFSET` included, whose picture counts once.
const UNIT_WEIGHT_RMS: f32 = 0.1;
/// Mean magnitude of Gaussian noise with root mean square 1: √(2/π).
const GAUSSIAN_MAGNITUDE: f32 = 0.797_884_6;

/// The weight of each picture's error, `[n]`, for training with noise of any level. The error that
/// no denoiser can remove grows about as the root mean square of the noise. Divided by that, all
/// levels are learned alike. Noise on few pixels leaves few large errors, whose gradients all point
/// the same way and drown out those of many small errors. So weights also have the cube of the
/// ratio of mean magnitude to root mean square as a factor, relative to Gaussian noise, which
/// reduces them to about a tenth.
fn noise_weights(noisy: &[f32], clean: &[f32], stride: usize) -> Vec<f32> {
    let pictures = noisy.chunks_exact(stride).zip(clean.chunks_exact(stride));
    let weight = |(noisy, clean): (&[f32], &[f32])| {
        let (mut magnitude, mut squares) = (0f32, 0f32);
        for (a, b) in noisy.iter().zip(clean) {
            magnitude += (a - b).abs() / stride as f32;
            squares += (a - b) * (a - b) / stride as f32;
        }
        let rms = squares.sqrt();
        let evenness = if rms > 0.0 {
            (magnitude / rms / GAUSSIAN_MAGNITUDE).min(1.0)
        } else {
            1.0
        };
        evenness.powi(3) * UNIT_WEIGHT_RMS / (rms + RMS_OFFSET)
    };
    pictures.map(weight).collect()
}

fn pixel_batch(faces: &Faces, rows: &[usize], shown: Augmentation, epoch: u64) -> HostBatch {
    let size = faces.spec().size as usize;
    let mut clean = faces.batch(rows);
    for (&row, face) in rows.iter().zip(clean.chunks_exact_mut(faces.stride())) {
        if shown.is_mirrored(epoch, row) {
            mirror_horizontally(face, size);
        }
    }
    let noisy = (shown.noise != Noise::None).then(|| {
        let mut noisy = clean.clone();
        for (&row, face) in rows.iter().zip(noisy.chunks_exact_mut(faces.stride())) {
            let mut rng = generator(shown.seed, Purpose::Noise, epoch, row as u64);
            shown.noise.apply(face, size, &mut rng);
        }
        noisy
    });
    let weights = match (&noisy, shown.noise) {
        (Some(noisy), Noise::Any) => noise_weights(noisy, &clean, faces.stride()),
        _ => Vec::new(),
    };
    HostBatch {
        content: Content::Pixels(clean, noisy),
        weights,
        code_noise: shown.code_noise(rows, epoch),
        pictures: rows.len(),
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

#[cfg(test)]
mod tests {
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
        let resident = DeviceFaces {
            resident: Some(upload(&faces, &Device::Cpu).unwrap()),
            device: Device::Cpu,
            faces: faces.clone(),
        };
        let rows = [4, 0, 2];
        let shown = |noise, flips| Augmentation {
            noise,
            flips,
            code_noise_size: 0,
            seed: 7,
        };
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mut mirrored = 0;
        for epoch in 0..4 {
            let plain = shown(Noise::None, epoch > 0);
            let made = pixel_batch(&faces, &rows, plain, epoch);
            let made = made.into_batch(&resident, Noise::None).unwrap();
            let told = index_batch(&rows, plain, epoch);
            let told = told.into_batch(&resident, Noise::None).unwrap();
            assert_eq!(told.target.dims(), made.target.dims());
            assert_eq!(values(&told.target), values(&made.target));
            mirrored += rows
                .iter()
                .filter(|&&row| plain.is_mirrored(epoch, row))
                .count();
        }
        assert!((1..9).contains(&mirrored), "{mirrored}");
        let gaussian = Noise::Gaussian(0.1);
        let noisy = |rows: &[usize], epoch| {
            let told = index_batch(rows, shown(gaussian, false), epoch);
            told.into_batch(&resident, gaussian).unwrap()
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
