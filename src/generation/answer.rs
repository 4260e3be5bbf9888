//! Answers to a damaged picture: the one with the least error, and draws.

use std::sync::Arc;

use super::constraint::Damage;
use super::draw::Start;
use super::posterior::GaussianPosterior;
use super::sampler::Sampling;
use super::settings::{Method, SamplerSettings};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::latent::reconstruct;
use crate::models::Autoencoder;
use crate::progress::Watch;

/// Draws whose mean is the best answer.
const MEAN_OF: u64 = 8;
/// How they are drawn: slowly and with much new noise, which gives smooth faces with less error
/// than sharp ones.
const SMOOTH: SamplerSettings = SamplerSettings {
    start_sigma: 0.3,
    last_sigma: 0.01,
    method: Method::Walk {
        first_step: 0.05,
        beta: 0.1,
    },
    clean_passes: 1,
    most_passes: 100,
};

/// The model's one answer to a damaged picture `[size, size, 3]`, unclipped: the least squared
/// error at once. The network's own behind noise; where the picture says exactly what is left of
/// it, the best linear estimate, which errs less than the network's answer even to the black
/// rectangles that it was trained on.
///
/// # Errors
/// When the picture's size is not the model's, or the answer is not finite.
pub fn one_answer(model: &dyn Autoencoder, damage: Damage, damaged: &[f32]) -> Result<Vec<f32>> {
    if damage == Damage::Noise(Noise::None) {
        return reconstruct(model, damaged);
    }
    match damage.constraint(damaged, model.spec().size)? {
        Some(constraint) => GaussianPosterior::new(model, &constraint).mean(),
        None => reconstruct(model, damaged),
    }
}

/// The answer with the least error that the model can give, unclipped: [`one_answer`] behind
/// noise; else the mean of eight smooth draws, in some hundred times the time.
///
/// # Errors
/// As [`one_answer`]; `Cancelled` by the watcher.
pub fn best_answer(
    model: Arc<dyn Autoencoder>,
    damage: Damage,
    damaged: &[f32],
    watch: Watch,
) -> Result<Vec<f32>> {
    let is_noise = damage.constraint(damaged, model.spec().size)?.is_none();
    if is_noise || damage == Damage::Noise(Noise::None) {
        return one_answer(model.as_ref(), damage, damaged);
    }
    let items = (0..MEAN_OF).collect();
    let mut sampling = draw_posterior(model, SMOOTH, (0, items), damage, damaged)?;
    sampling.finish(watch)?;
    // There are eight.
    Ok(mean_picture(sampling.pictures()).unwrap_or_default())
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
    let (start, settings) = match (damage, &constraint) {
        (_, Some(_)) => (Start::Prior, settings),
        // Draws differ by the noise that they put back alone.
        (Damage::Noise(Noise::Gaussian(sigma)), None) => {
            (Start::Noisy(damaged.to_vec(), sigma), settings.stochastic())
        }
        _ => {
            return Err(Error::invalid(
                format!("noise {damage}"),
                "draws need its level; write gaussian:0.2",
            ));
        }
    };
    Sampling::new(model, settings, (seed, items), &start, constraint)
}

/// The mean of pictures of one size; none of none.
pub(crate) fn mean_picture<'a>(
    mut pictures: impl ExactSizeIterator<Item = &'a [f32]>,
) -> Option<Vec<f32>> {
    let count = pictures.len() as f32;
    let mut mean = pictures.next()?.to_vec();
    for picture in pictures {
        for (sum, value) in mean.iter_mut().zip(picture) {
            *sum += value;
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count);
    Some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_pictures_is_that_of_their_values() {
        let pictures = [[0.0, 1.0], [1.0, 2.0], [2.0, 6.0]];
        let mean = mean_picture(pictures.iter().map(<[f32; 2]>::as_slice));
        assert_eq!(mean, Some(vec![1.0, 3.0]));
        assert_eq!(mean_picture(std::iter::empty::<&[f32]>()), None);
    }
}
