//! How much of the exact answer an approximate one holds.

use crate::search::Hit;

/// Recall@k: the share of the exact hits' rows that are among the found ones,
/// 0 to 1; 1 when there is nothing to find.
pub fn recall(found: &[Hit], exact: &[Hit]) -> f32 {
    if exact.is_empty() {
        return 1.0;
    }
    let held = exact
        .iter()
        .filter(|exact| found.iter().any(|hit| hit.row == exact.row))
        .count();
    held as f32 / exact.len() as f32
}
