//! A preview as one picture.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

use crate::error::{Error, Result};
use crate::runs::preview::Preview;

/// Pixels between faces.
const GAP: u32 = 2;

/// Clean, noisy (if any) and rebuilt faces as rows of a PNG; its width and
/// height in pixels.
pub(super) fn png(preview: &Preview) -> Result<(Vec<u8>, u32, u32)> {
    let rows: Vec<&[u8]> = [&preview.clean, &preview.noisy, &preview.reconstructed]
        .into_iter()
        .filter(|pixels| !pixels.is_empty())
        .map(Vec::as_slice)
        .collect();
    let size = preview.size as u32;
    let faces = preview.faces() as u32;
    let side = |count: u32| count * (size + GAP);
    let (width, height) = (side(faces).max(1), side(rows.len() as u32).max(1));
    let mut picture = RgbImage::new(width, height);
    for (row, pixels) in rows.into_iter().enumerate() {
        for face in 0..faces {
            let bytes = preview.face(pixels, face as usize);
            if let Some(face_picture) = RgbImage::from_raw(size, size, bytes.to_vec()) {
                let (x, y) = (side(face), side(row as u32));
                image::imageops::replace(&mut picture, &face_picture, x.into(), y.into());
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Error::invalid(format!("preview of step {}", preview.step), error))?;
    Ok((bytes.into_inner(), width, height))
}
