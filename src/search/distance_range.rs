//! Typical distances between the codes of real faces.

use super::index::Index;
use crate::error::Result;

/// Number of rows sampled, evenly over the table.
const SAMPLED_ROWS: usize = 500;

/// The 5th and 95th percentile of the rows' distances to their nearest neighbours, over up to 500
/// rows. Zeros if there are fewer than two rows.
///
/// # Errors
/// When the index cannot search its own rows.
pub fn nearest_distance_range(index: &dyn Index) -> Result<(f32, f32)> {
    sampled_distance_range(index, SAMPLED_ROWS)
}

/// As [`nearest_distance_range`], over up to `sampled` rows.
///
/// # Errors
/// When the index cannot search its own rows.
pub(crate) fn sampled_distance_range(index: &dyn Index, sampled: usize) -> Result<(f32, f32)> {
    let rows = index.table().len();
    let count = rows.min(sampled);
    let mut distances = Vec::with_capacity(count);
    for at in 0..count {
        let nearest = index.neighbours(at * rows / count, 1)?;
        distances.extend(nearest.first().map(|hit| hit.distance));
    }
    distances.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| {
        let last = distances.len().saturating_sub(1) as f64;
        distances.get((last * share).round() as usize).copied()
    };
    Ok((at(0.05).unwrap_or(0.0), at(0.95).unwrap_or(0.0)))
}
