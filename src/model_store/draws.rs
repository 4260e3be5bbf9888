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
