//! The principal axes of codes, by what they change in the decoded faces.
//!
//! A code is mean + F·z, where F is the square root of the codes' covariance and z has variance 1 in
//! every direction. To first order, z moves the decoded face by J·F·z, J the decoder's derivative
//! at the mean code. The axes are the directions of z along which that varies most: the
//! eigenvectors of (J·F)ᵀ(J·F). For PCA these are its components. Where a network gives all its
//! numbers the same variance, as variational ones nearly do, the codes' own covariance would say
//! nothing.

use super::codes::Codes;
use super::statistics::CodeStatistics;
use crate::error::{Error, Result};
use crate::progress::{Progress, Unit, Watch};

/// Axes that are kept, at most: those that change a face most.
pub(crate) const MOST_AXES: usize = 16;

/// Columns of F that are decoded together.
const DECODED_TOGETHER: usize = 32;

/// The principal axes of a data set's codes, that of the largest variance first.
#[derive(Debug, Clone)]
pub(crate) struct PrincipalAxes {
    statistics: CodeStatistics,
    /// One standard deviation along each, `[width]`.
    steps: Vec<Vec<f64>>,
    /// Each one's share of the variance of decoded faces.
    shares: Vec<f64>,
}

impl PrincipalAxes {
    /// The axes of codes that are distributed like these, decoded by `decode` into faces of one
    /// length after the other.
    ///
    /// # Errors
    /// Those of `decode`; when the decoder ignores its codes; `Cancelled` by the watcher.
    pub(crate) fn fit(
        statistics: &CodeStatistics,
        decode: impl Fn(&Codes) -> Result<Vec<f32>>,
        watch: Watch,
    ) -> Result<Self> {
        let width = statistics.width();
        let mut effects: Vec<f32> = Vec::new();
        let columns: Vec<usize> = (0..width).collect();
        for some in columns.chunks(DECODED_TOGETHER) {
            watch(Progress {
                stage: "finding the axes of the codes",
                done: some.first().copied().unwrap_or(0) as u64,
                total: Some(width as u64),
                unit: Unit::Steps,
            })?;
            let mut values = Vec::with_capacity(2 * some.len() * width);
            for sign in [1.0, -1.0] {
                for &column in some {
                    let mut z = vec![0.0; width];
                    z[column] = sign;
                    values.extend(statistics.moved_mean(&z));
                }
            }
            let faces = decode(&Codes {
                rows: 2 * some.len(),
                width,
                values: values.into(),
            })?;
            let (above, below) = faces.split_at(faces.len() / 2);
            effects.extend(above.iter().zip(below).map(|(a, b)| (a - b) / 2.0));
        }
        let pixels = effects.len() / width.max(1);
        let effects = faer::Mat::from_fn(pixels, width, |pixel, column| {
            f64::from(effects[column * pixels + pixel])
        });
        let gram = effects.transpose() * &effects;
        let no_axes = || Error::invalid("codes", "have no axes: the decoder ignores them");
        let eigen = gram
            .self_adjoint_eigen(faer::Side::Lower)
            .map_err(|_| no_axes())?;
        let (vectors, values) = (eigen.U(), eigen.S());
        let variance: f64 = (0..width).map(|j| values[j].max(0.0)).sum();
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(no_axes());
        }
        // Eigenvalues ascend; those of directions without effect are 0 but for rounding.
        let largest: Vec<usize> = (0..width)
            .rev()
            .take(MOST_AXES)
            .filter(|&j| values[j] > variance * 1e-9)
            .collect();
        let step = |&j: &usize| {
            let z: Vec<f64> = (0..width).map(|i| vectors[(i, j)]).collect();
            with_fixed_sign(statistics.offset(&z))
        };
        Ok(Self {
            steps: largest.iter().map(step).collect(),
            shares: largest.iter().map(|&j| values[j] / variance).collect(),
            statistics: statistics.clone(),
        })
    }

    /// Each axis' share of the variance of decoded faces, the largest first.
    pub(crate) fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// `from`, moved along the axes by so many standard deviations each; without one, the mean
    /// code moved. Values without an axis change nothing.
    ///
    /// # Errors
    /// When the code's length is not that of the codes.
    pub(crate) fn place(&self, from: Option<&[f32]>, values: &[f32]) -> Result<Vec<f32>> {
        let mut code = match from {
            Some(from) => {
                self.statistics.check_width(from)?;
                from.to_vec()
            }
            None => self.statistics.mean(),
        };
        for (step, &value) in self.steps.iter().zip(values) {
            for (number, step) in code.iter_mut().zip(step) {
                *number = (f64::from(*number) + f64::from(value) * step) as f32;
            }
        }
        Ok(code)
    }
}

/// An eigenvector is only defined up to its sign: the largest number is made positive.
fn with_fixed_sign(mut direction: Vec<f64>) -> Vec<f64> {
    let largest = direction
        .iter()
        .copied()
        .max_by(|a, b| a.abs().total_cmp(&b.abs()));
    if largest.is_some_and(|largest| largest < 0.0) {
        direction.iter_mut().for_each(|number| *number = -*number);
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;

    /// Codes that vary by 1 along both numbers, around (1, 2).
    fn statistics() -> CodeStatistics {
        let codes = Codes {
            rows: 4,
            width: 2,
            values: vec![2.0, 3.0, 2.0, 1.0, 0.0, 3.0, 0.0, 1.0].into(),
        };
        CodeStatistics::fit(&codes).unwrap()
    }

    fn is_near(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
    }

    #[test]
    fn axes_come_by_what_they_change_in_the_faces() {
        // The sum of both numbers counts three times as much as their difference.
        let decode = |codes: &Codes| {
            let faces = codes.iter().flat_map(|code| {
                let (sum, difference) = (code[0] + code[1], code[0] - code[1]);
                [3.0 * sum, difference, 0.5]
            });
            Ok(faces.collect())
        };
        let axes = PrincipalAxes::fit(&statistics(), decode, &mut unwatched).unwrap();
        assert!((axes.shares()[0] - 0.9).abs() < 1e-6);
        assert!((axes.shares()[1] - 0.1).abs() < 1e-6);
        let half = 0.5f32.sqrt();
        let moved = axes.place(None, &[2.0]).unwrap();
        let wanted = [1.0 + 2.0 * half, 2.0 + 2.0 * half];
        assert!(is_near(&moved, &wanted), "{moved:?}");
        let from = axes.place(Some(&[0.0, 0.0]), &[0.0, 0.0, 5.0]).unwrap();
        assert_eq!(from, [0.0, 0.0]);
        assert!(axes.place(Some(&[0.0]), &[]).is_err());
    }

    #[test]
    fn a_decoder_that_ignores_its_codes_has_no_axes() {
        let decode = |codes: &Codes| Ok(vec![0.25; 3 * codes.rows]);
        let error = PrincipalAxes::fit(&statistics(), decode, &mut unwatched).unwrap_err();
        assert!(error.to_string().contains("ignores"));
    }
}
