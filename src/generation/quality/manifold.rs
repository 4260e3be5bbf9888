//! Precision and recall of made pictures (Kynkäänniemi et al. 2019).
//!
//! The manifold of a set is the union of balls around its points, each as large as the distance to
//! the third-nearest other one. Precision is the share of made pictures on the manifold of real
//! ones: how many are plausible. Recall is the share of real ones on the manifold of the made ones:
//! how much of the variety there is.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Result;
use crate::search::{BruteForce, CodeTable, Index, Metric};

/// The paper's k.
const NEIGHBOURS: usize = 3;
/// Fewest points of a manifold.
pub(super) const FEWEST: usize = NEIGHBOURS + 1;

/// Precision and recall of made points beside real ones, both `[n, width]`. The measure depends on
/// how many points there are, so both sets are thinned out evenly to the size of the smaller.
///
/// # Errors
/// When the points are not rows of that width.
pub(super) fn precision_and_recall(made: &[f32], real: &[f32], width: usize) -> Result<(f64, f64)> {
    let count = made.len().min(real.len()) / width;
    let (made, real) = (thinned(made, width, count), thinned(real, width, count));
    let (made, real) = (Manifold::new(made, width)?, Manifold::new(real, width)?);
    Ok((real.share_inside(&made)?, made.share_inside(&real)?))
}

/// `count` of the points, evenly over all.
fn thinned(points: &[f32], width: usize, count: usize) -> Vec<f32> {
    let all = points.len() / width;
    let row = |at: usize| at * all / count;
    (0..count)
        .flat_map(|at| points[row(at) * width..][..width].iter().copied())
        .collect()
}

struct Manifold {
    index: BruteForce,
    radii: Vec<f32>,
}

impl Manifold {
    fn new(points: Vec<f32>, width: usize) -> Result<Self> {
        let rows = points.len() / width;
        let index = BruteForce::new(Arc::new(CodeTable::new(points, width, Metric::L2)?));
        let radius = |row: usize| {
            let hits = index.neighbours(row, NEIGHBOURS)?;
            Ok(hits.last().map_or(0.0, |hit| hit.distance))
        };
        let radii = (0..rows)
            .into_par_iter()
            .map(radius)
            .collect::<Result<_>>()?;
        Ok(Self { index, radii })
    }

    /// The share of another set's points that lie in one of the balls.
    fn share_inside(&self, other: &Self) -> Result<f64> {
        let table = other.index.table();
        let is_inside = |row: usize| -> Result<bool> {
            let distances = self.index.distances(table.row(row))?;
            Ok(distances.iter().zip(&self.radii).any(|(d, r)| d <= r))
        };
        let inside: Vec<bool> = (0..table.len())
            .into_par_iter()
            .map(is_inside)
            .collect::<Result<_>>()?;
        let count = inside.iter().filter(|&&inside| inside).count();
        Ok(count as f64 / inside.len().max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a line, `step` apart.
    fn line(from: f32, step: f32, count: usize) -> Vec<f32> {
        (0..count)
            .flat_map(|at| [from + step * at as f32, 0.0])
            .collect()
    }

    #[test]
    fn equal_sets_cover_each_other_and_distant_ones_do_not() {
        let points = line(0.0, 1.0, 20);
        assert_eq!(
            precision_and_recall(&points, &points, 2).unwrap(),
            (1.0, 1.0)
        );
        let far = line(1000.0, 1.0, 20);
        assert_eq!(precision_and_recall(&far, &points, 2).unwrap(), (0.0, 0.0));
    }

    #[test]
    fn made_faces_that_are_all_alike_are_plausible_but_not_varied() {
        let real = line(0.0, 1.0, 40);
        let alike = line(19.9, 0.005, 40);
        let (precision, recall) = precision_and_recall(&alike, &real, 2).unwrap();
        assert_eq!(precision, 1.0);
        assert!(recall < 0.1, "{recall}");
        let (precision, recall) = precision_and_recall(&real, &alike, 2).unwrap();
        assert!(precision < 0.1 && recall == 1.0, "{precision} {recall}");
    }

    #[test]
    fn the_larger_set_is_thinned_out() {
        let real = line(0.0, 1.0, 40);
        assert_eq!(thinned(&real, 2, 4), line(0.0, 10.0, 4));
        let (precision, _) = precision_and_recall(&line(0.5, 4.0, 10), &real, 2).unwrap();
        assert_eq!(precision, 1.0);
    }
}
