//! The pictures of requests, cropped and resized for a model.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::dataset::faces::{crop_and_resize, decode};
use crate::dataset::{Crop, FaceSpec, Faces};
use crate::engine::PictureRef;
use crate::error::{Error, Result};

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
