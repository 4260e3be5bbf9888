//! Fréchet distance between two sets of points.
//!
//! The distance of the normal distributions with the sets' means and covariances (Dowson and Landau
//! 1982), as Heusel et al. (2017) compare pictures by it:
//! |m₁ − m₂|² + tr C₁ + tr C₂ − 2 tr (C₁^½ C₂ C₁^½)^½.

use faer::{Mat, Scale, Side};

use crate::error::{Error, Result};

/// Points that are added to a covariance at once.
const BLOCK: usize = 1024;
/// What is added to the diagonal of a matrix whose decomposition does not converge, as a multiple
/// of its mean.
const RIDGE: f64 = 1e-9;

/// Mean and covariance of points, in double precision.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// `[width]`
    pub mean: Vec<f64>,
    /// `[width, width]`, the mean of the squares around the mean (divided by the number of points).
    pub covariance: Mat<f64>,
}

impl Moments {
    /// Of points `[n, width]`, row-major.
    ///
    /// # Errors
    /// When there is no point, or a value is not finite.
    pub(super) fn of(points: &[f32], width: usize) -> Result<Self> {
        let count = points.len() / width.max(1);
        if count == 0 || points.iter().any(|value| !value.is_finite()) {
            return Err(Error::invalid(
                "pictures to judge",
                "are missing or not finite: the model has diverged",
            ));
        }
        let mut mean = vec![0.0; width];
        for point in points.chunks_exact(width) {
            for (sum, &value) in mean.iter_mut().zip(point) {
                *sum += f64::from(value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= count as f64);
        let mut covariance = Mat::zeros(width, width);
        for block in points.chunks(BLOCK * width) {
            let centred = Mat::from_fn(block.len() / width, width, |row, column| {
                f64::from(block[row * width + column]) - mean[column]
            });
            covariance += centred.transpose() * &centred;
        }
        covariance *= Scale(1.0 / count as f64);
        Ok(Self { mean, covariance })
    }

    /// The mean squared distance from the mean.
    pub(super) fn total_variance(&self) -> f64 {
        trace(&self.covariance)
    }
}

/// The squared Fréchet distance d² of two sets by their moments, as it is usually quoted: 0 for
/// equal ones, in the units of a variance. Both must have the same width.
///
/// # Errors
/// When a covariance has no eigenvectors.
pub(super) fn frechet_distance(a: &Moments, b: &Moments) -> Result<f64> {
    let between: f64 = a
        .mean
        .iter()
        .zip(&b.mean)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    // C₁C₂ itself is not symmetric; C₁^½ C₂ C₁^½ is, and has the same eigenvalues.
    let root = symmetric_root(&a.covariance)?;
    let product = &root * &b.covariance * &root;
    let (_, eigenvalues) = symmetric_eigen(&product)?;
    let root_trace: f64 = eigenvalues.iter().map(|value| value.max(0.0).sqrt()).sum();
    let distance = between + trace(&a.covariance) + trace(&b.covariance) - 2.0 * root_trace;
    Ok(distance.max(0.0))
}

fn trace(matrix: &Mat<f64>) -> f64 {
    (0..matrix.nrows()).map(|at| matrix[(at, at)]).sum()
}

/// The symmetric positive square root of a covariance, which may be singular.
fn symmetric_root(matrix: &Mat<f64>) -> Result<Mat<f64>> {
    let (vectors, values) = symmetric_eigen(matrix)?;
    let width = matrix.nrows();
    let scaled = Mat::from_fn(width, width, |row, column| {
        vectors[(row, column)] * values[column].max(0.0).sqrt()
    });
    Ok(&scaled * vectors.transpose())
}

/// Eigenvectors in columns and their values, ascending, of a symmetric matrix.
///
/// # Errors
/// When a value is not finite.
pub(super) fn symmetric_eigen(matrix: &Mat<f64>) -> Result<(Mat<f64>, Vec<f64>)> {
    let width = matrix.nrows();
    let decompose = |matrix: &Mat<f64>| {
        let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
        let values: Vec<f64> = (0..width).map(|at| eigen.S()[at]).collect();
        let is_finite = values.iter().all(|value| value.is_finite());
        is_finite.then(|| (eigen.U().to_owned(), values))
    };
    // Of few pictures nearly all eigenvalues are zero, with which the iteration may not converge:
    // a little on the diagonal moves them all by as much, and changes no eigenvector.
    let with_ridge = || {
        let ridge = RIDGE * trace(matrix).abs() / width.max(1) as f64;
        let mut shifted = matrix.clone();
        (0..width).for_each(|at| shifted[(at, at)] += ridge);
        let (vectors, values) = decompose(&shifted)?;
        Some((vectors, values.iter().map(|value| value - ridge).collect()))
    };
    decompose(matrix).or_else(with_ridge).ok_or_else(|| {
        Error::invalid(
            "pictures to judge",
            "their covariance has no eigenvectors: a value is not finite",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand_distr::{Distribution, StandardNormal};

    fn normal(count: usize, width: usize, seed: u64) -> Vec<f32> {
        let rng = generator(seed, Purpose::Variation, 0, 0);
        StandardNormal
            .sample_iter(rng)
            .take(count * width)
            .collect()
    }

    fn moments(mean: &[f64], covariance: &[&[f64]]) -> Moments {
        let width = mean.len();
        Moments {
            mean: mean.to_vec(),
            covariance: Mat::from_fn(width, width, |row, column| covariance[row][column]),
        }
    }

    fn diagonal(mean: &[f64], variances: &[f64]) -> Moments {
        Moments {
            mean: mean.to_vec(),
            covariance: Mat::from_fn(mean.len(), mean.len(), |row, column| {
                if row == column { variances[row] } else { 0.0 }
            }),
        }
    }

    #[test]
    fn equal_sets_are_at_distance_zero() {
        let points = normal(200, 7, 1);
        let one = Moments::of(&points, 7).unwrap();
        assert!(frechet_distance(&one, &one).unwrap() < 1e-10);
        // Fewer points than dimensions: the covariance is singular.
        let few = Moments::of(&points[..21], 7).unwrap();
        assert!(frechet_distance(&few, &few).unwrap() < 1e-6);
    }

    #[test]
    fn a_shift_counts_squared() {
        let points = normal(300, 4, 2);
        let shifted: Vec<f32> = points
            .iter()
            .enumerate()
            .map(|(at, value)| value + [3.0, 0.0, -4.0, 0.0][at % 4])
            .collect();
        let one = Moments::of(&points, 4).unwrap();
        let other = Moments::of(&shifted, 4).unwrap();
        let distance = frechet_distance(&one, &other).unwrap();
        assert!((distance - 25.0).abs() < 1e-4, "{distance}");
    }

    #[test]
    fn diagonal_covariances_differ_by_their_standard_deviations() {
        let one = diagonal(&[0.0, 1.0, 0.0], &[4.0, 9.0, 0.0]);
        let other = diagonal(&[0.0, 0.0, 0.0], &[1.0, 25.0, 0.25]);
        // 1 + (2 − 1)² + (3 − 5)² + (0 − ½)²
        let distance = frechet_distance(&one, &other).unwrap();
        assert!((distance - 6.25).abs() < 1e-9, "{distance}");
        let back = frechet_distance(&other, &one).unwrap();
        assert!((distance - back).abs() < 1e-9);
    }

    #[test]
    fn covariances_that_do_not_commute_have_the_closed_form_of_two_dimensions() {
        // In two dimensions tr √M = √(tr M + 2 √det M).
        let (a, b) = ([[2.0, 0.8], [0.8, 1.0]], [[1.0, -0.5], [-0.5, 3.0]]);
        let one = moments(&[0.0, 0.0], &[&a[0], &a[1]]);
        let other = moments(&[0.0, 0.0], &[&b[0], &b[1]]);
        let trace: f64 = (0..2)
            .flat_map(|i| (0..2).map(move |j| (i, j)))
            .map(|(i, j)| a[i][j] * b[j][i])
            .sum();
        let det = |m: [[f64; 2]; 2]| m[0][0] * m[1][1] - m[0][1] * m[1][0];
        let root = (trace + 2.0 * (det(a) * det(b)).sqrt()).sqrt();
        let expected = 3.0 + 4.0 - 2.0 * root;
        let distance = frechet_distance(&one, &other).unwrap();
        assert!((distance - expected).abs() < 1e-9, "{distance} {expected}");
    }

    #[test]
    fn what_is_not_finite_or_missing_is_said() {
        assert!(Moments::of(&[], 3).is_err());
        let error = Moments::of(&[0.0, f32::NAN], 2).unwrap_err().to_string();
        assert!(error.contains("diverged"), "{error}");
    }
}
