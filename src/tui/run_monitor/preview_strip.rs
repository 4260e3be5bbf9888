//! A preview's faces side by side.

use std::sync::Arc;

use super::messages::PreviewStrip;
use crate::imaging::face_grid;
use crate::runs::preview::Preview;

/// The most faces of a strip.
const MAX_FACES: usize = 64;

/// The preview's faces side by side; `None` if it holds no face. `worst` is whether
/// they are the faces with the largest errors.
pub(super) fn preview_strip(preview: &Preview, worst: bool) -> Option<PreviewStrip> {
    let faces = preview.faces();
    if faces == 0 {
        return None;
    }
    let row = |pixels: &[u8]| face_grid(&[pixels], preview.size as u32, 0).map(Arc::new);
    Some(PreviewStrip {
        step: preview.step,
        faces: faces.min(MAX_FACES) as u16,
        held_out: preview.held_out,
        worst,
        clean: row(&preview.clean)?,
        noisy: row(&preview.noisy),
        reconstructed: row(&preview.reconstructed)?,
    })
}
