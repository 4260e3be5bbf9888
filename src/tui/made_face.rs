//! A face that was made and takes the selected face's place.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::dataset::FaceCrop;
use crate::engine::PictureRef;

/// A face that was made, in a picture file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MadeFace {
    /// The file.
    pub path: PathBuf,
    /// What the screen calls it.
    pub name: String,
    /// Its pixels, not enlarged.
    pub pixels: Arc<RgbImage>,
}

impl MadeFace {
    /// Names it in requests.
    pub(crate) fn picture(&self) -> PictureRef {
        PictureRef::Cropped(self.path.clone(), FaceCrop::Whole)
    }
}

/// A face that is being saved, to be selected then.
#[derive(Debug)]
pub(super) struct SavedNext {
    /// As [`MadeFace::name`].
    pub name: String,
    /// As [`MadeFace::pixels`].
    pub pixels: Arc<RgbImage>,
}
