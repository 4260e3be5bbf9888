//! View 2: each fold is judged with the threshold that is best on the other folds.

use super::scored::ScoredPair;
use super::threshold::{accuracy, best_threshold};

/// The mean of the folds' accuracies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MeanAccuracy {
    /// 0 to 1; folds count alike, whatever their size.
    pub mean: f64,
    /// The standard error of the mean: the folds' standard deviation (over one less than their
    /// number) divided by the square root of their number.
    pub standard_error: f64,
}

/// The mean accuracy over folds of pairs. `None` with fewer than two folds.
pub(super) fn cross_validate(folds: &[Vec<ScoredPair>]) -> Option<MeanAccuracy> {
    let folds: Vec<&Vec<ScoredPair>> = folds.iter().filter(|fold| !fold.is_empty()).collect();
    if folds.len() < 2 {
        return None;
    }
    let accuracies: Vec<f64> = (0..folds.len())
        .filter_map(|judged| {
            let others = folds.iter().enumerate().filter(|(at, _)| *at != judged);
            let others = others.flat_map(|(_, fold)| fold.iter().copied());
            accuracy(folds[judged], best_threshold(others))
        })
        .collect();
    let count = accuracies.len() as f64;
    let mean = accuracies.iter().sum::<f64>() / count;
    let squares: f64 = accuracies.iter().map(|value| (value - mean).powi(2)).sum();
    Some(MeanAccuracy {
        mean,
        standard_error: (squares / (count - 1.0) / count).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(list: &[(f32, bool)]) -> Vec<ScoredPair> {
        let pair = |&(distance, same)| ScoredPair { distance, same };
        list.iter().map(pair).collect()
    }

    #[test]
    fn a_fold_is_judged_with_the_others_threshold_and_folds_count_alike() {
        // The first fold chooses 1.5, the second 3.5. The second's pairs under 1.5: one of three
        // right (the stranger); the first's under 3.5: one of two (the person).
        let first = fold(&[(1.0, true), (2.0, false)]);
        let second = fold(&[(2.5, true), (3.0, true), (4.0, false)]);
        let result = cross_validate(&[first, second, vec![]]).unwrap();
        let (a, b) = (0.5, 1.0 / 3.0);
        assert!(
            (result.mean - f64::midpoint(a, b)).abs() < 1e-12,
            "{result:?}"
        );
        // Two values: their standard deviation is |a − b| / √2, and that over √2.
        assert!((result.standard_error - (a - b) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn one_fold_has_nothing_to_choose_a_threshold_with() {
        assert_eq!(cross_validate(&[fold(&[(1.0, true)])]), None);
        assert_eq!(cross_validate(&[]), None);
    }
}
