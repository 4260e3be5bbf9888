//! How far apart two codes are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A distance between codes. Smaller is nearer under each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Euclidean distance, 0 and up, in the codes' own units.
    #[default]
    L2,
    /// 1 − cosine of the angle: 0 (same direction) to 2 (opposite). A code of
    /// all zeros has no direction: at 0 from another of all zeros, which is the
    /// same, and as if at right angles to everything else: 1.
    Cosine,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::L2 => "l2",
            Self::Cosine => "cosine",
        })
    }
}
