//! Which pictures models were fitted on.

use super::outcome::Outcome;
use crate::engine::cache::DatasetCache;
use crate::engine::protocol::{ResponseBody, SeenFaces};
use crate::model_store::data::{Seen, seen_by_references};
use crate::model_store::{ModelRef, ModelSource};

/// Answers [`Request::SeenFaces`](crate::engine::Request::SeenFaces). What cannot be read is
/// unknown.
pub(super) fn seen_faces(cache: &DatasetCache, models: &[ModelRef]) -> Outcome {
    let seen = |reference: &ModelRef| {
        let source = ModelSource::from_ref(&cache.paths, reference)?;
        source.seen(&cache.dataset)
    };
    let models = models
        .iter()
        .map(|reference| (reference.clone(), seen(reference).unwrap_or(Seen::Unknown)))
        .collect();
    let references = seen_by_references(&cache.dataset).unwrap_or(Seen::Unknown);
    Outcome::Complete(ResponseBody::SeenFaces(SeenFaces { models, references }))
}
