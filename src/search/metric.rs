//! Distances between codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A distance between codes. Smaller is nearer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Euclidean distance, 0 or more, in units of the codes.
    #[default]
    L2,
    /// 1 − cosine of the angle: 0 (same direction) to 2 (opposite). A code of zeros has no
    /// direction: it is at distance 0 from another code of zeros, and at 1 from all others.
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
