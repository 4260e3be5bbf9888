//! The best linear estimate of a picture from a linear measurement.
//!
//! Under faces with mean m and covariance C, as the denoiser's Wiener filter holds them, the
//! pictures that fit a measurement b = M x have the mean x + C Mᵀ (M C Mᵀ + ε)⁻¹ (b − M x) with
//! x = m; and with a draw x from N(m, C) the same formula gives a draw from them (Matheron's rule).

use candle_core::{Device, Tensor};

use super::constraint::Constraint;
use crate::error::Result;
use crate::models::{Autoencoder, FacePrior};

/// ε: variance that is added to the measurement's. The covariance is only estimated; faces of
/// other people are met best with about this.
const RIDGE: f64 = 1e-3;
/// The conjugate gradients stop when the residual has fallen by this factor, or after so many
/// steps.
const TOLERANCE: f64 = 1e-3;
const MOST_STEPS: usize = 100;

/// Pictures that fit a measurement, if faces were Gaussian.
pub struct GaussianPosterior<'a> {
    prior: Option<&'a dyn FacePrior>,
    constraint: &'a Constraint,
}

impl<'a> GaussianPosterior<'a> {
    /// Under the covariance that `model` knows. Where it knows none, pictures are only projected.
    pub fn new(model: &'a dyn Autoencoder, constraint: &'a Constraint) -> Self {
        Self {
            prior: model.face_prior(),
            constraint,
        }
    }

    /// Under this covariance.
    pub(crate) fn under(prior: &'a dyn FacePrior, constraint: &'a Constraint) -> Self {
        Self {
            prior: Some(prior),
            constraint,
        }
    }

    /// The mean of the pictures that fit the first measurement, `[size, size, 3]`, unclipped.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn mean(&self) -> Result<Vec<f32>> {
        let mut face = match self.prior {
            Some(prior) => prior.mean()?,
            None => vec![0.0; self.constraint.measurement().values()],
        };
        self.condition(&mut face)?;
        Ok(face)
    }

    /// Moves pictures `[n, values]` that were drawn from the prior: picture `i` becomes a draw
    /// from those that fit measurement `i`.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn condition(&self, pictures: &mut [f32]) -> Result<()> {
        let values = self.constraint.measurement().values();
        if let Some(prior) = self.prior {
            let all = pictures.chunks_exact(values).enumerate();
            let missing = all.map(|(index, picture)| self.constraint.missing(index, picture));
            let weights = self.solve(prior, missing.collect())?;
            let changes = self.spread(prior, &weights)?;
            for (value, change) in pictures.iter_mut().zip(changes) {
                *value += change;
            }
        }
        for (index, picture) in pictures.chunks_exact_mut(values).enumerate() {
            self.constraint.project(index, picture);
        }
        Ok(())
    }

    /// Solves (M C Mᵀ + ε) x = b for each b by conjugate gradients.
    fn solve(&self, prior: &dyn FacePrior, b: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
        let values = self.constraint.measurement().values();
        let mut solutions: Vec<Vec<f64>> = b.iter().map(|b| vec![0.0; b.len()]).collect();
        let mut residuals = b;
        let mut directions = residuals.clone();
        let mut energies: Vec<f64> = residuals.iter().map(|r| dot(r, r)).collect();
        let goals: Vec<f64> = energies.iter().map(|e| e * TOLERANCE * TOLERANCE).collect();
        for _ in 0..MOST_STEPS {
            if energies
                .iter()
                .zip(&goals)
                .all(|(energy, goal)| energy <= goal)
            {
                break;
            }
            let spread = self.spread(prior, &directions)?;
            for (at, spread) in spread.chunks_exact(values).enumerate() {
                let (energy, direction) = (energies[at], &mut directions[at]);
                let mut image = self.constraint.measurement().measure(spread);
                add_scaled(&mut image, RIDGE, direction);
                let curvature = dot(direction, &image);
                if energy <= goals[at] || curvature <= 0.0 {
                    continue;
                }
                let step = energy / curvature;
                add_scaled(&mut solutions[at], step, direction);
                let residual = &mut residuals[at];
                add_scaled(residual, -step, &image);
                energies[at] = dot(residual, residual);
                let kept = energies[at] / energy;
                for (d, &r) in direction.iter_mut().zip(residual.iter()) {
                    *d = r + kept * *d;
                }
            }
        }
        Ok(solutions)
    }

    /// C Mᵀ w for each w, `[n, values]`.
    fn spread(&self, prior: &dyn FacePrior, weights: &[Vec<f64>]) -> Result<Vec<f32>> {
        let values = self.constraint.measurement().values();
        let mut pictures = vec![0f32; weights.len() * values];
        for (weights, picture) in weights.iter().zip(pictures.chunks_exact_mut(values)) {
            self.constraint.measurement().add_back(weights, picture);
        }
        let pictures = Tensor::from_vec(pictures, (weights.len(), values), &Device::Cpu)?;
        let spread = prior.apply_covariance(&pictures.to_device(prior.device())?)?;
        Ok(spread.flatten_all()?.to_vec1()?)
    }
}

/// target += scale · other.
fn add_scaled(target: &mut [f64], scale: f64, other: &[f64]) {
    for (value, &add) in target.iter_mut().zip(other) {
        *value += scale * add;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
