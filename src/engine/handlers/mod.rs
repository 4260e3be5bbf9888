//! Answers to requests, one kind per file. Handlers never wait: they name what is not
//! in the cache, and the loader loads it.

mod denoise;
mod draws;
mod from_noise;
mod generate;
mod origin;
mod outcome;
mod reconstruct;
mod save;
mod search;
mod seen;
mod sharp;
mod verify;

use super::cache::{DatasetCache, Unavailable};
use super::protocol::{Request, RequestId, ResponseBody};
use super::queue::PendingRequest;
use super::recent::Recent;
use crate::error::Result;
use crate::model_store::{ModelInfo, list_models};
use crate::paths::Paths;
use crate::training::first_faces;

pub(super) use denoise::BASELINE_CODE_SIZE;
use outcome::HandlerResult;
pub(super) use outcome::Outcome;

/// Answers one request on the open data set.
pub(super) fn handle(
    pending: &PendingRequest,
    paths: &Paths,
    cache: Option<&DatasetCache>,
    recent: &mut Recent,
) -> HandlerResult {
    let PendingRequest { id, request } = pending;
    if let Request::Save {
        pictures,
        made_by,
        columns,
        name,
    } = request
    {
        let recipe = match (cache, made_by) {
            (Some(cache), Some(request)) => save::recipe(cache, request),
            _ => None,
        };
        let saved = save::save(paths, (pictures, *columns), name, recipe.as_ref())?;
        return Ok(Outcome::Complete(ResponseBody::Saved(saved)));
    }
    let Some(cache) = cache else {
        return Err(Unavailable::Failed("no data set is open yet".to_string()));
    };
    let answer = answer(*id, request, cache, recent)?;
    Ok(answer.answering(request))
}

/// Answers a request about the open data set.
fn answer(
    id: RequestId,
    request: &Request,
    cache: &DatasetCache,
    recent: &mut Recent,
) -> HandlerResult {
    let files = &mut recent.files;
    match request {
        Request::ListModels => Ok(Outcome::Complete(ResponseBody::Models(models(cache)?))),
        Request::Reconstruct { picture, model } => {
            reconstruct::reconstruct(cache, *picture, model, files)
        }
        Request::Denoise { params, damage } => denoise::denoise(cache, params, *damage, files),
        Request::NoiseSweep { params, damages } => denoise::sweep(cache, params, damages, files),
        Request::Draw(params) => draws::draw(cache, params, id, recent),
        Request::Verify { encoders, stamp } => Ok(verify::verify(cache, encoders, *stamp)),
        Request::Search(params) => search::search(cache, params, id, recent),
        Request::Morph { .. }
        | Request::Vary { .. }
        | Request::Sample { .. }
        | Request::Along { .. }
        | Request::Axes { .. }
        | Request::Square { .. } => generate::generate(cache, request, id, recent),
        Request::FromNoise(params) => from_noise::from_noise(cache, params, id, &mut recent.draws),
        Request::Origin { model, picture } => origin::origin(cache, model, picture),
        Request::SeenFaces { models } => Ok(seen::seen_faces(cache, models)),
        Request::FirstFaces { specs, count } => {
            let faces = first_faces(&cache.dataset, specs, *count);
            Ok(Outcome::Complete(ResponseBody::FirstFaces(faces)))
        }
        Request::CodeSizeCurve { run, stamp } => {
            let curve = cache.code_size_curve(run, *stamp)?;
            Ok(Outcome::Complete(ResponseBody::CodeSizeCurve(curve)))
        }
        Request::Open { .. } | Request::Save { .. } => Err(Unavailable::Failed(
            "the request is not about the open data set".to_string(),
        )),
    }
}

/// The models to choose from, with what the cache knows of them.
fn models(cache: &DatasetCache) -> Result<Vec<ModelInfo>> {
    let mut models = list_models(&cache.paths, &cache.dataset)?;
    for model in &mut models {
        if let Some(checkpoint) = &model.checkpoint {
            cache.drop_stale_run(&model.reference, checkpoint);
        }
        model.ready = cache.model(&model.reference).is_ok();
    }
    Ok(models)
}
