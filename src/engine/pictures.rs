//! Pictures in and out: a source as a model sees it, values as they are shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use image::RgbImage;

use crate::dataset::faces::{byte_to_value, crop_and_resize, decode, value_to_byte};
use crate::dataset::{Crop, FaceSpec, Faces};
use crate::engine::PictureRef;
use crate::error::{Error, Result};

/// How much stronger than they are differences are drawn.
const DIFFERENCE_GAIN: f32 = 4.0;

/// Values `[size, size, 3]`, −0.5 to 0.5, as a picture; clipped.
pub fn to_image(values: &[f32], size: u32) -> Arc<RgbImage> {
    image_from_bytes(
        values.iter().map(|&value| value_to_byte(value)).collect(),
        size,
    )
}

/// 0.5 + 4 × (one − other) for values as [`to_image`] takes them; clipped.
pub fn difference_image(one: &[f32], other: &[f32], size: u32) -> Arc<RgbImage> {
    let scaled: Vec<f32> = one
        .iter()
        .zip(other)
        .map(|(one, other)| DIFFERENCE_GAIN * (one - other))
        .collect();
    to_image(&scaled, size)
}

/// Bytes `[size, size, 3]` as a picture.
pub(super) fn image_from_bytes(bytes: Vec<u8>, size: u32) -> Arc<RgbImage> {
    Arc::new(RgbImage::from_raw(size, size, bytes).unwrap_or_default())
}

/// A file that was read last, so that a slider does not decode it anew.
#[derive(Debug, Default)]
pub(super) struct FileCache(Option<CachedFile>);

/// A file as it was seen.
#[derive(Debug)]
struct CachedFile {
    path: PathBuf,
    modified: Option<SystemTime>,
    crop: Crop,
    spec: FaceSpec,
    bytes: Vec<u8>,
}

/// The bytes `[size, size, 3]` of a source as a model of these faces sees it.
///
/// # Errors
/// When there is no such picture, or the file cannot be read as one.
pub(super) fn face_bytes(
    source: &PictureRef,
    faces: &Faces,
    last: &mut FileCache,
) -> Result<Vec<u8>> {
    match source {
        PictureRef::Index(index) if *index < faces.len() => Ok(faces.bytes(*index).to_vec()),
        PictureRef::Index(index) => Err(Error::not_found(
            format!("picture {index}"),
            format!("the data set has {}", faces.len()),
        )),
        PictureRef::File(path) => {
            let changed = path.metadata().and_then(|data| data.modified()).ok();
            let (crop, spec) = (faces.crop(), faces.spec());
            if let Some(seen) = &last.0
                && (&seen.path, seen.modified) == (path, changed)
                && (seen.crop, seen.spec) == (crop, spec)
            {
                return Ok(seen.bytes.clone());
            }
            let bytes = crop_and_resize(&decode(path)?, crop, spec);
            last.0 = Some(CachedFile {
                path: path.clone(),
                modified: changed,
                crop,
                spec,
                bytes: bytes.clone(),
            });
            Ok(bytes)
        }
    }
}

/// Bytes as a network sees them.
pub(super) fn to_values(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| byte_to_value(byte)).collect()
}
