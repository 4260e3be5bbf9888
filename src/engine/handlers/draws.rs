//! Draws from the faces that may be behind a damaged picture.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::denoise::{Output, compare};
use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::draws_under_way::DrawsUnderWay;
use crate::engine::protocol::{DrawParams, DrawResults, Drawn, RequestId, ResponseBody};
use crate::engine::recent::Recent;
use crate::error::Result;
use crate::generation::constraint::Damage;
use crate::generation::{SamplerSettings, mean_picture};
use crate::imaging::{to_image, to_values};
use crate::model_store::denoise::answer;
use crate::model_store::draws::draw_faces;

/// Most draws of one request: the screen has no room to show more.
const MAX_DRAWS: usize = 64;
/// After this time of passes the draws are shown as they are, and other requests have their turn.
const TURN: Duration = Duration::from_millis(50);

/// Answers [`Request::Draw`](crate::engine::Request::Draw) with the draws after some passes, until
/// they are done.
pub(super) fn draw(
    cache: &DatasetCache,
    params: &DrawParams,
    id: RequestId,
    recent: &mut Recent,
) -> HandlerResult {
    let under_way = recent.posterior.take().filter(|draws| draws.id == id);
    let mut draws = match under_way {
        Some(draws) => draws,
        None => begin(cache, params, id, recent)?,
    };
    let began = Instant::now();
    while !draws.sampling.is_done() {
        draws.sampling.step()?;
        if began.elapsed() >= TURN {
            break;
        }
    }
    draws.elapsed += began.elapsed();
    let is_done = draws.sampling.is_done();
    let body = ResponseBody::Drawn(show(&draws, params)?);
    if is_done {
        return Ok(Outcome::Complete(body));
    }
    recent.posterior = Some(draws);
    Ok(Outcome::Continued(body))
}

fn begin(
    cache: &DatasetCache,
    params: &DrawParams,
    id: RequestId,
    recent: &mut Recent,
) -> Result<DrawsUnderWay, Unavailable> {
    let model = cache.model(&params.model)?;
    let faces = cache.faces(model.faces)?;
    let began = Instant::now();
    let clean = to_values(&recent.files.picture_bytes(&params.source, &faces)?);
    let damaged = params
        .damage
        .apply(&clean, model.faces.size, params.noise_seed)?;
    let items = (0..params.count.min(MAX_DRAWS) as u64).collect();
    let draws = (params.draw_seed, items);
    let settings = SamplerSettings::default();
    Ok(DrawsUnderWay {
        id,
        sampling: draw_faces(&model, settings, draws, params.damage, &damaged)?,
        model,
        clean,
        damaged,
        elapsed: began.elapsed(),
    })
}

/// The draws as they are now.
fn show(draws: &DrawsUnderWay, params: &DrawParams) -> Result<Drawn> {
    let size = draws.model.faces.size;
    let sampling = &draws.sampling;
    let expected = sampling.expected_passes().max(sampling.passes());
    let faces = sampling.pictures();
    let results = if sampling.is_done() {
        results(draws, params.damage)?
    } else {
        None
    };
    Ok(Drawn {
        model: draws.model.label.clone(),
        damage: params.damage,
        faces: faces
            .map(|values| Arc::new(to_image(values, size)))
            .collect(),
        passes: (sampling.passes(), expected),
        results,
        elapsed: draws.elapsed,
        made_by: None,
    })
}

/// The draws and their mean, compared with the clean picture; `None` without draws.
fn results(draws: &DrawsUnderWay, damage: Damage) -> Result<Option<DrawResults>> {
    let compared = |label: String, values: Vec<f32>| {
        let output = Output {
            label,
            model: Some(draws.model.reference.clone()),
            values,
        };
        compare(output, &draws.clean, draws.model.faces.size)
    };
    let pictures = draws.sampling.pictures().enumerate();
    let Some(mean) = mean_picture(draws.sampling.pictures()) else {
        return Ok(None);
    };
    let picture = |values: &[f32]| Arc::new(to_image(values, draws.model.faces.size));
    Ok(Some(DrawResults {
        clean: picture(&draws.clean),
        damaged: picture(&draws.damaged),
        answer: picture(&answer(&draws.model, damage, &draws.damaged)?),
        draws: pictures
            .map(|(at, values)| compared(format!("draw {}", at + 1), values.to_vec()))
            .collect(),
        mean: compared("mean of draws".to_string(), mean),
    }))
}
