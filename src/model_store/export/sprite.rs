//! All pictures of a data set in one, as the projector wants them.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb, RgbImage};

use crate::dataset::Faces;
use crate::error::{Error, Result};

/// The projector's largest sprite, in pixels on a side.
const MAX_SPRITE_SIDE: u32 = 8192;

/// Largest thumbnail: larger ones are scaled down on the screen anyway.
const MAX_THUMBNAIL_SIDE: u32 = 64;

/// A square grid of thumbnails, row by row.
pub(super) struct Sprite {
    /// The grid; what is left of its last rows is black.
    pub image: RgbImage,
    /// A thumbnail's side in pixels.
    pub side: u32,
}

/// Pictures in a row and a thumbnail's side in pixels: as large as the pictures, but at most 64,
/// and so that the grid of `count` pictures fits into 8192 × 8192. `None` when it cannot.
fn layout(count: usize, picture_side: u32) -> Option<(u32, u32)> {
    let columns = u32::try_from(count).ok()?.checked_sub(1)?.isqrt() + 1;
    let side = (MAX_SPRITE_SIDE / columns)
        .min(MAX_THUMBNAIL_SIDE)
        .min(picture_side);
    (side > 0).then_some((columns, side))
}

/// Draws all faces. `step` is called before each with its row.
///
/// # Errors
/// When there is no face, or there are too many for one pixel each; errors of `step`.
pub(super) fn draw(faces: &Faces, mut step: impl FnMut(usize) -> Result<()>) -> Result<Sprite> {
    let size = faces.spec().size;
    let (columns, side) = layout(faces.len(), size).ok_or_else(|| {
        Error::invalid(
            "sprite",
            format!(
                "{} pictures do not fit into one of 8192 × 8192 pixels; write NAME.npy instead",
                faces.len()
            ),
        )
    })?;
    let mut image = RgbImage::new(columns * side, columns * side);
    for row in 0..faces.len() {
        step(row)?;
        let face: Option<ImageBuffer<Rgb<u8>, &[u8]>> =
            ImageBuffer::from_raw(size, size, faces.bytes(row));
        let Some(face) = face else { continue };
        let (x, y) = (row as u32 % columns * side, row as u32 / columns * side);
        let (x, y) = (i64::from(x), i64::from(y));
        if side == size {
            imageops::replace(&mut image, &face, x, y);
        } else {
            let thumbnail = imageops::resize(&face, side, side, FilterType::Triangle);
            imageops::replace(&mut image, &thumbnail, x, y);
        }
    }
    Ok(Sprite { image, side })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_are_as_large_as_the_grid_allows() {
        assert_eq!(layout(0, 64), None);
        assert_eq!(layout(1, 64), Some((1, 64)));
        assert_eq!(layout(4, 32), Some((2, 32)));
        assert_eq!(layout(5, 32), Some((3, 32)));
        // All of LFW.
        assert_eq!(layout(13_233, 128), Some((116, 64)));
        assert_eq!(layout(1_000_000, 64), Some((1000, 8)));
        assert_eq!(layout(8192 * 8192, 64), Some((8192, 1)));
        assert_eq!(layout(8192 * 8192 + 1, 64), None);
        for count in [2, 17, 9_525, 99_999] {
            let (columns, side) = layout(count, 96).unwrap();
            assert!(columns * side <= MAX_SPRITE_SIDE);
            assert!((columns as usize).pow(2) >= count);
        }
    }
}
