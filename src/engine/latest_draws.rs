//! The faces that were drawn from noise last: they go on where they were when they are asked for
//! again.

use std::path::PathBuf;

use super::protocol::{NoiseParams, RequestId};
use crate::error::Result;
use crate::generation::SamplerSettings;
use crate::model_store::LoadedModel;
use crate::model_store::from_noise::DrawsFromNoise;

/// Most faces of one request: the screen has no room to show more.
const MAX_FACES: usize = 256;

/// Draws, and what was asked for.
#[derive(Debug)]
pub(super) struct LatestDraws {
    params: NoiseParams,
    /// Changes while the denoiser is trained.
    checkpoint: Option<PathBuf>,
    /// The request that was answered last; `None` before the first answer.
    answered: Option<RequestId>,
    pub(super) draws: DrawsFromNoise,
}

impl LatestDraws {
    /// The draws of a request: the latest ones if they hold its faces, else new ones. A request
    /// that is answered again is one pass farther.
    ///
    /// # Errors
    /// When the model is not a blind denoiser, or a picture is not finite.
    pub(super) fn advance(
        latest: Option<Self>,
        denoiser: &LoadedModel,
        params: &NoiseParams,
        id: RequestId,
    ) -> Result<Self> {
        let mut draws = match latest.filter(|latest| latest.fit(denoiser, params)) {
            Some(latest) => latest,
            None => Self::begin(denoiser, params)?,
        };
        if draws.answered == Some(id) {
            draws.draws.step()?;
        }
        draws.answered = Some(id);
        Ok(draws)
    }

    fn begin(denoiser: &LoadedModel, params: &NoiseParams) -> Result<Self> {
        let settings = SamplerSettings::default();
        let settings = match params.passes {
            Some(passes) => settings.with_passes(passes),
            None => settings,
        };
        let count = params.count.min(MAX_FACES);
        Ok(Self {
            params: params.clone(),
            checkpoint: denoiser.checkpoint.clone(),
            answered: None,
            draws: DrawsFromNoise::begin(denoiser, settings, params.seed, count)?,
        })
    }

    /// Whether these are the faces of a request, or more.
    fn fit(&self, denoiser: &LoadedModel, params: &NoiseParams) -> bool {
        let count = self.params.count;
        let as_many = NoiseParams {
            count,
            ..params.clone()
        };
        self.params == as_many && count >= params.count && self.checkpoint == denoiser.checkpoint
    }
}
