//! Training throughput.

use std::time::Instant;

/// Decay of the average in one step.
const DECAY: f64 = 0.95;

/// Pictures per second, as an exponential moving average over about 20 steps.
#[derive(Default)]
pub(super) struct Throughput {
    pictures: f64,
    seconds: f64,
}

impl Throughput {
    pub(super) fn add(&mut self, pictures: usize, started: Instant) {
        self.pictures = self.pictures * DECAY + pictures as f64;
        self.seconds = self.seconds * DECAY + started.elapsed().as_secs_f64();
    }

    pub(super) fn images_per_s(&self) -> f64 {
        if self.seconds > 0.0 {
            self.pictures / self.seconds
        } else {
            0.0
        }
    }
}
