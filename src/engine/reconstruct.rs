//! What a model makes of one picture, for Browse.

use std::sync::Arc;

use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::protocol::{Reconstruction, ResponseBody};
use crate::engine::worker::{HandlerResult, Outcome};
use crate::engine::{ModelRef, PictureRef, pictures};
use crate::imaging::{to_image, to_values};
use crate::latent;
use crate::search::{Index, Metric};
use crate::training::metrics::mse;

pub(super) fn answer(stock: &DatasetCache, picture: usize, reference: &ModelRef) -> HandlerResult {
    let loaded = stock.model(reference)?;
    let faces = stock.faces(loaded.faces)?;
    let source = PictureRef::Index(picture);
    let bytes = pictures::face_bytes(&source, &faces, &mut Default::default())?;
    let values = to_values(&bytes);
    let rebuilt = reconstruct(&loaded, &values)?;
    let mut facts = Reconstruction {
        picture,
        model: loaded.label.clone(),
        mse: mse(&rebuilt, &values) as f32,
        pixels: Arc::new(to_image(&rebuilt, loaded.faces.size)),
        nearest: None,
    };
    match stock.code_index(reference, Metric::L2, false) {
        Ok(gallery) => {
            facts.nearest = gallery.brute().neighbours(picture, 1)?.first().copied();
            Ok(Outcome::Complete(ResponseBody::Reconstruction(facts)))
        }
        Err(Unavailable::Pending(need)) => {
            Ok(Outcome::Partial(ResponseBody::Reconstruction(facts), need))
        }
        // What is known is worth showing without a neighbour.
        Err(Unavailable::Failed(_)) => Ok(Outcome::Complete(ResponseBody::Reconstruction(facts))),
    }
}

/// What a model makes of one face's values.
pub(super) fn reconstruct(
    loaded: &crate::engine::cache::LoadedModel,
    values: &[f32],
) -> Result<Vec<f32>, Unavailable> {
    latent::reconstruct(loaded.model.as_ref(), values)
        .map_err(|error| Unavailable::Failed(format!("{}: {error}", loaded.label)))
}
