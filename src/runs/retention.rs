//! Which checkpoints to keep: a policy that only says what should go.

use std::collections::BTreeSet;

/// How many checkpoints stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The newest; at least the latest always stays.
    pub keep_last: usize,
}

impl Default for Policy {
    /// Three: enough to go back behind a loss spike that began before it was noticed.
    fn default() -> Self {
        Self { keep_last: 3 }
    }
}

/// What is to be done with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Remove the checkpoint of this step.
    Remove(u64),
}

/// What to remove of the checkpoints at `steps` (any order): all but the
/// newest few and the best by held-out error.
pub fn checkpoints_to_remove(policy: Policy, steps: &[u64], best: Option<u64>) -> Vec<Action> {
    let sorted: BTreeSet<u64> = steps.iter().copied().collect();
    let kept = policy.keep_last.max(1);
    let going = sorted.len().saturating_sub(kept);
    sorted
        .into_iter()
        .take(going)
        .filter(|&step| Some(step) != best)
        .map(Action::Remove)
        .collect()
}

/// Which of the kept previews to drop so that at most `most` stay, spread
/// evenly: every other one, the newest and the oldest never.
pub fn previews_to_remove(steps: &[u64], most: usize) -> Vec<Action> {
    let sorted: Vec<u64> = steps
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if sorted.len() <= most.max(2) {
        return Vec::new();
    }
    sorted[..sorted.len() - 1]
        .iter()
        .skip(1)
        .step_by(2)
        .map(|&step| Action::Remove(step))
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
            [Action::Remove(20)]
        );
        assert_eq!(
            checkpoints_to_remove(policy, &[10, 20, 30, 40], None),
            [Action::Remove(10), Action::Remove(20)]
        );
        assert_eq!(checkpoints_to_remove(policy, &[10, 20], Some(10)), []);
        assert_eq!(
            checkpoints_to_remove(Policy { keep_last: 0 }, &[10], None),
            []
        );
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let steps: Vec<u64> = (0..=10).collect();
        let gone = previews_to_remove(&steps, 8);
        assert_eq!(gone, [1, 3, 5, 7, 9].map(Action::Remove));
        assert_eq!(previews_to_remove(&steps, 11), []);
    }
}
