//! The picture file that was read last, so that a slider does not decode it anew.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::dataset::{Crop, FaceSpec, Faces};
use crate::error::{Error, Result};
use crate::model_store::PictureRef;
use crate::model_store::pictures::read_picture;

/// Holds one picture file as models see it.
#[derive(Debug, Default)]
pub(super) struct FileCache(Option<CachedFile>);

/// A file as it was when it was read.
#[derive(Debug)]
struct CachedFile {
    path: PathBuf,
    modified: Option<SystemTime>,
    crop: Crop,
    spec: FaceSpec,
    bytes: Vec<u8>,
}

impl FileCache {
    /// The bytes `[size, size, 3]` of a picture as a model of these faces sees it.
    ///
    /// # Errors
    /// When there is no such picture, or the file cannot be read as one.
    pub(crate) fn picture_bytes(&mut self, picture: &PictureRef, faces: &Faces) -> Result<Vec<u8>> {
        match picture {
            &PictureRef::Index(index) if index < faces.len() => Ok(faces.bytes(index).to_vec()),
            PictureRef::Index(index) => Err(Error::not_found(
                format!("picture {index}"),
                format!("the data set has {}", faces.len()),
            )),
            PictureRef::File(path) => self.file_bytes(path, faces.crop(), faces.spec()),
        }
    }

    fn file_bytes(&mut self, path: &Path, crop: Crop, spec: FaceSpec) -> Result<Vec<u8>> {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        if let Some(cached) = &self.0
            && (cached.path.as_path(), cached.modified) == (path, modified)
            && (cached.crop, cached.spec) == (crop, spec)
        {
            return Ok(cached.bytes.clone());
        }
        let bytes = read_picture(path, crop, spec)?;
        self.0 = Some(CachedFile {
            path: path.to_path_buf(),
            modified,
            crop,
            spec,
            bytes: bytes.clone(),
        });
        Ok(bytes)
    }
}
