//! Answers to a damaged picture: the one with the least error, and draws.

use std::sync::Arc;

use super::constraint::Damage;
use super::draw::Start;
use super::posterior::GaussianPosterior;
use super::sampler::Sampling;
use super::settings::SamplerSettings;
use crate::dataset::Noise;
use crate::error::Result;
use crate::latent::reconstruct;
use crate::models::Autoencoder;

/// The model's one answer to a damaged picture `[size, size, 3]`, unclipped: the least squared
/// error. The network's own where it was trained for the damage; else the best linear estimate.
///
/// # Errors
/// When the picture's size is not the model's, or the answer is not finite.
pub fn one_answer(model: &dyn Autoencoder, damage: Damage, damaged: &[f32]) -> Result<Vec<f32>> {
    if let (false, Some(constraint)) = (
        damage.is_learned(),
        damage.constraint(damaged, model.spec().size)?,
    ) {
        return GaussianPosterior::new(model, &constraint).mean();
    }
    reconstruct(model, damaged)
}

/// Draws from the clean pictures that may be behind a damaged one, as they begin; `items` are
/// their numbers.
///
/// # Errors
/// When the model is not a blind denoiser, or the picture's size is not its own.
pub fn draw_posterior(
    model: Arc<dyn Autoencoder>,
    settings: SamplerSettings,
    (seed, items): (u64, Vec<u64>),
    damage: Damage,
    damaged: &[f32],
) -> Result<Sampling> {
    let constraint = damage.constraint(damaged, model.spec().size)?;
    let start = match (damage, &constraint) {
        (Damage::Noise(Noise::Gaussian(sigma)), None) => Start::Noisy(damaged.to_vec(), sigma),
        _ => Start::Prior,
    };
    Sampling::new(model, settings, (seed, items), &start, constraint)
}
