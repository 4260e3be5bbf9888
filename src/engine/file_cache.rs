//! The picture file that was read last, so that a slider does not decode it anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use image::RgbImage;

use crate::dataset::{Crop, Dataset, FaceCrop, FaceSpec, Faces, picture_file};
use crate::error::{Error, Result};
use crate::model_store::PictureRef;
use crate::model_store::pictures::crop_picture;
use crate::model_store::search::copies_of_file;

/// Larger pictures are not kept, but what models see of them is.
const MAX_KEPT_PIXELS: u64 = 16 << 20;

/// Ways to crop and resize a file that are kept: one for each encoder that Search shows.
const MAX_VIEWS: usize = 8;

/// Holds one picture file as models see it.
#[derive(Debug, Default)]
pub(super) struct FileCache(Option<CachedFile>);

/// A file as it was when it was read.
#[derive(Debug)]
struct CachedFile {
    path: PathBuf,
    modified: Option<SystemTime>,
    /// None of a large one.
    picture: Option<Arc<RgbImage>>,
    /// What models see, the latest last.
    views: Vec<(View, Vec<u8>)>,
    /// The pictures of the data set of this fingerprint that have the same bytes.
    copies: Option<(String, Vec<usize>)>,
}

/// Which part of it, cropped as pictures of the data set, at which size.
type View = (FaceCrop, Crop, FaceSpec);

impl FileCache {
    /// The bytes `[size, size, 3]` of a picture as a model of these faces sees it.
    ///
    /// # Errors
    /// When there is no such picture, or the file cannot be read as one.
    pub(crate) fn picture_bytes(&mut self, picture: &PictureRef, faces: &Faces) -> Result<Vec<u8>> {
        let (path, face) = match picture {
            &PictureRef::Index(index) if index < faces.len() => {
                return Ok(faces.bytes(index).to_vec());
            }
            PictureRef::Index(index) => {
                return Err(Error::not_found(
                    format!("picture {index}"),
                    format!("the data set has {}", faces.len()),
                ));
            }
            PictureRef::File(path) => (path, FaceCrop::AsData),
            PictureRef::Cropped(path, face) => (path, *face),
        };
        let view = (face, faces.crop(), faces.spec());
        let cached = self.of(path);
        if let Some((_, bytes)) = cached.views.iter().find(|(known, _)| *known == view) {
            return Ok(bytes.clone());
        }
        let picture = cached.picture()?;
        let bytes = crop_picture(&picture, face, faces.crop(), faces.spec());
        if cached.views.len() == MAX_VIEWS {
            cached.views.remove(0);
        }
        cached.views.push((view, bytes.clone()));
        Ok(bytes)
    }

    /// The pictures of the data set whose files have the same bytes, ascending.
    pub(crate) fn copies(&mut self, path: &Path, dataset: &Dataset) -> Vec<usize> {
        let cached = self.of(path);
        match &cached.copies {
            Some((fingerprint, copies)) if *fingerprint == dataset.fingerprint => copies.clone(),
            _ => {
                let copies = copies_of_file(dataset, path);
                cached.copies = Some((dataset.fingerprint.clone(), copies.clone()));
                copies
            }
        }
    }

    /// What is known of a file as it is now.
    fn of(&mut self, path: &Path) -> &mut CachedFile {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        let known = self
            .0
            .take()
            .filter(|known| (known.path.as_path(), known.modified) == (path, modified));
        self.0.insert(known.unwrap_or_else(|| CachedFile {
            path: path.to_path_buf(),
            modified,
            picture: None,
            views: Vec::new(),
            copies: None,
        }))
    }
}

impl CachedFile {
    fn picture(&mut self) -> Result<Arc<RgbImage>> {
        if let Some(picture) = &self.picture {
            return Ok(picture.clone());
        }
        let picture = Arc::new(picture_file::decode(&self.path)?);
        let pixels = u64::from(picture.width()) * u64::from(picture.height());
        if pixels <= MAX_KEPT_PIXELS {
            self.picture = Some(picture.clone());
        }
        Ok(picture)
    }
}
