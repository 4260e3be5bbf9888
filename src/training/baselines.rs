//! Trivial baselines that a model should beat.

use super::scores::Scores;
use crate::dataset::Faces;

/// Errors of two predictors that need no training, on the held-out pictures. A model that does
/// worse has learned nothing, or has diverged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baselines {
    /// Mean squared error of the mean training picture.
    pub(crate) mean_mse: f64,
    /// Mean squared error of a uniformly grey picture, which is about what a network predicts
    /// before its first step.
    pub(crate) grey_mse: f64,
}

impl Baselines {
    /// Measures both on the held-out pictures. `None` if there are no held-out or no training
    /// pictures.
    pub(crate) fn measure(faces: &Faces, training: &[usize], held_out: &[usize]) -> Option<Self> {
        if training.is_empty() || held_out.is_empty() {
            return None;
        }
        let mut mean = vec![0.0f64; faces.stride()];
        for &row in training {
            for (sum, &byte) in mean.iter_mut().zip(faces.bytes(row)) {
                *sum += f64::from(byte);
            }
        }
        mean.iter_mut()
            .for_each(|sum| *sum /= training.len() as f64);
        let (mut from_mean, mut from_grey) = (0.0, 0.0);
        for &row in held_out {
            for (&mean, &byte) in mean.iter().zip(faces.bytes(row)) {
                from_mean += (f64::from(byte) - mean).powi(2);
                from_grey += (f64::from(byte) - 127.5).powi(2);
            }
        }
        let values = (held_out.len() * faces.stride()) as f64 * 255.0 * 255.0;
        Some(Self {
            mean_mse: from_mean / values,
            grey_mse: from_grey / values,
        })
    }

    /// Whether a run has diverged, given its last held-out scores and its lowest held-out error
    /// so far. It has if it is worse than the mean picture, unless it was never better than that
    /// and is still no worse than doing nothing.
    pub(crate) fn is_diverged(&self, last: &Scores, best: Option<f64>) -> bool {
        let nothing = last
            .noisy_mse
            .map_or(self.grey_mse, |mse| mse.max(self.grey_mse));
        let was_better = best.is_some_and(|best| best <= self.mean_mse);
        !last.is_finite()
            || last.mse > self.mean_mse && (was_better || last.mse > nothing.max(self.mean_mse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(mse: f64, noisy_mse: Option<f64>) -> Scores {
        Scores {
            pictures: 3,
            mse,
            psnr_db: 0.0,
            ssim: 0.0,
            noisy_mse,
            noisy_psnr_db: None,
            noisy_ssim: None,
        }
    }

    #[test]
    fn a_model_that_became_worse_than_the_mean_picture_has_diverged() {
        let trivial = Baselines {
            mean_mse: 0.04,
            grey_mse: 0.07,
        };
        let is_diverged = |mse, best| trivial.is_diverged(&scores(mse, None), best);
        assert!(!is_diverged(0.01, Some(0.01)));
        assert!(is_diverged(0.05, Some(0.02)), "it was better once");
        assert!(!is_diverged(0.05, Some(0.05)), "it was never better");
        assert!(is_diverged(0.08, Some(0.08)) && is_diverged(1.2e7, None));
        for mse in [f64::NAN, f64::INFINITY] {
            assert!(is_diverged(mse, Some(0.01)) && is_diverged(mse, None));
        }
        // Under strong noise, doing nothing is worse than grey.
        assert!(!trivial.is_diverged(&scores(0.2, Some(0.25)), None));
        assert!(trivial.is_diverged(&scores(0.3, Some(0.25)), None));
    }
}
