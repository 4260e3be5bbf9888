//! Faces from noise as a fake denoiser draws them.

use std::sync::Arc;

use lfw_tui::engine::{FacesFromNoise, NoiseParams, NoisePass, ResponseBody};

use super::stage::{label, plain};

/// Passes that a fake denoiser makes.
pub const PASSES: usize = 8;

/// Faces from noise before the first pass and after so many less one.
pub fn risen(params: &NoiseParams, passes: usize) -> ResponseBody {
    let pass = |number: usize| {
        let picture = |face: usize| plain((40 + 20 * number + face) as u8);
        Arc::new(NoisePass {
            number,
            sigma: 1.0 / (number + 1) as f32,
            pictures: (0..params.count).map(picture).collect(),
        })
    };
    ResponseBody::FromNoise(FacesFromNoise {
        params: params.clone(),
        model: label(&params.model),
        passes: (0..passes).map(pass).collect(),
        expected: PASSES,
        is_done: passes > PASSES,
    })
}
