//! Noise that a denoising model learns to undo.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A kind of noise and its level. Written `gaussian:0.1`, `rectangles:2`,
/// `salt-pepper:0.05`, `none`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Noise {
    /// Clean input.
    #[default]
    None,
    /// Adds N(0, σ²) to every value, unclipped; σ on the scale where black to white is 1.
    Gaussian(f32),
    /// Blackens this many rectangles, each side a quarter of the picture's.
    Rectangles(u32),
    /// Turns this share of the pixels black or white.
    SaltPepper(f32),
}

impl std::fmt::Display for Noise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Gaussian(sigma) => write!(f, "gaussian:{sigma}"),
            Self::Rectangles(count) => write!(f, "rectangles:{count}"),
            Self::SaltPepper(share) => write!(f, "salt-pepper:{share}"),
        }
    }
}

impl From<Noise> for String {
    fn from(noise: Noise) -> Self {
        noise.to_string()
    }
}

impl TryFrom<String> for Noise {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
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
            Some(("gaussian", sigma)) => Ok(Self::Gaussian(level(sigma, 0.0, 2.0)?)),
            Some(("rectangles", count)) => count
                .parse()
                .ok()
                .filter(|count| *count <= 16)
                .map(Self::Rectangles)
                .ok_or_else(|| wrong("the level is a whole number of rectangles from 0 to 16")),
            Some(("salt-pepper", share)) => Ok(Self::SaltPepper(level(share, 0.0, 1.0)?)),
            _ => Err(wrong(
                "write gaussian:SIGMA, rectangles:COUNT, salt-pepper:SHARE or none",
            )),
        }
    }
}

impl Noise {
    /// Puts the noise on one face `[size, size, 3]`, values −0.5 to 0.5, in
    /// place. Rectangles are black and a quarter of the side each way (8×8 at
    /// 32); salt and pepper turn whole pixels white or black with equal chance.
    pub fn apply(&self, face: &mut [f32], size: usize, rng: &mut impl Rng) {
        match *self {
            Self::None => {}
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
