//! The distribution of codes: variations and samples that follow it.

use rand_distr::{Distribution, StandardNormal};

use super::codes::Codes;
use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// Mean and covariance of a data set's codes.
#[derive(Debug, Clone)]
pub(crate) struct CodeStatistics {
    mean: Vec<f64>,
    /// Square root F of the covariance, `[width, width]`, row-major: F·Fᵀ is the covariance, so
    /// that F·z for standard normal z is distributed like the centred codes.
    covariance_root: Vec<f64>,
}

impl CodeStatistics {
    /// Mean and covariance of these codes. The covariance may be singular.
    ///
    /// # Errors
    /// When there are no codes, or one is not finite.
    pub(crate) fn fit(codes: &Codes) -> Result<Self> {
        let width = codes.width;
        if codes.rows == 0 || codes.values.iter().any(|value| !value.is_finite()) {
            return Err(Error::invalid(
                "codes",
                "are missing or not finite: the model is damaged",
            ));
        }
        let mut mean = vec![0.0; width];
        for code in codes.iter() {
            for (sum, &value) in mean.iter_mut().zip(code) {
                *sum += f64::from(value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= codes.rows as f64);
        let centred = faer::Mat::from_fn(codes.rows, width, |row, column| {
            f64::from(codes.values[row * width + column]) - mean[column]
        });
        let covariance = centred.transpose() * &centred * faer::Scale(1.0 / codes.rows as f64);
        let eigen = covariance
            .self_adjoint_eigen(faer::Side::Lower)
            .map_err(|_| Error::invalid("codes", "their covariance has no eigenvectors"))?;
        let (vectors, values) = (eigen.U(), eigen.S());
        // The symmetric root: unlike a Cholesky factor, it exists for singular covariances and
        // does not depend on the order of the dimensions.
        let roots: Vec<f64> = (0..width).map(|i| values[i].max(0.0).sqrt()).collect();
        let scaled = faer::Mat::from_fn(width, width, |i, j| vectors[(i, j)] * roots[j]);
        let root = &scaled * vectors.transpose();
        let factor = (0..width * width)
            .map(|at| root[(at / width, at % width)])
            .collect();
        Ok(Self {
            mean,
            covariance_root: factor,
        })
    }

    /// The code that is `z` from the mean, in standard deviations along each column of F.
    pub(super) fn moved_mean(&self, z: &[f64]) -> Vec<f32> {
        self.offset_code(&self.mean(), z).collect()
    }

    /// How far `z` moves a code: F·z.
    pub(super) fn offset(&self, z: &[f64]) -> Vec<f64> {
        let rows = self.covariance_root.chunks_exact(self.mean.len().max(1));
        rows.map(|row| row.iter().zip(z).map(|(f, z)| f * z).sum())
            .collect()
    }

    /// Numbers of a code.
    pub(super) fn width(&self) -> usize {
        self.mean.len()
    }

    /// `steps` codes from `reach` standard deviations before `code` to as many after it, along a
    /// direction; the deviation is that of the codes along it. One step is `code` itself.
    ///
    /// # Errors
    /// When code or direction are of another length than the codes, or the codes do not vary
    /// along the direction.
    pub(crate) fn along(
        &self,
        code: &[f32],
        direction: &[f32],
        reach: f32,
        steps: usize,
    ) -> Result<Codes> {
        self.check_width(code)?;
        self.check_width(direction)?;
        let squares = direction.iter().map(|&d| f64::from(d).powi(2));
        let length = squares.sum::<f64>().sqrt();
        let columns = 0..self.mean.len();
        let projected = columns.map(|column| {
            let rows = self.covariance_root.chunks_exact(self.mean.len());
            let terms = rows
                .zip(direction)
                .map(|(row, &d)| row[column] * f64::from(d));
            terms.sum::<f64>().powi(2)
        });
        let deviation = projected.sum::<f64>().sqrt() / length;
        if !(deviation > 0.0 && deviation.is_finite()) {
            return Err(Error::invalid(
                "direction",
                "leads nowhere: the two sets of faces have the same mean code",
            ));
        }
        let mut values = Vec::with_capacity(steps * code.len());
        for step in 0..steps {
            let at = deviations_at(step, steps, reach);
            let scale = f64::from(at) * deviation / length;
            let moved = code.iter().zip(direction);
            values.extend(moved.map(|(&c, &d)| (f64::from(c) + scale * f64::from(d)) as f32));
        }
        Ok(Codes {
            rows: steps,
            width: code.len(),
            values: values.into(),
        })
    }

    /// Refuses codes of another length.
    pub(super) fn check_width(&self, code: &[f32]) -> Result<()> {
        let width = self.mean.len();
        if code.len() == width {
            return Ok(());
        }
        Err(Error::invalid(
            "code",
            format!("has {} numbers; the model's have {width}", code.len()),
        ))
    }

    /// The mean code.
    pub(crate) fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&value| value as f32).collect()
    }

