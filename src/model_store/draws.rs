//! Draws from the faces that may be behind a damaged picture.

use super::loaded::LoadedModel;
use crate::error::Result;
use crate::generation::constraint::Damage;
use crate::generation::{SamplerSettings, Sampling, draw_posterior};

/// Draws by a blind denoiser, as they begin; `items` are their numbers.
///
/// # Errors
/// When the model is not a blind denoiser, or the picture's size is not its own.
pub(crate) fn draw_faces(
    model: &LoadedModel,
    settings: SamplerSettings,
    draws: (u64, Vec<u64>),
    damage: Damage,
    damaged: &[f32],
) -> Result<Sampling> {
    let network = model.model.network()?.clone();
    draw_posterior(network, settings, draws, damage, damaged)
}
