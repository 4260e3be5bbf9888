//! The grey part of a face that is described.

use crate::models::spec::DESCRIPTOR_SIZE;

/// The side of the pictures, and the part of them that is described: the middle columns, on which
/// hair and background show less.
pub(super) const SIDE: usize = DESCRIPTOR_SIZE as usize;
pub(super) const WIDTH: usize = 92;
pub(super) const HEIGHT: usize = 126;
const LEFT: usize = (SIDE - WIDTH) / 2;
const TOP: usize = (SIDE - HEIGHT) / 2;

/// A grey picture, 0 to 255, row-major.
pub(crate) struct Grey {
    pub width: usize,
    pub height: usize,
    values: Vec<f32>,
}

impl Grey {
    /// The described part of a face, bytes `[SIDE, SIDE, 3]`: its luma by ITU-R BT.601, rounded.
    pub(super) fn of_face(face: &[u8]) -> Self {
        Self::from_fn(WIDTH, HEIGHT, |x, y| {
            luma(face, (y + TOP) * SIDE + x + LEFT)
        })
    }

    /// A whole square picture, bytes `[side, side, 3]`.
    pub(crate) fn of_picture(picture: &[u8], side: usize) -> Self {
        Self::from_fn(side, side, |x, y| luma(picture, y * side + x))
    }

    pub(crate) fn from_fn(
        width: usize,
        height: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let at = |index| value(index % width, index / width);
        Self {
            width,
            height,
            values: (0..width * height).map(at).collect(),
        }
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }
}

/// The luma of a pixel by ITU-R BT.601, rounded.
fn luma(picture: &[u8], pixel: usize) -> f32 {
    let at = pixel * 3;
    let [red, green, blue] = [picture[at], picture[at + 1], picture[at + 2]].map(u32::from);
    ((299 * red + 587 * green + 114 * blue + 500) / 1000) as f32
}
