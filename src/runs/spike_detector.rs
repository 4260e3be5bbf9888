//! Notices a loss that cannot be trusted before its weights are saved.

/// Steps before the usual loss is known well enough to judge by it.
const WARM_UP_STEPS: u32 = 50;
/// A loss this many times the usual is a spike. Batches of faces differ by
/// less than a factor of three among each other, so this is never chance.
const SPIKE_FACTOR: f64 = 10.0;
/// Weight of the newest step in the usual loss.
const SMOOTHING: f64 = 0.05;

/// The usual loss of the last few dozen steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpikeDetector {
    baseline: f64,
    steps_seen: u32,
}

/// What the guard says of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Nothing unusual.
    Normal,
    /// Far above what was usual, which is given.
    Spike(f64),
}

impl SpikeDetector {
    /// Judges a finite loss and, when it is fine, learns from it.
    pub fn check(&mut self, loss: f64) -> Verdict {
        if self.is_spike(loss) {
            return Verdict::Spike(self.baseline);
        }
        // A plain mean at first, so that the very first steps do not linger.
        let weight = SMOOTHING.max(1.0 / f64::from(self.steps_seen + 1));
        self.baseline += weight * (loss - self.baseline);
        self.steps_seen = self.steps_seen.saturating_add(1);
        Verdict::Normal
    }

    /// Whether a loss is far above what was usual, or not a number; nothing is
    /// learned from it.
    pub fn is_spike(&self, loss: f64) -> bool {
        !loss.is_finite() || self.steps_seen >= WARM_UP_STEPS && loss > SPIKE_FACTOR * self.baseline
    }

    /// The usual loss; `None` before any step was judged.
    pub fn baseline(&self) -> Option<f64> {
        (self.steps_seen > 0).then_some(self.baseline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_told_from_noise_and_from_learning() {
        let mut guard = SpikeDetector::default();
        for step in 0..500 {
            let falling = 0.1 / (1.0 + f64::from(step) * 0.1);
            let noisy = falling * (1.0 + 0.8 * f64::from(step % 7 - 3) / 3.0);
            assert_eq!(guard.check(noisy), Verdict::Normal, "step {step}");
        }
        assert!(matches!(guard.check(0.05), Verdict::Spike(usual) if usual < 0.004));
        assert_eq!(guard.check(0.003), Verdict::Normal);
        assert!(guard.is_spike(0.05) && guard.is_spike(f64::NAN) && !guard.is_spike(0.003));
    }

    #[test]
    fn the_first_steps_may_do_what_they_like() {
        let mut guard = SpikeDetector::default();
        assert_eq!(guard.check(0.001), Verdict::Normal);
        assert_eq!(guard.check(5.0), Verdict::Normal);
    }
}
