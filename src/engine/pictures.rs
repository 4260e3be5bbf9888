//! Pictures in and out: a source as a model sees it, values as they are shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use image::RgbImage;

use crate::dataset::faces::{decode, prepare, to_byte, to_unit};
use crate::dataset::{Crop, FaceSpec, Faces};
use crate::engine::Source;
use crate::error::{Error, Result};

/// How much stronger than they are differences are drawn.
const DIFFERENCE_GAIN: f32 = 4.0;

/// Values `[size, size, 3]`, −0.5 to 0.5, as a picture; clipped.
pub fn shown(values: &[f32], size: u32) -> Arc<RgbImage> {
    from_bytes(values.iter().map(|&value| to_byte(value)).collect(), size)
}

/// 0.5 + 4 × (one − other) for values as [`shown`] takes them; clipped.
pub fn difference(one: &[f32], other: &[f32], size: u32) -> Arc<RgbImage> {
    let scaled: Vec<f32> = one
        .iter()
        .zip(other)
        .map(|(one, other)| DIFFERENCE_GAIN * (one - other))
        .collect();
    shown(&scaled, size)
}

/// Bytes `[size, size, 3]` as a picture.
pub(super) fn from_bytes(bytes: Vec<u8>, size: u32) -> Arc<RgbImage> {
    Arc::new(RgbImage::from_raw(size, size, bytes).unwrap_or_default())
}

/// A file that was read last, so that a slider does not decode it anew.
#[derive(Debug, Default)]
pub(super) struct LastFile(Option<Seen>);

/// A file as it was seen.
#[derive(Debug)]
struct Seen {
    path: PathBuf,
    changed: Option<SystemTime>,
    crop: Crop,
    spec: FaceSpec,
    bytes: Vec<u8>,
}

/// The bytes `[size, size, 3]` of a source as a model of these faces sees it.
///
/// # Errors
/// When there is no such picture, or the file cannot be read as one.
pub(super) fn face_bytes(source: &Source, faces: &Faces, last: &mut LastFile) -> Result<Vec<u8>> {
    match source {
        Source::Picture(index) if *index < faces.len() => Ok(faces.bytes(*index).to_vec()),
        Source::Picture(index) => Err(Error::not_found(
            format!("picture {index}"),
            format!("the data set has {}", faces.len()),
        )),
        Source::File(path) => {
            let changed = path.metadata().and_then(|data| data.modified()).ok();
            let (crop, spec) = (faces.crop(), faces.spec());
            if let Some(seen) = &last.0
                && (&seen.path, seen.changed) == (path, changed)
                && (seen.crop, seen.spec) == (crop, spec)
            {
                return Ok(seen.bytes.clone());
            }
            let bytes = prepare(&decode(path)?, crop, spec);
            last.0 = Some(Seen {
                path: path.clone(),
                changed,
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
    bytes.iter().map(|&byte| to_unit(byte)).collect()
}
