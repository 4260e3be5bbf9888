//! What a model makes of one picture, for Browse.

use std::sync::Arc;

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::file_cache::FileCache;
use crate::engine::protocol::{Rebuilt, Reconstruction, ResponseBody};
use crate::imaging::{to_image, to_values};
use crate::model_store::search::nearest_of_row;
use crate::model_store::{ModelRef, PictureRef};
use crate::search::Measure;
use crate::training::metrics::mse;

/// Nearest faces in an answer: as many as a large screen shows.
const NEIGHBOURS: usize = 12;

pub(super) fn reconstruct(
    cache: &DatasetCache,
    picture: usize,
    reference: &ModelRef,
    files: &mut FileCache,
) -> HandlerResult {
    let model = cache.model(reference)?;
    let faces = cache.faces(model.faces)?;
    let bytes = files.picture_bytes(&PictureRef::Index(picture), &faces)?;
    let mut reconstruction = Reconstruction {
        picture,
        model: model.label.clone(),
        rebuilt: None,
        nearest: Vec::new(),
    };
    if model.spec().kind.has_decoder() {
        let values = to_values(&bytes);
        let reconstructed = model.reconstruct(&values)?;
        reconstruction.rebuilt = Some(Rebuilt {
            mse: mse(&reconstructed, &values) as f32,
            pixels: Arc::new(to_image(&reconstructed, model.faces.size)),
        });
    }
    match cache.code_index(reference, Measure::default()) {
        Ok(index) => {
            reconstruction.nearest = nearest_of_row(&cache.dataset, &index, picture, NEIGHBOURS)?;
        }
        Err(Unavailable::Pending(resource)) => {
            let body = ResponseBody::Reconstruction(reconstruction);
            return Ok(Outcome::Partial(body, resource));
        }
        // The reconstruction is worth showing without a neighbour.
        Err(Unavailable::Failed(_)) => {}
    }
    Ok(Outcome::Complete(ResponseBody::Reconstruction(
        reconstruction,
    )))
}
