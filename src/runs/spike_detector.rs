//! Detects loss spikes, so that the weights after one are not saved.

/// Steps until the baseline is reliable.
const WARM_UP_STEPS: u32 = 50;
/// A loss this many times the baseline is a spike. Batches of faces differ from
/// each other by less than a factor of three, so this is never chance.
const SPIKE_FACTOR: f64 = 10.0;
/// Weight of the newest step in the baseline.
const SMOOTHING: f64 = 0.05;

/// Compares each step's loss with a running mean of the steps before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SpikeDetector {
    baseline: f64,
    steps_seen: u32,
}

/// The result of checking a step's loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing unusual.
    Normal,
    /// Far above the baseline, which is given.
    Spike(f64),
}

impl SpikeDetector {
    /// Checks a finite loss; a normal one updates the baseline.
    pub(crate) fn check(&mut self, loss: f64) -> Verdict {
        if self.is_spike(loss) {
            return Verdict::Spike(self.baseline);
        }
        // A plain mean at first, so that the large losses of the first steps fade.
        let weight = SMOOTHING.max(1.0 / f64::from(self.steps_seen + 1));
        self.baseline += weight * (loss - self.baseline);
        self.steps_seen = self.steps_seen.saturating_add(1);
        Verdict::Normal
    }

    /// Whether a loss is far above the baseline or not finite. Does not update
    /// the baseline.
    pub(crate) fn is_spike(&self, loss: f64) -> bool {
        !loss.is_finite() || self.steps_seen >= WARM_UP_STEPS && loss > SPIKE_FACTOR * self.baseline
    }

    /// The mean of recent losses; `None` before the first step.
    pub(crate) fn baseline(&self) -> Option<f64> {
        (self.steps_seen > 0).then_some(self.baseline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_not_confused_with_noise_or_learning() {
        let mut detector = SpikeDetector::default();
        for step in 0..500 {
            let falling = 0.1 / (1.0 + f64::from(step) * 0.1);
            let noisy = falling * (1.0 + 0.8 * f64::from(step % 7 - 3) / 3.0);
            assert_eq!(detector.check(noisy), Verdict::Normal, "step {step}");
        }
        assert!(matches!(detector.check(0.05), Verdict::Spike(baseline) if baseline < 0.004));
        assert_eq!(detector.check(0.003), Verdict::Normal);
        assert!(
            detector.is_spike(0.05) && detector.is_spike(f64::NAN) && !detector.is_spike(0.003)
        );
    }

    #[test]
    fn the_first_steps_are_not_checked() {
        let mut detector = SpikeDetector::default();
        assert_eq!(detector.check(0.001), Verdict::Normal);
        assert_eq!(detector.check(5.0), Verdict::Normal);
    }
}
