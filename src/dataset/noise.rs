//! Noise that a denoising model learns to undo.

use serde::{Deserialize, Serialize};

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

impl From<Noise> for String {
    fn from(noise: Noise) -> Self {
        match noise {
            Noise::None => "none".into(),
            Noise::Gaussian(sigma) => format!("gaussian:{sigma}"),
            Noise::Rectangles(count) => format!("rectangles:{count}"),
            Noise::SaltPepper(share) => format!("salt-pepper:{share}"),
        }
    }
}

impl TryFrom<String> for Noise {
    type Error = crate::Error;

    fn try_from(text: String) -> Result<Self, crate::Error> {
        Err(crate::Error::invalid(text, "not written yet"))
    }
}
