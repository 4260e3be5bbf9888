//! When the iteration for principal components ends.

/// Relative growth below this is rounding.
const ROUNDING_TOLERANCE: f64 = 1e-12;
/// Assumed ratio of successive growths, before two have been measured.
const INITIAL_RATIO: f64 = 0.5;

/// The captured variance from check to check.
pub(super) struct Convergence {
    /// Iteration ends when less than this share of the captured variance is expected to follow.
    tolerance: f64,
    captured: Option<f64>,
    growth: Option<f64>,
}

impl Convergence {
    pub(super) fn new(tolerance: f64) -> Self {
        Self {
            tolerance,
            captured: None,
            growth: None,
        }
    }

    /// Whether hardly any variance is still to be captured. The ratio of successive growths falls,
    /// so the remaining growth is at most the rest of a geometric series.
    pub(crate) fn has_converged(&mut self, now: f64) -> bool {
        let Some(before) = self.captured.replace(now) else {
            return false;
        };
        let growth = now - before;
        let ratio = match self.growth.replace(growth) {
            Some(before) => growth / before,
            None => INITIAL_RATIO,
        };
        growth <= ROUNDING_TOLERANCE * now
            || ratio < 1.0 && growth * ratio / (1.0 - ratio) <= self.tolerance * now
    }
}
