//! Faces that rise from noise, pass by pass.

use super::outcome::{HandlerResult, Outcome};
use crate::engine::cache::DatasetCache;
use crate::engine::latest_draws::LatestDraws;
use crate::engine::protocol::{FacesFromNoise, NoiseParams, RequestId, ResponseBody};

/// Answers [`Request::FromNoise`](crate::engine::Request::FromNoise): at once with the passes that
/// are there, then after each pass.
pub(super) fn from_noise(
    cache: &DatasetCache,
    params: &NoiseParams,
    id: RequestId,
    latest: &mut Option<LatestDraws>,
) -> HandlerResult {
    let denoiser = cache.model(&params.model)?;
    let advanced = LatestDraws::advance(latest.take(), &denoiser, params, id)?;
    let draws = &advanced.draws;
    let is_done = draws.is_done();
    let body = ResponseBody::FromNoise(FacesFromNoise {
        params: params.clone(),
        model: denoiser.label.clone(),
        passes: draws.passes().to_vec(),
        expected: draws.expected(),
        is_done,
    });
    *latest = Some(advanced);
    Ok(if is_done {
        Outcome::Complete(body)
    } else {
        Outcome::Continued(body)
    })
}
