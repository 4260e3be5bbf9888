//! A preview's faces as one picture.

use image::{RgbImage, imageops};

use crate::error::{Error, Result};
use crate::imaging::{encode_png, face_grid};
use crate::runs::preview::Preview;

/// Pixels between faces, and to the right of and below the last ones.
const GAP: u32 = 2;

/// Clean, noisy (if any) and reconstructed faces as rows of a PNG; its width and height in pixels.
pub(super) fn png(preview: &Preview) -> Result<(Vec<u8>, u32, u32)> {
    let rows = [&preview.clean, &preview.noisy, &preview.reconstructed];
    let rows: Vec<&[u8]> = rows
        .into_iter()
        .filter(|pixels| !pixels.is_empty())
        .map(Vec::as_slice)
        .collect();
    let faces = face_grid(&rows, preview.size as u32, GAP).ok_or_else(|| {
        Error::invalid(
            format!("preview of step {}", preview.step),
            "it has no faces",
        )
    })?;
    let (width, height) = (faces.width() + GAP, faces.height() + GAP);
    let mut sheet = RgbImage::new(width, height);
    imageops::replace(&mut sheet, &faces, 0, 0);
    Ok((encode_png(&sheet)?, width, height))
}
