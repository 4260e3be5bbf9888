//! Prepares batches in advance on another thread. Their order and noise are functions of the seed
//! and the step alone. A GPU holds all pictures as bytes and receives only indices; it generates
//! Gaussian noise itself, from keys that are functions of the seed and the epoch too.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rand::seq::SliceRandom;

use super::augmentation::Augmentation;
use super::device_faces::DeviceFaces;
use super::host_batch::HostBatch;
use super::spec::TrainSpec;
use crate::dataset::Noise;
use crate::rng::{Purpose, generator};

/// Batches prepared in advance: enough to cover a delay of the loader.
const PREFETCHED: usize = 3;

/// The batches of a range of steps, in order.
pub(super) struct BatchLoader {
    ready: Receiver<HostBatch>,
}

impl BatchLoader {
    /// Starts a thread that prepares the batches of `steps`. It ends when the loader is dropped.
    pub(super) fn start(
        spec: &TrainSpec,
        faces: &DeviceFaces,
        training: &[usize],
        steps: Range<u64>,
    ) -> Self {
        let (send, ready) = sync_channel(PREFETCHED);
        if steps.is_empty() {
            return Self { ready }; // closed form, or already at the end
        }
        let augmentation = Augmentation::new(spec);
        let are_indices_enough =
            faces.are_resident() && matches!(spec.noise, Noise::None | Noise::Gaussian(_));
        let (faces, rows) = (faces.faces().clone(), training.to_vec());
        let batch_size = spec.batch_size as usize;
        std::thread::spawn(move || {
            let make = |rows: &[usize], epoch| {
                if are_indices_enough {
                    HostBatch::resident(rows, augmentation, epoch)
                } else {
                    HostBatch::pixels(&faces, rows, augmentation, epoch)
                }
            };
            prepare(&send, &rows, batch_size, augmentation.seed, steps, make);
        });
        Self { ready }
    }

    /// The batch of the next step; `None` after the last.
    pub(super) fn next(&self) -> Option<HostBatch> {
        self.ready.recv().ok()
    }
}

/// Sends the batches of `steps`, until the loader is dropped.
fn prepare(
    send: &SyncSender<HostBatch>,
    rows: &[usize],
    batch_size: usize,
    seed: u64,
    steps: Range<u64>,
    make: impl Fn(&[usize], u64) -> HostBatch,
) {
    let steps_per_epoch = rows.len().div_ceil(batch_size) as u64;
    let mut order = (u64::MAX, Vec::new());
    for step in steps {
        let epoch = step / steps_per_epoch;
        if order.0 != epoch {
            order = (epoch, epoch_order(rows, seed, epoch));
        }
        let first = (step % steps_per_epoch) as usize * batch_size;
        let last = (first + batch_size).min(rows.len());
        if send.send(make(&order.1[first..last], epoch)).is_err() {
            return;
        }
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
