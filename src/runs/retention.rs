//! Which checkpoints and previews to keep. These functions only choose; the
//! callers remove.

use std::collections::BTreeSet;

/// Which checkpoints to keep, besides the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Number of newest checkpoints to keep, at least 1.
    pub keep_last: usize,
}

impl Default for Policy {
    /// Three: enough to go back to before a loss spike that began before it was noticed.
    fn default() -> Self {
        Self { keep_last: 3 }
    }
}

/// The steps of the checkpoints to remove, of those at `steps` (in any order):
/// all but the newest and the best by held-out error.
pub(crate) fn checkpoints_to_remove(policy: Policy, steps: &[u64], best: Option<u64>) -> Vec<u64> {
    let sorted: BTreeSet<u64> = steps.iter().copied().collect();
    let kept = policy.keep_last.max(1);
    let older = sorted.len().saturating_sub(kept);
    sorted
        .into_iter()
        .take(older)
        .filter(|&step| Some(step) != best)
        .collect()
}

/// The steps of the previews to remove once there are more than `max_kept`:
/// every other one, but neither the oldest nor the newest.
pub(crate) fn previews_to_remove(steps: &[u64], max_kept: usize) -> Vec<u64> {
    let sorted: Vec<u64> = steps
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if sorted.len() <= max_kept.max(2) {
        return Vec::new();
    }
    sorted[..sorted.len() - 1]
        .iter()
        .skip(1)
        .step_by(2)
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_and_the_best() {
        let policy = Policy { keep_last: 2 };
        assert_eq!(
            checkpoints_to_remove(policy, &[40, 10, 30, 20], Some(10)),
            [20]
        );
        assert_eq!(
            checkpoints_to_remove(policy, &[10, 20, 30, 40], None),
            [10, 20]
        );
        assert!(checkpoints_to_remove(policy, &[10, 20], Some(10)).is_empty());
        assert!(checkpoints_to_remove(Policy { keep_last: 0 }, &[10], None).is_empty());
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let steps: Vec<u64> = (0..=10).collect();
        assert_eq!(previews_to_remove(&steps, 8), [1, 3, 5, 7, 9]);
        assert!(previews_to_remove(&steps, 11).is_empty());
    }
}
