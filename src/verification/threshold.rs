//! The distance up to which two pictures are taken to show the same person.

use super::scored::ScoredPair;

/// The threshold that judges the most pairs right; of equally good ones the smallest. It lies
/// halfway between two of the pairs' distances, or beyond all of them. −∞ without pairs.
pub(super) fn best_threshold(pairs: impl IntoIterator<Item = ScoredPair>) -> f64 {
    let mut pairs: Vec<ScoredPair> = pairs.into_iter().collect();
    pairs.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance));
    // Nothing accepted: strangers are right.
    let mut right = pairs.iter().filter(|pair| !pair.same).count();
    let (mut best, mut most) = (f64::NEG_INFINITY, right);
    let mut rest = pairs.as_slice();
    while let Some(first) = rest.first() {
        // Equal distances are accepted together.
        let equal = rest.partition_point(|pair| pair.distance == first.distance);
        let same = rest[..equal].iter().filter(|pair| pair.same).count();
        right = right + same - (equal - same);
        rest = &rest[equal..];
        if right > most {
            most = right;
            let next = rest
                .first()
                .map_or(f64::INFINITY, |next| next.distance.into());
            best = if next.is_finite() {
                f64::midpoint(first.distance.into(), next)
            } else {
                f64::INFINITY
            };
        }
    }
    best
}

/// The share of pairs that a threshold judges right, 0 to 1. `None` without pairs.
pub(super) fn accuracy(pairs: &[ScoredPair], threshold: f64) -> Option<f64> {
    let is_right = |pair: &&ScoredPair| (f64::from(pair.distance) <= threshold) == pair.same;
    let right = pairs.iter().filter(is_right).count();
    (!pairs.is_empty()).then(|| right as f64 / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::scored::ScoredPair;
    use super::*;

    fn pairs(list: &[(f32, bool)]) -> Vec<ScoredPair> {
        let pair = |&(distance, same)| ScoredPair { distance, same };
        list.iter().map(pair).collect()
    }

    #[test]
    fn the_threshold_lies_halfway_between_the_kinds() {
        let all = pairs(&[(3.0, false), (1.0, true), (2.0, true), (4.0, false)]);
        let threshold = best_threshold(all.clone());
        assert_eq!(threshold, 2.5);
        assert_eq!(accuracy(&all, threshold), Some(1.0));
        assert_eq!(accuracy(&all, 1.5), Some(0.75));
        assert_eq!(accuracy(&[], 1.0), None);
    }

    #[test]
    fn equal_distances_are_accepted_or_refused_together() {
        // Two of one person against three strangers at the same distance: refusing all is best.
        let tied = pairs(&[
            (1.0, true),
            (1.0, false),
            (1.0, true),
            (1.0, false),
            (1.0, false),
        ]);
        assert_eq!(best_threshold(tied.clone()), f64::NEG_INFINITY);
        assert_eq!(accuracy(&tied, f64::NEG_INFINITY), Some(0.6));
        // Of equally good thresholds the smallest: 1.5 and 3.5 both judge three of four right.
        let equal = pairs(&[(1.0, true), (2.0, false), (3.0, true), (4.0, false)]);
        assert_eq!(best_threshold(equal), 1.5);
        // Everything accepted.
        assert_eq!(
            best_threshold(pairs(&[(1.0, true), (2.0, true)])),
            f64::INFINITY
        );
        assert_eq!(best_threshold(pairs(&[])), f64::NEG_INFINITY);
    }
}
