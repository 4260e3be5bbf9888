//! Principal axes of features: what the pictures of one set vary in most.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::frechet::{Moments, symmetric_eigen};
use crate::error::{Error, Result};

/// Axes with a smaller share of the variance are rounding.
const LEAST_SHARE: f64 = 1e-9;

/// point = axes · (features − mean), not scaled: distances are those of the features, but for what
/// the axes leave out.
#[derive(Debug)]
pub(super) struct PrincipalAxes {
    /// `[features]`
    mean: Vec<f32>,
    /// `[axes, features]`, row-major, orthonormal, that of the largest variance first.
    axes: Vec<f32>,
    count: usize,
}

impl PrincipalAxes {
    /// The leading axes of features `[n, width]`, row-major: at most `most`, fewer where the
    /// features determine fewer.
    ///
    /// # Errors
    /// When there are no features, or all are equal.
    pub(super) fn fit(features: &[f32], width: usize, most: usize) -> Result<Self> {
        let moments = Moments::of(features, width)?;
        let (vectors, values) = symmetric_eigen(&moments.covariance)?;
        let vectors = vectors.as_ref();
        let total: f64 = (0..width).map(|at| values[at].max(0.0)).sum();
        // Eigenvalues ascend.
        let count = (0..most.min(width))
            .take_while(|&axis| values[width - 1 - axis] > total * LEAST_SHARE && total > 0.0)
            .count();
        if count == 0 {
            return Err(Error::invalid(
                "pictures to judge by",
                "look all the same; use a data set of other pictures",
            ));
        }
        let axis = |axis: usize| (0..width).map(move |at| vectors[(at, width - 1 - axis)] as f32);
        Ok(Self {
            mean: moments.mean.iter().map(|&mean| mean as f32).collect(),
            axes: (0..count).flat_map(axis).collect(),
            count,
        })
    }

    /// Number of axes.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The points `[n, count]` of features `[n, width]`.
    pub(super) fn project(&self, features: &[f32]) -> Vec<f32> {
        let width = self.mean.len();
        let rows = features.len() / width;
        let centred: Vec<f32> = features
            .chunks_exact(width)
            .flat_map(|row| row.iter().zip(&self.mean).map(|(value, mean)| value - mean))
            .collect();
        let mut points = vec![0.0; rows * self.count];
        matmul(
            MatMut::from_column_major_slice_mut(&mut points, self.count, rows),
            Accum::Replace,
            MatRef::from_row_major_slice(&self.axes, self.count, width),
            MatRef::from_column_major_slice(&centred, width, rows),
            1.0,
            Par::rayon(0),
        );
        points
    }
}
