//! A code is known: a picture's principal components, or what a linear encoder says of it.

use candle_core::{DType, Tensor};

use super::Measurement;
use crate::error::{Error, Result};
use crate::models::{Autoencoder, ModelKind};

/// Pictures that are encoded together to read off a linear encoder.
const AT_ONCE: usize = 256;
/// A row that others determine to this share of its length says nothing new.
const DEPENDENT: f64 = 1e-6;

/// Orthonormal components, one in each row of M.
#[derive(Debug, Clone)]
pub struct Components {
    values: usize,
    /// `[rows, values]`.
    rows: Vec<f32>,
}

impl Components {
    /// Makes rows `[count, values]` orthonormal, one after the other, by Gram and Schmidt's
    /// method, twice. Returns them and, for each, how it is made of the components: the triangular
    /// factor L of W = L Q, `[count]` rows.
    fn orthonormalize(rows: &[f32], values: usize) -> (Self, Vec<Vec<f64>>) {
        let mut done: Vec<Vec<f64>> = Vec::new();
        let mut factor = Vec::new();
        for row in rows.chunks_exact(values) {
            let mut rest: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
            let length = norm(&rest);
            let mut shares = vec![0f64; done.len()];
            for _ in 0..2 {
                for (share, other) in shares.iter_mut().zip(&done) {
                    let along = dot(&rest, other);
                    *share += along;
                    for (value, o) in rest.iter_mut().zip(other) {
                        *value -= along * o;
                    }
                }
            }
            let left = norm(&rest);
            if left > length * DEPENDENT {
                rest.iter_mut().for_each(|value| *value /= left);
                done.push(rest);
                shares.push(left);
            }
            factor.push(shares);
        }
        let rows = done.concat().into_iter().map(|value| value as f32);
        let rows = rows.collect();
        (Self { values, rows }, factor)
    }

    /// The directions in which a model's decoder moves pictures, if it is linear: the principal
    /// components of `pca` and of a denoiser's filter. The encoder of `pca` sees just these.
    ///
    /// # Errors
    /// When the model has no decoder.
    pub fn of_decoder(model: &dyn Autoencoder, count: usize) -> Result<Self> {
        let (values, code) = (model.spec().values(), model.spec().code_size as usize);
        let count = count.min(code);
        let steps = Tensor::eye(code, DType::F32, model.device())?.narrow(0, 0, count)?;
        let zero = Tensor::zeros((1, code), DType::F32, model.device())?;
        let centre = model.decode(&zero)?.reshape((1, values))?;
        let moved = model
            .decode(&steps.contiguous()?)?
            .reshape((count, values))?;
        let rows = moved.broadcast_sub(&centre)?.flatten_all()?.to_vec1()?;
        Ok(Self::orthonormalize(&rows, values).0)
    }
}

impl Measurement for Components {
    fn values(&self) -> usize {
        self.values
    }

    fn rows(&self) -> usize {
        self.rows.len() / self.values
    }

    fn measure(&self, picture: &[f32]) -> Vec<f64> {
        let along = |row: &[f32]| -> f64 {
            let both = row.iter().zip(picture);
            both.map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        self.rows.chunks_exact(self.values).map(along).collect()
    }

    fn add_back(&self, measured: &[f64], picture: &mut [f32]) {
        let mut sums: Vec<f64> = picture.iter().map(|&value| f64::from(value)).collect();
        for (row, &weight) in self.rows.chunks_exact(self.values).zip(measured) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += weight * f64::from(value);
            }
        }
        for (value, sum) in picture.iter_mut().zip(sums) {
            *value = sum as f32;
        }
    }
}

/// A linear encoder, code = W y + w, and the orthonormal components that know the same.
#[derive(Debug, Clone)]
pub struct LinearEncoder {
    /// The components Q of W = L Q.
    pub components: Components,
    /// L, row by row.
    factor: Vec<Vec<f64>>,
    offset: Vec<f64>,
}

impl LinearEncoder {
    /// Whether a model's encoder is linear.
    pub fn is_linear(kind: ModelKind) -> bool {
        matches!(kind, ModelKind::Pca | ModelKind::Linear)
    }

    /// The encoder of `pca` or `linear`, read off what it answers to single values.
    ///
    /// # Errors
    /// When the model is of another kind.
    pub fn of(model: &dyn Autoencoder) -> Result<Self> {
        let spec = model.spec();
        if !Self::is_linear(spec.kind) {
            return Err(Error::invalid(
                format!("model {}", spec.kind),
                "has no linear encoder; pca and linear have",
            ));
        }
        let (values, code, size) = (spec.values(), spec.code_size as usize, spec.size as usize);
        let encode = |pictures: Vec<f32>, count: usize| -> Result<Vec<f32>> {
            let pictures = Tensor::from_vec(pictures, (count, size, size, 3), model.device())?;
            Ok(model.encode(&pictures)?.flatten_all()?.to_vec1()?)
        };
        let offset = encode(vec![0.0; values], 1)?;
        let mut weights = vec![0f32; code * values];
        for first in (0..values).step_by(AT_ONCE) {
            let count = AT_ONCE.min(values - first);
            let mut single = vec![0f32; count * values];
            for at in 0..count {
                single[at * values + first + at] = 1.0;
            }
            for (at, answer) in encode(single, count)?.chunks_exact(code).enumerate() {
                for (k, (value, at_zero)) in answer.iter().zip(&offset).enumerate() {
                    weights[k * values + first + at] = value - at_zero;
                }
            }
        }
        let (components, factor) = Components::orthonormalize(&weights, values);
        Ok(Self {
            components,
            factor,
            offset: offset.into_iter().map(f64::from).collect(),
        })
    }

    /// What the components must measure of a picture with this code.
    ///
    /// # Errors
    /// When the code's length is not the encoder's.
    pub fn wanted(&self, code: &[f32]) -> Result<Vec<f64>> {
        if code.len() != self.offset.len() {
            return Err(Error::invalid(
                "code",
                format!(
                    "has {} numbers; the model's have {}",
                    code.len(),
                    self.offset.len()
                ),
            ));
        }
        // Forward substitution in L q = code − w.
        let mut measured: Vec<f64> = Vec::with_capacity(self.components.rows());
        for ((&number, offset), shares) in code.iter().zip(&self.offset).zip(&self.factor) {
            let known: f64 = shares.iter().zip(&measured).map(|(l, q)| l * q).sum();
            if let Some(&own) = shares.get(measured.len()) {
                measured.push((f64::from(number) - offset - known) / own);
            }
        }
        Ok(measured)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
