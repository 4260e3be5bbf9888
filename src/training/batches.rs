//! Batches in an order, and under noise, that are functions of the seed and
//! the step alone; made ahead on a thread of their own. A GPU holds all the
//! pictures as bytes and draws Gaussian noise itself: there the noise of a
//! resumed run is as likely, but not the same.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use candle_core::{DType, Device, Tensor};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::spec::TrainSpec;
use crate::dataset::{Faces, Noise};
use crate::error::Result;
use crate::rng::{Purpose, generator};

/// Batches that wait to be used; enough to cover a slow moment of the maker.
const AHEAD: usize = 3;

/// The pictures of a data set, on a GPU as well where that has room for them.
pub(super) struct Pictures {
    pub faces: Arc<Faces>,
    /// `[pictures, size · size · 3]`, bytes.
    resident: Option<Tensor>,
}

impl Pictures {
    pub(super) fn new(faces: Arc<Faces>, device: &Device) -> Self {
        let resident = match device.is_cpu() {
            true => None,
            false => on_device(&faces, device).ok(),
        };
        Self { faces, resident }
    }
}

fn on_device(faces: &Faces, device: &Device) -> Result<Tensor> {
    let bytes: Vec<u8> = (0..faces.len())
        .flat_map(|face| faces.bytes(face).iter().copied())
        .collect();
    Ok(Tensor::from_vec(
        bytes,
        (faces.len(), faces.stride()),
        device,
    )?)
}

/// A step's pictures, `[n, size, size, 3]`.
pub(super) struct Batch {
    /// With noise on.
    pub input: Tensor,
    /// Without.
    pub target: Tensor,
    /// How much each picture's error counts; empty where all count alike.
    pub weights: Vec<f32>,
    /// Standard normal numbers for codes that are drawn, `[n, code_size]`.
    pub normal: Option<Tensor>,
    /// n.
    pub pictures: usize,
}

/// The batches of a range of steps, in order.
pub(super) struct Batches {
    ready: Receiver<Result<Batch>>,
}

impl Batches {
    /// Starts making the batches of `steps`; dropping the result ends it.
    pub(super) fn start(
        spec: &TrainSpec,
        pictures: &Pictures,
        training: &[usize],
        device: &Device,
        steps: Range<u64>,
    ) -> Self {
        let (send, ready) = sync_channel(AHEAD);
        let (faces, rows, device) = (pictures.faces.clone(), training.to_vec(), device.clone());
        let resident = pictures.resident.clone();
        let batch_size = spec.batch_size as usize;
        let shown = Shown {
            noise: spec.noise,
            flips: spec.flips,
            drawn: match spec.model.observation_noise > 0.0 {
                true => spec.model.code_size as usize,
                false => 0,
            },
            seed: spec.seed,
        };
        if steps.is_empty() {
            return Self { ready }; // closed form, or already at the end
        }
        std::thread::spawn(move || {
            let per_epoch = rows.len().div_ceil(batch_size) as u64;
            let mut order = (u64::MAX, Vec::new());
            if resident.is_some() {
                let mut rng = generator(shown.seed, Purpose::Noise, steps.start, u64::MAX);
                // Noise that is not repeatable is noise all the same.
                let _ = device.set_seed(rng.random());
            }
            for step in steps {
                let epoch = step / per_epoch;
                if order.0 != epoch {
                    order = (epoch, shuffled(&rows, shown.seed, epoch));
                }
                let first = (step % per_epoch) as usize * batch_size;
                let last = (first + batch_size).min(rows.len());
                let rows = &order.1[first..last];
                let batch = match (&resident, shown.noise) {
                    (Some(bytes), Noise::None | Noise::Gaussian(_)) => {
                        draw(bytes, rows, shown, epoch, faces.spec().size as usize)
                    }
                    _ => make(&faces, rows, shown, epoch, &device),
                };
                if send.send(batch).is_err() {
                    return; // the run has returned
                }
            }
        });
        Self { ready }
    }

    /// The next step's batch; none after the last.
    pub(super) fn next(&self) -> Option<Result<Batch>> {
        self.ready.recv().ok()
    }
}

/// The pictures of the step that follows `steps_done` steps.
pub(super) fn pictures_of(spec: &TrainSpec, training: &[usize], steps_done: u64) -> Vec<usize> {
    let batch_size = spec.batch_size as usize;
    let per_epoch = training.len().div_ceil(batch_size) as u64;
    let order = shuffled(training, spec.seed, steps_done / per_epoch);
    let first = (steps_done % per_epoch) as usize * batch_size;
    order.into_iter().skip(first).take(batch_size).collect()
}

/// The order of an epoch's pictures.
fn shuffled(rows: &[usize], seed: u64, epoch: u64) -> Vec<usize> {
    let mut order = rows.to_vec();
    order.shuffle(&mut generator(seed, Purpose::Shuffle, epoch, 0));
    order
}

/// How a run shows its pictures to the model.
#[derive(Clone, Copy)]
struct Shown {
    noise: Noise,
    flips: bool,
    /// Numbers of a code that is drawn around the encoder's; 0: none is.
    drawn: usize,
    seed: u64,
}

impl Shown {
    /// Whether a picture is mirrored in an epoch.
    fn is_mirrored(self, epoch: u64, row: usize) -> bool {
        self.flips && generator(self.seed, Purpose::Flip, epoch, row as u64).random()
    }

    fn normal(self, rows: &[usize], epoch: u64, device: &Device) -> Result<Option<Tensor>> {
        if self.drawn == 0 {
            return Ok(None);
        }
        let mut normal = Vec::with_capacity(rows.len() * self.drawn);
        for &row in rows {
            let rng = generator(self.seed, Purpose::Code, epoch, row as u64);
            let numbers = Distribution::<f32>::sample_iter(StandardNormal, rng);
            normal.extend(numbers.take(self.drawn));
        }
        let shape = (rows.len(), self.drawn);
        Ok(Some(Tensor::from_vec(normal, shape, device)?))
    }
}

