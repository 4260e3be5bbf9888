//! The receiver operating characteristic: how many of one person's pairs are recognised, for each
//! share of strangers' pairs that are mistaken for one person's.

use super::scored::ScoredPair;

/// False positive rates at which the curve is given: 0, 0.01, …, 1.
const POINTS: usize = 101;

/// A curve in a bounded number of points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RocCurve {
    /// The area under the curve: the probability that a pair of one person is closer than a pair of
    /// strangers, with one half for equal distances. 0 to 1, 0.5 for guessing.
    pub area: f64,
    /// `[false positive rate, true positive rate]` at 101 even false positive rates: the best that
    /// a threshold reaches without mistaking more strangers.
    pub points: Vec<[f64; 2]>,
    /// True positive rate at a false positive rate of 0.1.
    pub at_tenth: f64,
    /// True positive rate at a false positive rate of 0.01.
    pub at_hundredth: f64,
}

impl RocCurve {
    /// The curve over all pairs. `None` unless both kinds of pairs are there.
    pub(super) fn of(pairs: impl IntoIterator<Item = ScoredPair>) -> Option<Self> {
        let mut pairs: Vec<ScoredPair> = pairs.into_iter().collect();
        pairs.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance));
        let corners = corners(&pairs);
        let &(strangers, same) = corners.last()?;
        if strangers == 0 || same == 0 {
            return None;
        }
        let area: f64 = corners
            .windows(2)
            .map(|ends| {
                let width = (ends[1].0 - ends[0].0) as f64;
                width * (ends[0].1 + ends[1].1) as f64 / 2.0
            })
            .sum();
        let rate_at = |share: f64| {
            // A count that is whole but for rounding is that count.
            let allowed = (share * strangers as f64 + 1e-9).floor() as usize;
            let reached = corners.partition_point(|corner| corner.0 <= allowed);
            corners[reached.saturating_sub(1)].1 as f64 / same as f64
        };
        let points = (0..POINTS).map(|at| {
            let share = at as f64 / (POINTS - 1) as f64;
            [share, rate_at(share)]
        });
        Some(Self {
            area: area / strangers as f64 / same as f64,
            points: points.collect(),
            at_tenth: rate_at(0.1),
            at_hundredth: rate_at(0.01),
        })
    }
}

/// Accepted strangers and accepted pairs of one person, for each threshold between two different
/// distances, from none accepted to all.
fn corners(sorted: &[ScoredPair]) -> Vec<(usize, usize)> {
    let mut corners = vec![(0, 0)];
    let (mut strangers, mut same) = (0, 0);
    for equal in sorted.chunk_by(|a, b| a.distance == b.distance) {
        let matched = equal.iter().filter(|pair| pair.same).count();
        same += matched;
        strangers += equal.len() - matched;
        corners.push((strangers, same));
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(list: &[(f32, bool)]) -> Option<RocCurve> {
        RocCurve::of(
            list.iter()
                .map(|&(distance, same)| ScoredPair { distance, same }),
        )
    }

    #[test]
    fn the_area_counts_the_pairs_in_the_right_order() {
        // Of four comparisons three are right: 1 < 2, 1 < 4 and 3 < 4, not 3 < 2.
        let four = curve(&[(1.0, true), (2.0, false), (3.0, true), (4.0, false)]).unwrap();
        assert_eq!(four.area, 0.75);
        assert_eq!(four.points.len(), 101);
        assert_eq!(four.points[0], [0.0, 0.5]);
        assert_eq!(four.points[49], [0.49, 0.5]);
        assert_eq!(four.points[50], [0.5, 1.0]);
        assert_eq!(four.points[100], [1.0, 1.0]);
        assert_eq!((four.at_tenth, four.at_hundredth), (0.5, 0.5));
    }

    #[test]
    fn equal_distances_count_half() {
        assert_eq!(curve(&[(1.0, true), (1.0, false)]).unwrap().area, 0.5);
        let tied = curve(&[(1.0, true), (1.0, false), (2.0, false)]).unwrap();
        assert_eq!(tied.area, 0.75);
        // The tied pair is recognised only with the stranger at its distance.
        assert_eq!(tied.points[49][1], 0.0);
        assert_eq!(tied.points[50][1], 1.0);
    }

    #[test]
    fn one_kind_of_pairs_has_no_curve() {
        assert_eq!(curve(&[(1.0, true)]), None);
        assert_eq!(curve(&[(1.0, false)]), None);
        assert_eq!(curve(&[]), None);
    }
}