    /// The standard deviation of each number.
    pub(crate) fn deviations(&self) -> Vec<f32> {
        let rows = self.covariance_root.chunks_exact(self.mean.len().max(1));
        rows.map(|row| row.iter().map(|f| f * f).sum::<f64>().sqrt() as f32)
            .collect()
    }

    /// `count` variations of `code`, each `radius` standard deviations away in a random direction:
    /// code + radius · F·z, with z normal and scaled to length √width, the average length of such
    /// vectors. The directions depend on the seed alone, so that a change of the radius moves
    /// each variation along a line.
    ///
    /// # Errors
    /// When the code's length is not that of the codes.
    pub(crate) fn vary(&self, code: &[f32], radius: f32, count: usize, seed: u64) -> Result<Codes> {
        self.check_width(code)?;
        let width = self.mean.len();
        let mut values = Vec::with_capacity(count * width);
        for item in 0..count {
            let mut z = self.standard_normal(seed, Purpose::Variation, item);
            let length = z.iter().map(|z| z * z).sum::<f64>().sqrt();
            let scale = f64::from(radius) * (width as f64).sqrt() / length.max(f64::MIN_POSITIVE);
            z.iter_mut().for_each(|z| *z *= scale);
            values.extend(self.offset_code(code, &z));
        }
        Ok(Codes {
            rows: count,
            width,
            values: values.into(),
        })
    }

    /// Samples `count` codes from the normal distribution with the codes' mean and covariance.
    /// `spread` scales their distance from the mean: below 1 they are more like the mean face,
    /// above 1 more varied. The random numbers depend on the seed alone.
    pub(crate) fn sample(&self, spread: f32, count: usize, seed: u64) -> Codes {
        let mean = self.mean();
        let mut values = Vec::with_capacity(count * mean.len());
        for item in 0..count {
            let mut z = self.standard_normal(seed, Purpose::PriorSample, item);
            z.iter_mut().for_each(|z| *z *= f64::from(spread));
            values.extend(self.offset_code(&mean, &z));
        }
        Codes {
            rows: count,
            width: mean.len(),
            values: values.into(),
        }
    }

    /// Standard normal numbers `[width]`.
    fn standard_normal(&self, seed: u64, purpose: Purpose, item: usize) -> Vec<f64> {
        let rng = generator(seed, purpose, 0, item as u64);
        StandardNormal
            .sample_iter(rng)
            .take(self.mean.len())
            .collect()
    }

    /// code + F·z
    fn offset_code(&self, code: &[f32], z: &[f64]) -> impl Iterator<Item = f32> {
        let rows = self.covariance_root.chunks_exact(self.mean.len());
        rows.zip(code).map(move |(row, &centre)| {
            let step: f64 = row.iter().zip(z).map(|(f, z)| f * z).sum();
            (f64::from(centre) + step) as f32
        })
    }
}

/// Where a step is between `-reach` and `reach`; a single one is in the middle.
pub(crate) fn deviations_at(step: usize, steps: usize, reach: f32) -> f32 {
    if steps < 2 {
        return 0.0;
    }
    reach * (2.0 * step as f32 / (steps - 1) as f32 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes that vary by 3 along (1, 1) and by 1 along (1, −1), around (1, 2).
    fn statistics() -> CodeStatistics {
        let half = 0.5f32.sqrt();
        let corners = [(3.0, 1.0), (3.0, -1.0), (-3.0, 1.0), (-3.0, -1.0)];
        let code = |(a, b): (f32, f32)| [1.0 + half * (a + b), 2.0 + half * (a - b)];
        let codes = Codes {
            rows: 4,
            width: 2,
            values: corners
                .into_iter()
                .flat_map(code)
                .collect::<Vec<_>>()
                .into(),
        };
        CodeStatistics::fit(&codes).unwrap()
    }

    fn is_near(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
    }

    #[test]
    fn a_direction_is_measured_in_the_codes_deviations() {
        let statistics = statistics();
        let codes = statistics.along(&[0.0, 0.0], &[7.0, 7.0], 2.0, 3).unwrap();
        let end = 6.0 * 0.5f32.sqrt();
        assert!(is_near(&codes.values, &[-end, -end, 0.0, 0.0, end, end]));
        let sideways = statistics.along(&[0.0, 0.0], &[0.1, -0.1], 1.0, 2).unwrap();
        assert!(is_near(sideways.row(1), &[0.5f32.sqrt(), -(0.5f32.sqrt())]));
        let error = statistics
            .along(&[0.0, 0.0], &[0.0, 0.0], 1.0, 2)
            .unwrap_err();
        assert!(error.to_string().contains("leads nowhere"));
    }
}
