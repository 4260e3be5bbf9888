//! The answer to the question whether a face was made or remembered.

use std::sync::Arc;

use image::RgbImage;

use crate::generation::quality::Verdict;
use crate::model_store::ModelRef;

/// Where a made face comes from.
#[derive(Debug, Clone)]
pub struct PictureOrigin {
    /// Who made it.
    pub model: ModelRef,
    /// The face.
    pub picture: Arc<RgbImage>,
    /// What it resembles, or why that is not known.
    pub found: Result<Resemblance, String>,
}

/// The real face that a made one resembles most.
#[derive(Debug, Clone, PartialEq)]
pub struct Resemblance {
    /// In short.
    pub verdict: Verdict,
    /// `a copy of Tony Blair 33`, `as new as a face not seen`.
    pub words: String,
    /// The real face, by its row.
    pub face: usize,
    /// What was compared: `pixels` or `codes`.
    pub space: &'static str,
    /// The share of real faces that are farther from their nearest.
    pub closer_than: f64,
    /// Whether these are faces that the model has not seen, else the others that it has.
    pub is_held_against_unseen: bool,
}
