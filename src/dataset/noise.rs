//! Noise that a denoising model learns to undo.

use std::fmt;
use std::str::FromStr;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Black and white as networks see them.
const BLACK: f32 = -0.5;
const WHITE: f32 = 0.5;

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

impl Noise {
    /// Puts the noise on one face `[size, size, 3]`, values −0.5 … 0.5.
    pub fn apply(&self, face: &mut [f32], size: usize, rng: &mut impl Rng) {
        match *self {
            Self::None => {}
            Self::Gaussian(sigma) => {
                for value in face {
                    let normal: f32 = StandardNormal.sample(rng);
                    *value += sigma * normal;
                }
            }
            Self::Rectangles(count) => {
                let side = size / 4;
                for _ in 0..count {
                    let top = rng.random_range(0..=size - side);
                    let left = rng.random_range(0..=size - side);
                    for row in face.chunks_exact_mut(size * 3).skip(top).take(side) {
                        row[left * 3..(left + side) * 3].fill(BLACK);
                    }
                }
            }
            Self::SaltPepper(share) => {
                for pixel in face.chunks_exact_mut(3) {
                    let draw: f32 = rng.random();
                    if draw < share {
                        pixel.fill(if draw < share / 2.0 { BLACK } else { WHITE });
                    }
                }
            }
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Gaussian(sigma) => write!(f, "gaussian:{sigma}"),
            Self::Rectangles(count) => write!(f, "rectangles:{count}"),
            Self::SaltPepper(share) => write!(f, "salt-pepper:{share}"),
        }
    }
}

impl FromStr for Noise {
    type Err = Error;

    /// # Errors
    /// When the kind is unknown or the level out of its range.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |problem: &str| Error::invalid(format!("noise {text:?}"), problem);
        let (kind, level) = text.split_once(':').unwrap_or((text, ""));
        let share = |most: f32, problem: &str| {
            level
                .parse::<f32>()
                .ok()
                .filter(|value| (0.0..=most).contains(value))
                .ok_or_else(|| wrong(problem))
        };
        match kind {
            "none" if level.is_empty() => Ok(Self::None),
            "gaussian" => Ok(Self::Gaussian(share(
                10.0,
                "needs a standard deviation of 0 to 10, as in gaussian:0.1",
            )?)),
            "rectangles" => level
                .parse()
                .ok()
                .filter(|count| *count <= 100)
                .map(Self::Rectangles)
                .ok_or_else(|| wrong("needs a count of 0 to 100, as in rectangles:2")),
            "salt-pepper" => Ok(Self::SaltPepper(share(
                1.0,
                "needs a share of 0 to 1, as in salt-pepper:0.05",
            )?)),
            _ => Err(wrong(
                "is not known; use gaussian:0.1, rectangles:2, salt-pepper:0.05 or none",
            )),
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
