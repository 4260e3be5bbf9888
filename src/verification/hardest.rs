//! The pairs that an encoder finds hardest.

use super::scored::ScoredPair;
use crate::dataset::pairs::RowPair;

/// Pairs of each kind that are kept.
const KEPT: usize = 50;

/// A pair and its distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HardPair {
    /// The first picture's row.
    pub first: usize,
    /// The second picture's row.
    pub second: usize,
    /// Distance between the codes.
    pub distance: f32,
}

/// The hardest pairs of both kinds, hardest first; up to 50 each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HardestPairs {
    /// One person's pictures that are farthest apart.
    pub same: Vec<HardPair>,
    /// Strangers that are closest.
    pub strangers: Vec<HardPair>,
}

impl HardestPairs {
    /// Of pairs and their distances; equal distances keep the pairs' order.
    pub(super) fn of(pairs: &[RowPair], scored: &[ScoredPair]) -> Self {
        let kind = |same: bool| {
            let pairs = pairs
                .iter()
                .zip(scored)
                .filter(|(pair, _)| pair.same == same);
            let mut found: Vec<HardPair> = pairs
                .map(|(pair, scored)| HardPair {
                    first: pair.first,
                    second: pair.second,
                    distance: scored.distance,
                })
                .collect();
            found.sort_by(|a, b| {
                let (harder, easier) = if same { (b, a) } else { (a, b) };
                harder.distance.total_cmp(&easier.distance)
            });
            found.truncate(KEPT);
            found
        };
        Self {
            same: kind(true),
            strangers: kind(false),
        }
    }

    /// The same pairs with the rows that `row_of` gives them.
    pub(crate) fn moved(self, row_of: impl Fn(usize) -> usize) -> Self {
        let moved = |pairs: Vec<HardPair>| {
            let moved = pairs.into_iter().map(|pair| HardPair {
                first: row_of(pair.first),
                second: row_of(pair.second),
                ..pair
            });
            moved.collect()
        };
        Self {
            same: moved(self.same),
            strangers: moved(self.strangers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hardest_come_first() {
        let pairs: Vec<RowPair> = (0..4)
            .map(|at| RowPair {
                first: at,
                second: at + 10,
                same: at < 2,
            })
            .collect();
        let scored = [0.2, 0.9, 0.4, 0.1].map(|distance| ScoredPair {
            distance,
            same: false,
        });
        let hardest = HardestPairs::of(&pairs, &scored).moved(|row| row + 100);
        let rows = |pairs: &[HardPair]| pairs.iter().map(|pair| pair.first).collect::<Vec<_>>();
        assert_eq!(rows(&hardest.same), [101, 100]);
        assert_eq!(rows(&hardest.strangers), [103, 102]);
        assert_eq!(hardest.same[0].second, 111);
    }
}
