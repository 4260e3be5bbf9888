//! The time until a run is finished, estimated from its recent steps,
//! evaluations and checkpoints. Pauses do not count. All durations come from
//! the monotonic clock.

use std::collections::VecDeque;
use std::time::Duration;

/// A worker's first steps are slower (memory is touched for the first time, CPUs
/// raise their clock, kernels are chosen), so they are left out.
const WARM_UP_STEPS: u64 = 5;
/// The rate is a mean over the last steps, which took at least this long,
const WINDOW_SECONDS: f64 = 5.0;
/// but over no more steps than this.
const MAX_WINDOW_STEPS: usize = 4096;

/// The work that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Remaining {
    /// Training steps.
    pub steps: u64,
    /// Evaluations on the held-out pictures.
    pub evaluations: u64,
    /// Checkpoints.
    pub checkpoints: u64,
}

/// Measures a run's parts and extrapolates.
#[derive(Debug, Clone, Default)]
pub(crate) struct EtaEstimator {
    steps_seen: u64,
    /// The last steps: seconds and pictures of each.
    window: VecDeque<(f64, u64)>,
    window_seconds: f64,
    window_images: u64,
    evaluation: MeanDuration,
    checkpoint: MeanDuration,
}

#[derive(Debug, Clone, Copy, Default)]
struct MeanDuration {
    seconds: f64,
    count: u32,
}

impl MeanDuration {
    fn add(&mut self, took: Duration) {
        self.seconds += took.as_secs_f64();
        self.count += 1;
    }

    fn seconds(&self) -> f64 {
        self.seconds / f64::from(self.count.max(1))
    }
}

impl EtaEstimator {
    /// Records a training step on `images` pictures.
    pub(crate) fn record_step(&mut self, took: Duration, images: u64) {
        self.steps_seen += 1;
        if self.steps_seen <= WARM_UP_STEPS {
            return;
        }
        let seconds = took.as_secs_f64();
        self.window.push_back((seconds, images));
        self.window_seconds += seconds;
        self.window_images += images;
        while let Some(&(oldest, pictures)) = self.window.front() {
            let enough = self.window_seconds - oldest >= WINDOW_SECONDS && self.window.len() > 8;
            if !enough && self.window.len() <= MAX_WINDOW_STEPS {
                break;
            }
            self.window_seconds -= oldest;
            self.window_images -= pictures;
            self.window.pop_front();
        }
    }

    /// Records an evaluation.
    pub(crate) fn record_evaluation(&mut self, took: Duration) {
        self.evaluation.add(took);
    }

    /// Records a checkpoint.
    pub(crate) fn record_checkpoint(&mut self, took: Duration) {
        self.checkpoint.add(took);
    }

    /// Training pictures per second over the last seconds; `None` during warm-up.
    pub(crate) fn images_per_s(&self) -> Option<f64> {
        (self.window_seconds > 0.0).then(|| self.window_images as f64 / self.window_seconds)
    }

    /// Mean seconds per training step; `None` during warm-up.
    pub(crate) fn step_seconds(&self) -> Option<f64> {
        (!self.window.is_empty()).then(|| self.window_seconds / self.window.len() as f64)
    }

    /// Seconds until the remaining work is done; `None` during warm-up.
    pub(crate) fn seconds_left(&self, remaining: Remaining) -> Option<f64> {
        let step = self.step_seconds()?;
        Some(
            step * remaining.steps as f64
                + self.evaluation.seconds() * remaining.evaluations as f64
                + self.checkpoint.seconds() * remaining.checkpoints as f64,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_does_not_count_and_the_rest_does() {
        let mut pace = EtaEstimator::default();
        let left = Remaining {
            steps: 100,
            evaluations: 2,
            checkpoints: 3,
        };
        for _ in 0..WARM_UP_STEPS {
            pace.record_step(Duration::from_secs(60), 10);
            assert_eq!(pace.seconds_left(left), None);
            assert_eq!(pace.images_per_s(), None);
        }
        for _ in 0..20 {
            pace.record_step(Duration::from_millis(100), 10);
        }
        pace.record_evaluation(Duration::from_secs(4));
        pace.record_checkpoint(Duration::from_secs(1));
        let seconds = pace.seconds_left(left).unwrap();
        assert!((seconds - (10.0 + 8.0 + 3.0)).abs() < 1e-6, "{seconds}");
        assert!((pace.images_per_s().unwrap() - 100.0).abs() < 1e-6);
    }

    #[test]
    fn the_rate_follows_a_change_within_seconds() {
        let mut pace = EtaEstimator::default();
        for _ in 0..1000 {
            pace.record_step(Duration::from_millis(10), 10);
        }
        for _ in 0..70 {
            pace.record_step(Duration::from_millis(100), 10);
        }
        let rate = pace.images_per_s().unwrap();
        assert!((rate - 100.0).abs() < 1.0, "{rate}");
    }
}
