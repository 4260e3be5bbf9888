//! Where draws start, and the random numbers that they use.

use candle_core::{Device, Tensor};
use rand_distr::{Distribution, StandardNormal};

use super::constraint::Constraint;
use super::posterior::GaussianPosterior;
use crate::error::Result;
use crate::models::{Autoencoder, FacePrior};
use crate::rng::{Purpose, generator};

/// Magnitude of black and white: a denoiser takes pixels with exactly these values in all
/// channels for missing.
const SATURATED: f32 = 0.5;
/// How near to it a pixel counts, and how far it is moved away.
const NEAR: f32 = 2e-6;
const UNSATURATED: f32 = SATURATED - 1e-5;

/// Where draws start.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// At a Gaussian draw with the faces' covariance, which satisfies the constraint, under noise
    /// of the settings' first level. A denoiser that knows no covariance starts at noise alone.
    Prior,
    /// At a picture `[size, size, 3]`, to which noise of this standard deviation is added: what
    /// the noise hides is drawn anew (`SDEdit`: Meng et al. 2022).
    Picture(Vec<f32>, f32),
    /// At a picture that has noise of this standard deviation already. A draw is then one of the
    /// clean pictures that may be behind it.
    Noisy(Vec<f32>, f32),
}

/// Standard normal numbers of one item in one pass.
pub(super) fn normal(seed: u64, pass: usize, item: u64, count: usize) -> Vec<f32> {
    let rng = generator(seed, Purpose::Sampling, pass as u64, item);
    StandardNormal.sample_iter(rng).take(count).collect()
}

/// The pictures `[items, values]` at which draws start, and the level of their noise.
pub(super) fn start(
    model: &dyn Autoencoder,
    (start, sigma): (&Start, f32),
    constraint: Option<&Constraint>,
    (seed, items): (u64, &[u64]),
) -> Result<(Vec<f32>, f32)> {
    let values = model.spec().values();
    let noised = |mut picture: Vec<f32>, sigma: f32, skip: usize, item: u64| {
        let noise = normal(seed, 0, item, skip + values);
        for (value, z) in picture.iter_mut().zip(&noise[skip..]) {
            *value += sigma * z;
        }
        picture
    };
    match start {
        Start::Noisy(picture, sigma) => Ok((picture.repeat(items.len()), *sigma)),
        Start::Picture(picture, sigma) => {
            let all = items.iter();
            let all = all.flat_map(|&item| noised(picture.clone(), *sigma, 0, item));
            Ok((all.collect(), *sigma))
        }
        Start::Prior => {
            let (mut faces, used) = match model.face_prior() {
                Some(prior) => (gaussian_faces(prior, seed, items)?, prior.normals()),
                None => (vec![0.0; items.len() * values], 0),
            };
            if let Some(constraint) = constraint {
                GaussianPosterior::new(model, constraint).condition(&mut faces)?;
            }
            let all = faces.chunks_exact(values).zip(items);
            let all = all.flat_map(|(face, &item)| noised(face.to_vec(), sigma, used, item));
            Ok((all.collect(), sigma))
        }
    }
}

/// Gaussian draws with the faces' mean and covariance, `[items, values]`.
fn gaussian_faces(prior: &dyn FacePrior, seed: u64, items: &[u64]) -> Result<Vec<f32>> {
    let count = prior.normals();
    let normals: Vec<f32> = items
        .iter()
        .flat_map(|&item| normal(seed, 0, item, count))
        .collect();
    let normals = Tensor::from_vec(normals, (items.len(), count), &Device::Cpu)?;
    let faces = prior.draw(&normals.to_device(prior.device())?)?;
    Ok(faces.flatten_all()?.to_vec1()?)
}

/// Moves pixels that are exactly black or white in all channels a little, so that a denoiser does
/// not take them for missing. `values` are pictures `[n, size, size, 3]`.
pub fn unsaturate(values: &mut [f32]) {
    for pixel in values.chunks_exact_mut(3) {
        if pixel.iter().all(|v| (v.abs() - SATURATED).abs() <= NEAR) {
            for value in pixel {
                *value = value.signum() * UNSATURATED;
            }
        }
    }
}
