//! A preview's faces side by side.

use std::sync::Arc;

use super::messages::{FaceStrip, PreviewStrip};
use crate::imaging::{face_grid, image_from_bytes};
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
    let size = preview.size as u32;
    let row = |pixels: &[u8]| {
        let each = 0..pixels.len() / (preview.size * preview.size * 3).max(1);
        let face = |index| Arc::new(image_from_bytes(preview.face(pixels, index).to_vec(), size));
        Some(FaceStrip {
            whole: Arc::new(face_grid(&[pixels], size, 0)?),
            faces: each.map(face).collect(),
        })
    };
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
