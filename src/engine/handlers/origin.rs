//! Whether a made face was made or remembered.

use std::sync::Arc;

use image::RgbImage;

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::protocol::{PictureOrigin, Resemblance, ResponseBody};
use crate::error::{Error, Result};
use crate::model_store::ModelRef;
use crate::model_store::origin::KnownFaces;

/// Answers [`Request::Origin`](crate::engine::Request::Origin) when the real faces are known.
pub(super) fn origin(
    cache: &DatasetCache,
    model: &ModelRef,
    picture: &Arc<RgbImage>,
) -> HandlerResult {
    let found = match cache.known_faces(model) {
        Ok(known) => resemblance(cache, &known, picture).map_err(|error| error.to_string()),
        // That a face cannot be compared is no failure of what made it.
        Err(Unavailable::Failed(problem)) => Err(problem),
        Err(pending) => return Err(pending),
    };
    Ok(Outcome::Complete(ResponseBody::Origin(PictureOrigin {
        model: model.clone(),
        picture: picture.clone(),
        found,
    })))
}

fn resemblance(
    cache: &DatasetCache,
    known: &KnownFaces,
    picture: &RgbImage,
) -> Result<Resemblance> {
    let nothing = || Error::invalid("picture", "there is no face to compare it with");
    let origins = known.origins(picture.as_raw())?;
    let origin = origins.first().ok_or_else(nothing)?;
    let likest = origin.resemblances.first().ok_or_else(nothing)?;
    Ok(Resemblance {
        verdict: origin.verdict,
        words: origin.describe(|face| cache.dataset.face_name(face)),
        face: likest.face,
        space: likest.space,
        closer_than: likest.closer_than,
        is_held_against_unseen: known.has_unseen,
    })
}
