//! What can be done to a picture, and what it leaves known.

use std::sync::Arc;

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use super::frequencies::Frequencies;
use super::grey::{Grey, luma};
use super::pixels::Pixels;
use super::{Constraint, Measurement};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// The largest number of blocks along a side.
const MOST_CELLS: u32 = 64;
/// The strongest blur, in pixels.
const MOST_BLUR: f32 = 8.0;

/// Damage to a picture: noise, or a measurement that leaves something out. Written as `coarse:8`,
/// `blur:1.5`, `grey`, `missing:0.5`, or as a [`Noise`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Damage {
    /// Noise.
    Noise(Noise),
    /// Only the means of this many blocks along a side are left.
    Coarse(u32),
    /// A Gaussian blur with this standard deviation in pixels of the model's pictures.
    Blur(f32),
    /// Colours are left out.
    Grey,
    /// This share of the pixels is black.
    Missing(f32),
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Noise(noise) => noise.fmt(f),
            Self::Coarse(cells) => write!(f, "coarse:{cells}"),
            Self::Blur(sigma) => write!(f, "blur:{sigma}"),
            Self::Grey => f.write_str("grey"),
            Self::Missing(share) => write!(f, "missing:{share}"),
        }
    }
}

impl TryFrom<String> for Damage {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Damage> for String {
    fn from(damage: Damage) -> Self {
        damage.to_string()
    }
}

impl std::str::FromStr for Damage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |advice: &str| Error::invalid(format!("damage {text:?}"), advice);
        match text.split_once(':') {
            None if text == "grey" => Ok(Self::Grey),
            Some(("coarse", cells)) => cells
                .parse()
                .ok()
                .filter(|cells| (1..=MOST_CELLS).contains(cells))
                .map(Self::Coarse)
                .ok_or_else(|| wrong("write the blocks along a side, such as coarse:8")),
            Some(("blur", sigma)) => sigma
                .parse()
                .ok()
                .filter(|sigma| (0.0..=MOST_BLUR).contains(sigma))
                .map(Self::Blur)
                .ok_or_else(|| wrong("the blur is a number of pixels from 0 to 8")),
            Some(("missing", share)) => share
                .parse()
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
                .map(Self::Missing)
                .ok_or_else(|| wrong("the share is a number from 0 to 1")),
            Some(("gaussian" | "rectangles" | "salt-pepper", _)) => text.parse().map(Self::Noise),
            None if text == "none" || text == "any" => text.parse().map(Self::Noise),
            _ => Err(wrong(
                "write gaussian:SIGMA, rectangles:COUNT, salt-pepper:SHARE, missing:SHARE, \
                 coarse:BLOCKS, blur:PIXELS, grey, any or none",
            )),
        }
    }
}

impl Damage {
    /// The damaged picture `[size, size, 3]`; the same seed does the same damage.
    ///
    /// # Errors
    /// When the side has no such number of equal parts.
    pub fn apply(self, clean: &[f32], size: u32, seed: u64) -> Result<Vec<f32>> {
        let mut rng = generator(seed, Purpose::Display, 0, 0);
        let mut picture = clean.to_vec();
        match self {
            Self::Noise(noise) => noise.apply(&mut picture, size as usize, &mut rng),
            Self::Coarse(cells) => {
                let blocks = Blocks::new(size, cells)?;
                let means = blocks.measure(clean);
                picture.fill(0.0);
                blocks.add_back(&means, &mut picture);
            }
            Self::Blur(sigma) => picture = Frequencies::new(size, sigma).blur(clean),
            Self::Grey => {
                for pixel in picture.chunks_exact_mut(3) {
                    let brightness = luma(pixel) as f32;
                    pixel.fill(brightness);
                }
            }
            Self::Missing(share) => {
                for pixel in picture.chunks_exact_mut(3) {
                    if rng.random::<f32>() < share {
                        pixel.fill(-0.5);
                    }
                }
            }
        }
        Ok(picture)
    }

    /// What the damaged picture `[size, size, 3]` still says; nothing exact under Gaussian noise.
    ///
    /// # Errors
    /// When the side has no such number of equal parts.
    pub fn constraint(self, damaged: &[f32], size: u32) -> Result<Option<Constraint>> {
        let measurement: Arc<dyn Measurement> = match self {
            Self::Noise(Noise::None) => {
                let pixels = (size * size) as usize;
                Arc::new(Pixels::new(pixels, 0..pixels))
            }
            Self::Noise(Noise::Rectangles(_) | Noise::SaltPepper(_)) | Self::Missing(_) => {
                Arc::new(Pixels::unsaturated(damaged))
            }
            Self::Noise(_) => return Ok(None),
            Self::Coarse(cells) => Arc::new(Blocks::new(size, cells)?),
            Self::Grey => Arc::new(Grey::new((size * size) as usize)),
            Self::Blur(sigma) => {
                let frequencies = Frequencies::new(size, sigma);
                let wanted = vec![frequencies.measure_before_blur(damaged)];
                return Constraint::new(Arc::new(frequencies), wanted).map(Some);
            }
        };
        Ok(Some(Constraint::like(measurement, damaged)))
    }
}
