//! Distances between codes.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use strum::Display;

/// A distance between codes. Smaller is nearer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Display, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Metric {
    /// Euclidean distance, 0 or more, in units of the codes.
    L2,
    /// 1 − cosine of the angle: 0 (same direction) to 2 (opposite). A code of zeros has no
    /// direction: it is at distance 0 from another code of zeros, and at 1 from all others.
    #[default]
    Cosine,
}
