//! How far codes of real faces lie from each other.

use super::Index;
use crate::error::Result;

/// Rows that are looked at, evenly over the table.
const SAMPLED_ROWS: usize = 500;

/// 5th and 95th percentile of rows' distances to their own nearest, over up to
/// 500 of them; zeros where there are fewer than two rows.
///
/// # Errors
/// Those of the index.
pub fn nearest_distance_range(index: &dyn Index) -> Result<(f32, f32)> {
    let rows = index.table().len();
    let count = rows.min(SAMPLED_ROWS);
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
