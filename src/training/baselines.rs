//! What a model is to be better than.

use super::Scores;
use crate::dataset::Faces;

/// What needs no training, judged on the same pictures: a model that does worse
/// than this has learned nothing, or has diverged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baselines {
    /// Mean squared error of the mean training picture.
    pub mean_mse: f64,
    /// Of a picture that is grey all over, which is about what a network says
    /// before its first step.
    pub grey_mse: f64,
}

impl Baselines {
    /// Judges both on the held-out pictures; none where there are none, or none
    /// that trains.
    pub fn measure(faces: &Faces, training: &[usize], held_out: &[usize]) -> Option<Self> {
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

    /// Whether a run whose last held-out scores are these, and whose least
    /// held-out error was `best`, has diverged. What is worse than the mean picture
    /// has, unless it only never came so far: it was never better, and is not
    /// worse than having done nothing either.
    pub fn is_diverged(&self, last: &Scores, best: Option<f64>) -> bool {
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
    fn what_got_worse_than_the_mean_picture_has_diverged() {
        let trivial = Baselines {
            mean_mse: 0.04,
            grey_mse: 0.07,
        };
        let is_diverged = |mse, best| trivial.is_diverged(&scores(mse, None), best);
        assert!(!is_diverged(0.01, Some(0.01)));
        assert!(is_diverged(0.05, Some(0.02)), "it was better once");
        assert!(!is_diverged(0.05, Some(0.05)), "it has not come so far yet");
        assert!(is_diverged(0.08, Some(0.08)) && is_diverged(1.2e7, None));
        for mse in [f64::NAN, f64::INFINITY] {
            assert!(is_diverged(mse, Some(0.01)) && is_diverged(mse, None));
        }
        // Under strong noise to do nothing is worse than grey.
        assert!(!trivial.is_diverged(&scores(0.2, Some(0.25)), None));
        assert!(trivial.is_diverged(&scores(0.3, Some(0.25)), None));
    }
}
