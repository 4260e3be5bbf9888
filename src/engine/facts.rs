//! What a model makes of one picture, for Browse.

use crate::engine::message::{Answer, Facts};
use crate::engine::pictures::{shown, to_values};
use crate::engine::stock::{Missing, Stock};
use crate::engine::thread::{Answered, Outcome};
use crate::engine::{ModelRef, Source, pictures};
use crate::latent;
use crate::search::{Index, Metric};
use crate::training::metrics::mse;

pub(super) fn answer(stock: &Stock, picture: usize, reference: &ModelRef) -> Answered {
    let loaded = stock.model(reference)?;
    let faces = stock.faces(loaded.faces)?;
    let source = Source::Picture(picture);
    let bytes = pictures::face_bytes(&source, &faces, &mut Default::default())?;
    let values = to_values(&bytes);
    let rebuilt = rebuild(&loaded, &values)?;
    let mut facts = Facts {
        picture,
        model: loaded.label.clone(),
        rebuilt_mse: mse(&rebuilt, &values) as f32,
        rebuilt: shown(&rebuilt, loaded.faces.size),
        nearest: None,
    };
    match stock.gallery(reference, Metric::L2, false) {
        Ok(gallery) => {
            facts.nearest = gallery.brute().neighbours(picture, 1)?.first().copied();
            Ok(Outcome::Whole(Answer::Facts(facts)))
        }
        Err(Missing::Need(need)) => Ok(Outcome::Part(Answer::Facts(facts), need)),
        // What is known is worth showing without a neighbour.
        Err(Missing::Failed(_)) => Ok(Outcome::Whole(Answer::Facts(facts))),
    }
}

/// What a model makes of one face's values.
pub(super) fn rebuild(
    loaded: &crate::engine::stock::Loaded,
    values: &[f32],
) -> Result<Vec<f32>, Missing> {
    latent::rebuild(loaded.model.as_ref(), values)
        .map_err(|error| Missing::Failed(format!("{}: {error}", loaded.label)))
}
