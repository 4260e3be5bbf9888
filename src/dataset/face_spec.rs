//! The size and resize of faces, which name the tensor that a model works on.

use serde::{Deserialize, Serialize};

/// How a cropped picture is resized. Scores are comparable only with the same resize.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Preprocess {
    /// Bilinear without antialiasing, like `OpenCV`'s `INTER_LINEAR`; used by the course.
    #[default]
    Seed,
    /// Antialiased, which looks better.
    Smooth,
    /// Antialiased, of a wider square, from above the brows to below the chin. At 128 pixels,
    /// LFW's own pictures are not resized.
    Wide,
}

/// The picture sizes that models support: side lengths in pixels.
pub(crate) const SIZES: [u32; 5] = [32, 48, 64, 96, 128];

/// The size and resize of a data set's face tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FaceSpec {
    /// Side of the square picture in pixels, one of [`SIZES`].
    pub size: u32,
    /// The resize.
    pub preprocess: Preprocess,
}

impl Default for FaceSpec {
    /// The course's: 32×32, `seed`. An import creates this tensor right away.
    fn default() -> Self {
        Self {
            size: SIZES[0],
            preprocess: Preprocess::Seed,
        }
    }
}
