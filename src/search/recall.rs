//! Recall of approximate search.

use super::hit::Hit;

/// Recall@k: the share of the exact hits whose rows were found, 0 to 1. It is 1 if there is nothing
/// to find.
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
