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
        let width = self.mean.len();
        if code.len() != width {
            return Err(Error::invalid(
                "code",
                format!("has {} numbers; the model's have {width}", code.len()),
            ));
        }
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
