//! Noise for training and testing denoisers.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A kind of noise and its level. Written as `gaussian:0.1`, `gaussian:any`, `rectangles:2`,
/// `salt-pepper:0.05`, `any` or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Noise {
    /// No noise.
    #[default]
    None,
    /// Adds N(0, σ²) to every value, without clipping; on this scale black to white is 1.
    Gaussian(f32),
    /// Gaussian noise at a random level, to train a denoiser whose corrections lead from noise to
    /// faces: σ = [`MAX_ANY_SIGMA`] u³, u uniform in 0…1. A fifth of the draws are below 0.01, a
    /// quarter from there to 0.1, a third from there to 0.5.
    AnyGaussian,
    /// Blackens this many squares, each with a quarter of the picture's side.
    Rectangles(u32),
    /// Turns this fraction of the pixels black or white.
    SaltPepper(f32),
    /// One of the other kinds at a random level, to train a denoiser for all levels. 85 % are
    /// [`AnyGaussian`](Self::AnyGaussian); 10 % are one to four rectangles; 5 % are salt and pepper
    /// on 3 % to [`MAX_ANY_SHARE`] of the pixels.
    Any,
}

/// The largest σ that [`Noise::Any`] and [`Noise::AnyGaussian`] draw.
pub(crate) const MAX_ANY_SIGMA: f32 = 1.0;
/// The largest fraction of pixels that [`Noise::Any`] turns black or white.
pub(crate) const MAX_ANY_SHARE: f32 = 0.3;

impl std::fmt::Display for Noise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Any => f.write_str("any"),
            Self::AnyGaussian => f.write_str("gaussian:any"),
            Self::Gaussian(sigma) => write!(f, "gaussian:{sigma}"),
            Self::Rectangles(count) => write!(f, "rectangles:{count}"),
            Self::SaltPepper(share) => write!(f, "salt-pepper:{share}"),
        }
    }
}

impl std::str::FromStr for Noise {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |advice: &str| Error::invalid(format!("noise {text:?}"), advice);
        let level = |level: &str, low: f32, high: f32| {
            level
                .parse::<f32>()
                .ok()
                .filter(|level| (low..=high).contains(level))
                .ok_or_else(|| wrong(&format!("the level is a number from {low} to {high}")))
        };
        match text.split_once(':') {
            None if text == "none" => Ok(Self::None),
            None if text == "any" => Ok(Self::Any),
            Some(("gaussian", "any")) => Ok(Self::AnyGaussian),
            Some(("gaussian", sigma)) => Ok(Self::Gaussian(level(sigma, 0.0, 2.0)?)),
            Some(("rectangles", count)) => count
                .parse()
                .ok()
                .filter(|count| *count <= 16)
                .map(Self::Rectangles)
                .ok_or_else(|| wrong("the level is a whole number of rectangles from 0 to 16")),
            Some(("salt-pepper", share)) => Ok(Self::SaltPepper(level(share, 0.0, 1.0)?)),
            _ => Err(wrong(
                "write gaussian:SIGMA, gaussian:any, rectangles:COUNT, salt-pepper:SHARE, any or none",
            )),
        }
    }
}

impl Noise {
    /// The level as a number: σ, a fraction, or the number of rectangles; 0 for kinds without a
    /// level.
    pub(crate) fn level(self) -> f32 {
        match self {
            Self::Gaussian(level) | Self::SaltPepper(level) => level,
            Self::Rectangles(count) => count as f32,
            Self::None | Self::Any | Self::AnyGaussian => 0.0,
        }
    }

    /// Whether the level is drawn anew for every picture.
    pub(crate) fn has_random_level(self) -> bool {
        matches!(self, Self::Any | Self::AnyGaussian)
    }

    /// One step more or less noise, within the valid range. Kinds without a level do not change.
    pub(crate) fn stepped(self, more: bool) -> Self {
        let turned = |level: f32, step: f32, most: f32| {
            let level = level + if more { step } else { -step };
            // Round to whole steps, so that 0.3 does not become 0.30000001.
            ((level / step).round() * step * 1e4)
                .round()
                .clamp(0.0, most * 1e4)
                / 1e4
        };
        match self {
            Self::None | Self::Any | Self::AnyGaussian => self,
            Self::Gaussian(sigma) => Self::Gaussian(turned(sigma, 0.02, 2.0)),
            Self::Rectangles(count) => Self::Rectangles(if more {
                (count + 1).min(16)
            } else {
                count.saturating_sub(1)
            }),
            Self::SaltPepper(share) => Self::SaltPepper(turned(share, 0.01, 1.0)),
        }
    }

    /// Draws a level for [`Noise::AnyGaussian`].
    fn sample_gaussian(rng: &mut impl Rng) -> Self {
        Self::Gaussian(MAX_ANY_SIGMA * rng.random::<f32>().powi(3))
    }

    /// Draws a kind and a level for [`Noise::Any`].
    fn sample_any(rng: &mut impl Rng) -> Self {
        let level: f32 = rng.random();
        match rng.random_range(0..20) {
            0..17 => Self::sample_gaussian(rng),
            17..19 => Self::Rectangles(rng.random_range(1..=4)),
            _ => Self::SaltPepper(MAX_ANY_SHARE * (0.1 + 0.9 * level)),
        }
    }

