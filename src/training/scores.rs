//! The scores of a model.

use serde::{Deserialize, Serialize};

use super::metrics::psnr_db;
use crate::number_format::{self, json_numbers};

/// Mean scores over the pictures that a model was evaluated on. For a diverged model they may be
/// infinite or NaN.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "ScoresRepr")]
pub struct Scores {
    /// Number of pictures.
    pub pictures: usize,
    /// Mean squared error of the reconstructed faces against the clean ones, unclipped, with black
    /// to white as 1.
    pub mse: f64,
    /// −10 log₁₀ `mse`, in dB.
    pub psnr_db: f64,
    /// Mean structural similarity; see [`ssim`](super::metrics::ssim).
    pub(crate) ssim: f64,
    /// Mean squared error of the noisy input. `None` without noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noisy_mse: Option<f64>,
    /// −10 log₁₀ `noisy_mse`, in dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) noisy_psnr_db: Option<f64>,
    /// Mean structural similarity of the noisy input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) noisy_ssim: Option<f64>,
}

/// Scores as they are stored in JSON, where `null` is a value that is not finite.
#[derive(Deserialize)]
#[serde(expecting = "an object of scores")]
struct ScoresRepr {
    #[serde(default, deserialize_with = "json_numbers::count")]
    pictures: u64,
    #[serde(deserialize_with = "json_numbers::number")]
    mse: f64,
    #[serde(default, deserialize_with = "json_numbers::optional")]
    psnr_db: Option<f64>,
    #[serde(default, deserialize_with = "json_numbers::optional")]
    ssim: Option<f64>,
    #[serde(default, deserialize_with = "json_numbers::number_if_present")]
    noisy_mse: Option<f64>,
    #[serde(default, deserialize_with = "json_numbers::number_if_present")]
    noisy_psnr_db: Option<f64>,
    #[serde(default, deserialize_with = "json_numbers::number_if_present")]
    noisy_ssim: Option<f64>,
}

impl From<ScoresRepr> for Scores {
    fn from(repr: ScoresRepr) -> Self {
        // For an error of 0 it is infinite, which JSON cannot express.
        let ratio = |ratio: Option<f64>, mse: f64| {
            let finite = ratio.filter(|ratio| ratio.is_finite());
            finite.unwrap_or_else(|| psnr_db(mse))
        };
        Self {
            pictures: usize::try_from(repr.pictures).unwrap_or(usize::MAX),
            mse: repr.mse,
            psnr_db: ratio(repr.psnr_db, repr.mse),
            ssim: repr.ssim.unwrap_or(f64::NAN),
            noisy_mse: repr.noisy_mse,
            noisy_psnr_db: repr.noisy_mse.map(|mse| ratio(repr.noisy_psnr_db, mse)),
            noisy_ssim: repr.noisy_ssim,
        }
    }
}

/// NaN equals NaN here, so that equal scores compare equal.
impl PartialEq for Scores {
    fn eq(&self, other: &Self) -> bool {
        let figures = |scores: &Self| {
            let own = [scores.mse, scores.psnr_db, scores.ssim].map(Some);
            let noisy = [scores.noisy_mse, scores.noisy_psnr_db, scores.noisy_ssim];
            own.into_iter().chain(noisy)
        };
        let same = |(one, other): (Option<f64>, Option<f64>)| {
            one == other
                || one
                    .zip(other)
                    .is_some_and(|(a, b)| a.is_nan() && b.is_nan())
        };
        self.pictures == other.pictures && figures(self).zip(figures(other)).all(same)
    }
}

impl Scores {
    /// Whether the model's error is finite. Then so are the other scores, except for the infinite
    /// PSNR of an error of 0.
    pub fn is_finite(&self) -> bool {
        self.mse.is_finite()
    }

    /// `mse 0.00461, PSNR 23.36 dB, SSIM 0.8123`.
    pub(crate) fn summary(&self) -> String {
        if !self.is_finite() {
            return format!("mse {}", number_format::NOT_FINITE);
        }
        format!(
            "mse {}, PSNR {}, SSIM {}",
            number_format::error(self.mse),
            number_format::decibels(self.psnr_db),
            number_format::ssim(self.ssim)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_json_cannot_express_are_restored() {
        let read = |text: &str| serde_json::from_str::<Scores>(text).unwrap();
        let perfect = read(r#"{"pictures":2,"mse":0.0,"psnr_db":null,"ssim":1.0}"#);
        assert_eq!(perfect.psnr_db, f64::INFINITY);
        assert_eq!(perfect.summary(), "mse 0.00000, PSNR ∞ dB, SSIM 1.0000");
        let gone = read(r#"{"pictures":2,"mse":null,"psnr_db":null,"ssim":null}"#);
        assert!(!gone.is_finite() && gone.psnr_db.is_nan() && gone.noisy_mse.is_none());
        assert_eq!(gone.summary(), "mse not finite");
        let short = read(r#"{"mse":0.01}"#);
        assert_eq!(short.summary(), "mse 0.01000, PSNR 20.00 dB, SSIM –");
        let large = read(r#"{"mse":1e308,"ssim":1e300}"#);
        assert_eq!(
            large.summary(),
            "mse 1.0e308, PSNR -3080.00 dB, SSIM 1.0e300"
        );
        for scores in [perfect, gone, short, large] {
            let again = read(&serde_json::to_string(&scores).unwrap());
            assert_eq!(again, scores);
        }
        assert_ne!(perfect, gone);
    }
}
