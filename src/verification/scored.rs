//! Pairs with their distances.

use crate::dataset::pairs::RowPair;
use crate::error::{Error, Result};
use crate::search::CodeTable;

/// A pair's distance, and whether it is one person's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScoredPair {
    /// Distance between the two codes; smaller means more alike.
    pub distance: f32,
    /// Whether both pictures show the same person.
    pub same: bool,
}

/// The distances of pairs of rows of `codes`.
///
/// # Errors
/// When a distance is not finite.
pub(super) fn score(codes: &CodeTable, pairs: &[RowPair]) -> Result<Vec<ScoredPair>> {
    let scored = pairs.iter().map(|pair| {
        let distance = codes.distance_between(pair.first, pair.second);
        if !distance.is_finite() {
            return Err(not_finite());
        }
        Ok(ScoredPair {
            distance,
            same: pair.same,
        })
    });
    scored.collect()
}

/// Codes that have no distances.
pub(super) fn not_finite() -> Error {
    Error::invalid(
        "codes",
        "are not finite, or too large to compare: the model has diverged; use another checkpoint",
    )
}
