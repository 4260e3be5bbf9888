//! The request for faces from noise, and its response.

use std::sync::Arc;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::model_store::ModelRef;
use crate::model_store::from_noise::NoisePass;

/// Which faces to draw from noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseParams {
    /// A blind denoiser.
    pub model: ModelRef,
    /// How many faces.
    pub count: usize,
    /// The same seed gives the same faces.
    pub seed: u64,
    /// Passes of the network; `None` for as many as serve best.
    pub passes: Option<usize>,
}

/// Faces on their way from noise.
#[derive(Debug, Clone)]
pub struct FacesFromNoise {
    /// What was asked for; there may be more faces.
    pub params: NoiseParams,
    /// The denoiser's label.
    pub model: String,
    /// The passes so far, the latest last; of very many not all.
    pub passes: Vec<Arc<NoisePass>>,
    /// Passes to expect in all.
    pub expected: usize,
    /// Whether the latest pass is the last.
    pub is_done: bool,
}

impl FacesFromNoise {
    /// The faces of the last pass, as many as were asked for.
    pub(crate) fn pictures(&self) -> Vec<Arc<RgbImage>> {
        let last = self.passes.last().into_iter();
        let pictures = last.flat_map(|pass| &pass.pictures);
        pictures.take(self.params.count).cloned().collect()
    }
}