    /// Adds the noise to a face `[size, size, 3]`, values −0.5 to 0.5, in place. Rectangles are
    /// black, with a quarter of the side (8×8 at 32). Salt and pepper turn whole pixels white or
    /// black with equal probability.
    pub fn apply(&self, face: &mut [f32], size: usize, rng: &mut impl Rng) {
        match *self {
            Self::None => {}
            Self::Any => Self::sample_any(rng).apply(face, size, rng),
            Self::AnyGaussian => Self::sample_gaussian(rng).apply(face, size, rng),
            Self::Gaussian(sigma) => {
                for value in face {
                    let draw: f32 = StandardNormal.sample(rng);
                    *value += sigma * draw;
                }
            }
            Self::Rectangles(count) => {
                let side = (size / 4).max(1);
                for _ in 0..count {
                    let top = rng.random_range(0..=size - side);
                    let left = rng.random_range(0..=size - side);
                    for row in face.chunks_exact_mut(size * 3).skip(top).take(side) {
                        row[left * 3..(left + side) * 3].fill(-0.5);
                    }
                }
            }
            Self::SaltPepper(share) => {
                for pixel in face.chunks_exact_mut(3) {
                    if rng.random::<f32>() < share {
                        pixel.fill(if rng.random() { 0.5 } else { -0.5 });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};

    fn noised(noise: &str, size: usize, seed: u64) -> Vec<f32> {
        let mut face = vec![0.1; size * size * 3];
        let mut rng = generator(seed, Purpose::Display, 0, 0);
        noise
            .parse::<Noise>()
            .unwrap()
            .apply(&mut face, size, &mut rng);
        face
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            "none",
            "any",
            "gaussian:any",
            "gaussian:0.1",
            "rectangles:2",
            "salt-pepper:0.05",
        ] {
            let noise: Noise = text.parse().unwrap();
            assert_eq!(noise.to_string(), text);
            let json = serde_json::to_string(&noise).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Noise>(&json).unwrap(), noise);
        }
    }

    #[test]
    fn levels_out_of_range_and_other_words_are_refused_with_advice() {
        for text in [
            "",
            "gauss:0.1",
            "gaussian",
            "gaussian:",
            "gaussian:-1",
            "gaussian:nan",
            "gaussian:inf",
            "gaussian:3",
            "rectangles:1.5",
            "rectangles:17",
            "salt-pepper:1.1",
        ] {
            let message = text.parse::<Noise>().unwrap_err().to_string();
            assert!(message.contains("level is") || message.contains("write gaussian"));
            assert!(message.contains(&format!("{text:?}")), "{message}");
        }
    }

    #[test]
    fn gaussian_noise_has_its_mean_and_deviation() {
        let face = noised("gaussian:0.2", 128, 1);
        let added: Vec<f64> = face.iter().map(|&v| f64::from(v) - 0.1).collect();
        let mean = added.iter().sum::<f64>() / added.len() as f64;
        let variance = added.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / added.len() as f64;
        // 49,152 draws: standard errors 0.0009 of the mean, 0.0006 of σ.
        assert!(mean.abs() < 0.004, "{mean}");
        assert!((variance.sqrt() - 0.2).abs() < 0.003, "{}", variance.sqrt());
        // Without clipping, some values are beyond white or black.
        assert!(noised("gaussian:0.5", 32, 1).iter().any(|v| *v > 0.5));
    }

    #[test]
    fn rectangles_are_black_and_a_quarter_of_the_side() {
        for size in [32, 48, 64] {
            let face = noised("rectangles:1", size, 2);
            let black = face.chunks(3).filter(|p| **p == [-0.5; 3]).count();
            assert_eq!(black, (size / 4) * (size / 4));
            assert!(face.iter().all(|&v| v == -0.5 || v == 0.1));
        }
        let two = noised("rectangles:2", 32, 4);
        let black = two.chunks(3).filter(|p| **p == [-0.5; 3]).count();
        assert!((65..=128).contains(&black), "{black}");
    }

    #[test]
    fn salt_and_pepper_takes_its_share_of_whole_pixels() {
        let face = noised("salt-pepper:0.1", 128, 3);
        let count = |value: f32| face.chunks(3).filter(|p| **p == [value; 3]).count();
        let (salt, pepper) = (count(0.5), count(-0.5));
        // 16,384 pixels, 819 of each expected, standard deviation 28.
        assert!((700..940).contains(&salt) && (700..940).contains(&pepper));
        assert_eq!(salt + pepper + count(0.1), 128 * 128);
    }

    #[test]
    fn a_seed_decides_the_noise_and_none_changes_nothing() {
        for noise in ["gaussian:0.1", "rectangles:3", "salt-pepper:0.2"] {
            assert_eq!(noised(noise, 32, 5), noised(noise, 32, 5));
            assert_ne!(noised(noise, 32, 5), noised(noise, 32, 6));
        }
        for nothing in ["none", "gaussian:0", "rectangles:0", "salt-pepper:0"] {
            assert!(noised(nothing, 32, 5).iter().all(|&v| v == 0.1));
        }
    }
}
