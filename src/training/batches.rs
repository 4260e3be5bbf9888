//! Batches in an order, and under noise, that are functions of the seed and
//! the step alone; made ahead on a thread of their own.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use candle_core::{Device, Tensor};
use rand::seq::SliceRandom;

use super::spec::TrainSpec;
use crate::dataset::{Faces, Noise};
use crate::error::Result;
use crate::rng::{Purpose, generator};

/// Batches that wait to be used; enough to cover a slow moment of the maker.
const AHEAD: usize = 3;

/// A step's pictures, `[n, size, size, 3]`.
pub(super) struct Batch {
    /// With noise on.
    pub input: Tensor,
    /// Without.
    pub target: Tensor,
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
        faces: &Arc<Faces>,
        training: &[usize],
        device: &Device,
        steps: Range<u64>,
    ) -> Self {
        let (send, ready) = sync_channel(AHEAD);
        let (faces, rows, device) = (faces.clone(), training.to_vec(), device.clone());
        let (seed, noise, batch_size) = (spec.seed, spec.noise, spec.batch_size as usize);
        if steps.is_empty() {
            return Self { ready }; // closed form, or already at the end
        }
        std::thread::spawn(move || {
            let per_epoch = rows.len().div_ceil(batch_size) as u64;
            let mut order = (u64::MAX, Vec::new());
            for step in steps {
                let epoch = step / per_epoch;
                if order.0 != epoch {
                    order = (epoch, shuffled(&rows, seed, epoch));
                }
                let first = (step % per_epoch) as usize * batch_size;
                let last = (first + batch_size).min(rows.len());
                let batch = make(&faces, &order.1[first..last], noise, seed, epoch, &device);
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

fn make(
    faces: &Faces,
    rows: &[usize],
    noise: Noise,
    seed: u64,
    epoch: u64,
    device: &Device,
) -> Result<Batch> {
    let size = faces.spec().size as usize;
    let shape = (rows.len(), size, size, 3);
    let clean = faces.batch(rows);
    let noisy = (noise != Noise::None).then(|| {
        let mut noisy = clean.clone();
        for (&row, face) in rows.iter().zip(noisy.chunks_exact_mut(faces.stride())) {
            let mut rng = generator(seed, Purpose::Noise, epoch, row as u64);
            noise.apply(face, size, &mut rng);
        }
        noisy
    });
    let target = Tensor::from_vec(clean, shape, device)?;
    let input = match noisy {
        Some(noisy) => Tensor::from_vec(noisy, shape, device)?,
        None => target.clone(),
    };
    Ok(Batch {
        input,
        target,
        pictures: rows.len(),
    })
}
