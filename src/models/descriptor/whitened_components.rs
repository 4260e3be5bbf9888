//! Whitened principal components of the features.

use faer::Mat;

use super::feature_matrix::FeatureMatrix;
use crate::error::{Error, Result};
use crate::models::pca::iteration::KrylovIteration;
use crate::progress::{Progress, Unit, Watch};

/// Iteration ends when less than this share of the captured variance is expected to follow: the
/// last components matter little.
const TOLERANCE: f64 = 1e-4;
/// Columns multiplied at once.
const BLOCK: usize = 64;
/// Components with a smaller share of the variance are not determined.
const LEAST_SHARE: f64 = 1e-9;

/// How features become a white code, and the codes of the faces of the fit.
pub(super) struct WhitenedComponents {
    /// `[components, features]`, row-major: code = components · (features − mean).
    pub components: Vec<f32>,
    /// Codes `[faces, components]` of variance 1 and mean 0.
    pub codes: Mat<f32>,
    /// The variance of each component, largest first, in the scale of the features.
    pub variances: Vec<f64>,
}

/// Fits at most `count` components: fewer where the faces determine fewer.
///
/// # Errors
/// When all faces have the same features, or `watch` cancels.
pub(super) fn fit(
    matrix: &FeatureMatrix,
    faces: usize,
    count: usize,
    watch: Watch,
) -> Result<WhitenedComponents> {
    let count = count.min(faces.saturating_sub(1)).max(1);
    let iteration = KrylovIteration {
        dimensions: faces,
        largest: faces,
        block: BLOCK.min(faces),
        tolerance: TOLERANCE,
    };
    let mut report = |done| {
        watch(Progress {
            stage: "whitening the descriptor",
            done,
            total: None,
            unit: Unit::Steps,
        })
    };
    let (vectors, values) =
        iteration.leading_eigenpairs(count, &mut report, |q, _| Ok(matrix.gram_times(q)))?;
    let total: f64 = values.iter().sum();
    let determined = |value: &&f64| **value > total * LEAST_SHARE && total > 0.0;
    let count = values.iter().take_while(determined).count();
    if count == 0 {
        return Err(Error::invalid(
            "the descriptor",
            "cannot be fitted: all pictures look the same to it; use a data set of other pictures",
        ));
    }
    // With X = Σ √λ·v·wᵀ, w = Xᵀ·v / √λ. The code's variance along w is λ / faces.
    let root = (faces as f64).sqrt();
    let scaled = Mat::from_fn(faces, count, |row, column| {
        (vectors[(row, column)] * root / values[column]) as f32
    });
    Ok(WhitenedComponents {
        components: matrix.weighted_transposed_times(scaled.as_ref()),
        codes: Mat::from_fn(faces, count, |row, column| {
            (vectors[(row, column)] * root) as f32
        }),
        variances: values[..count].to_vec(),
    })
}