/// A batch of resident pictures.
fn draw(bytes: &Tensor, rows: &[usize], shown: Shown, epoch: u64, size: usize) -> Result<Batch> {
    let device = bytes.device();
    let indices: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
    let mut target = bytes
        .index_select(&Tensor::from_vec(indices, rows.len(), device)?, 0)?
        .to_dtype(DType::F32)?
        .affine(1.0 / 255.0, -0.5)?
        .reshape((rows.len(), size, size, 3))?;
    if shown.flips {
        let columns: Vec<u32> = (0..size as u32).rev().collect();
        let columns = Tensor::from_vec(columns, size, device)?;
        let mirrored: Vec<u8> = rows
            .iter()
            .map(|&row| shown.is_mirrored(epoch, row).into())
            .collect();
        target = Tensor::from_vec(mirrored, (rows.len(), 1, 1, 1), device)?
            .broadcast_as(target.shape())?
            .where_cond(&target.index_select(&columns, 2)?, &target)?;
    }
    let input = match shown.noise {
        Noise::Gaussian(sigma) => (&target + target.randn_like(0.0, f64::from(sigma))?)?,
        _ => target.clone(),
    };
    Ok(Batch {
        input,
        target,
        weights: Vec::new(),
        normal: shown.normal(rows, epoch, device)?,
        pictures: rows.len(),
    })
}

/// Added to a noise's root mean square before its picture's error is divided by
/// it, so that almost clean pictures do not outweigh all others.
const LEAST_NOISE: f32 = 0.05;
/// The root mean square, `LEAST_NOISE` included, whose picture counts once.
const COUNTS_ONCE: f32 = 0.1;
/// Mean magnitude of Gaussian noise of root mean square 1, √(2/π).
const GAUSSIAN_MAGNITUDE: f32 = 0.797_884_6;

/// How much the errors of pictures under noise of any level count. What no
/// denoiser can undo grows about as the noise's root mean square does; divided by
/// that, all levels are learned alike. Noise on few pixels leaves few large
/// errors, whose gradients all point one way and drown those of the many small
/// ones; by the cube of its mean magnitude for its root mean square they count
/// about a tenth.
fn weights(noisy: &[f32], clean: &[f32], stride: usize) -> Vec<f32> {
    let pictures = noisy.chunks_exact(stride).zip(clean.chunks_exact(stride));
    let weight = |(noisy, clean): (&[f32], &[f32])| {
        let (mut magnitude, mut squares) = (0f32, 0f32);
        for (a, b) in noisy.iter().zip(clean) {
            magnitude += (a - b).abs() / stride as f32;
            squares += (a - b) * (a - b) / stride as f32;
        }
        let rms = squares.sqrt();
        let evenness = match rms > 0.0 {
            true => (magnitude / rms / GAUSSIAN_MAGNITUDE).min(1.0),
            false => 1.0,
        };
        evenness.powi(3) * COUNTS_ONCE / (rms + LEAST_NOISE)
    };
    pictures.map(weight).collect()
}

fn make(faces: &Faces, rows: &[usize], shown: Shown, epoch: u64, device: &Device) -> Result<Batch> {
    let size = faces.spec().size as usize;
    let shape = (rows.len(), size, size, 3);
    let mut clean = faces.batch(rows);
    for (&row, face) in rows.iter().zip(clean.chunks_exact_mut(faces.stride())) {
        if shown.is_mirrored(epoch, row) {
            mirror(face, size);
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
        (Some(noisy), Noise::Any) => weights(noisy, &clean, faces.stride()),
        _ => Vec::new(),
    };
    let target = Tensor::from_vec(clean, shape, device)?;
    let input = match noisy {
        Some(noisy) => Tensor::from_vec(noisy, shape, device)?,
        None => target.clone(),
    };
    Ok(Batch {
        input,
        target,
        weights,
        normal: shown.normal(rows, epoch, device)?,
        pictures: rows.len(),
    })
}

/// Left for right, in place.
fn mirror(face: &mut [f32], size: usize) {
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
        let faces = Faces::from_bytes(spec, &bytes).unwrap();
        let resident = on_device(&faces, &Device::Cpu).unwrap();
        let rows = [4, 0, 2];
        let shown = |noise, flips| Shown {
            noise,
            flips,
            drawn: 0,
            seed: 7,
        };
        let mut mirrored = 0;
        for epoch in 0..4 {
            let plain = shown(Noise::None, epoch > 0);
            let made = make(&faces, &rows, plain, epoch, &Device::Cpu).unwrap();
            let drawn = draw(&resident, &rows, plain, epoch, 32).unwrap();
            assert_eq!(drawn.target.dims(), made.target.dims());
            let apart = (&drawn.target - &made.target).unwrap().abs().unwrap();
            let apart = apart.flatten_all().unwrap().max(0).unwrap();
            assert!(apart.to_scalar::<f32>().unwrap() < 1e-6);
            mirrored += rows
                .iter()
                .filter(|&&row| plain.is_mirrored(epoch, row))
                .count();
        }
        assert!((1..9).contains(&mirrored), "{mirrored}");
        let noisy = draw(&resident, &rows, shown(Noise::Gaussian(0.1), false), 0, 32).unwrap();
        let noise = (&noisy.input - &noisy.target).unwrap();
        let variance = noise.sqr().unwrap().mean_all().unwrap();
        let level = variance.to_scalar::<f32>().unwrap().sqrt();
        assert!((level - 0.1).abs() < 0.005, "{level}");
    }
}
