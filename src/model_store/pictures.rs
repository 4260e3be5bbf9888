//! A picture as a model sees it, from a face of a data set or from a file.

use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::data::no_dataset;
use super::loaded::LoadedModel;
use crate::dataset::face_crop::like_data;
use crate::dataset::faces::crop_and_resize;
use crate::dataset::picture_file::decode;
use crate::dataset::{Crop, Dataset, FaceCrop, FaceSpec};
use crate::error::{Error, Result};
use crate::imaging::to_values;

/// A picture to work on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureRef {
    /// A picture of the open data set, by index.
    Index(usize),
    /// Any picture file; cropped and resized as the data set's pictures are.
    File(PathBuf),
    /// A part of any picture file.
    Cropped(PathBuf, FaceCrop),
}

impl PictureRef {
    /// The part of a file that is the face.
    pub(crate) fn of_file(path: PathBuf, crop: FaceCrop) -> Self {
        match crop {
            FaceCrop::AsData => Self::File(path),
            crop => Self::Cropped(path, crop),
        }
    }
}

/// A picture that was named on the command line, as a model sees it.
pub(crate) struct QueryPicture {
    /// `[size, size, 3]`, RGB.
    pub bytes: Vec<u8>,
    /// A face's id, or the file's path.
    pub name: String,
    /// The row in the data set, for a face.
    pub row: Option<usize>,
    /// How it was cropped.
    pub crop: Crop,
}

impl QueryPicture {
    /// A picture file, or a face of the data set, cropped as the data set's are;
    /// without a data set as the pictures that the model was trained on.
    ///
    /// # Errors
    /// When it is neither, or the file is not a picture.
    pub fn find(text: &str, dataset: Option<&Dataset>, model: &LoadedModel) -> Result<Self> {
        let path = Path::new(text);
        let (file, name, row) = if path.is_file() {
            (path.to_path_buf(), text.to_string(), None)
        } else if text.contains('/') {
            return Err(if path.exists() {
                Error::invalid(text, "is not a picture file; name one, or a face")
            } else {
                Error::not_found(text, "there is no such picture file")
            });
        } else {
            let dataset = dataset.ok_or_else(no_dataset)?;
            let row = dataset
                .find_face(text)
                .map_err(|error| add_file_advice(text, error))?;
            (dataset.path(row), dataset.face_id(row), Some(row))
        };
        let crop = dataset.map_or(model.crop, Dataset::crop);
        Ok(Self {
            bytes: read_picture(&file, crop, model.faces)?,
            name,
            row,
            crop,
        })
    }

    /// Names it in requests.
    pub(crate) fn reference(&self) -> PictureRef {
        match self.row {
            Some(row) => PictureRef::Index(row),
            None => PictureRef::File(PathBuf::from(&self.name)),
        }
    }

    /// `[size, size, 3]`, −0.5 to 0.5.
    pub(crate) fn values(&self) -> Vec<f32> {
        to_values(&self.bytes)
    }
}

/// The text may have been meant as a file.
fn add_file_advice(text: &str, error: Error) -> Error {
    match error {
        Error::NotFound { what, advice } if Path::new(text).is_dir() => {
            Error::not_found(what, format!("this is a folder here, and {advice}"))
        }
        Error::NotFound { what, advice } => {
            Error::not_found(what, format!("there is no such file here, and {advice}"))
        }
        error => error,
    }
}

/// A picture file cropped and resized, RGB bytes `[size, size, 3]`.
///
/// # Errors
/// When the file cannot be read as a picture.
pub(crate) fn read_picture(path: &Path, crop: Crop, spec: FaceSpec) -> Result<Vec<u8>> {
    Ok(crop_and_resize(&decode(path)?, crop, spec))
}

/// The chosen part of a picture as a model sees it beside pictures that are cropped by `crop`:
/// RGB bytes `[size, size, 3]`.
pub(crate) fn crop_picture(
    picture: &RgbImage,
    face: FaceCrop,
    crop: Crop,
    spec: FaceSpec,
) -> Vec<u8> {
    crop_and_resize(&like_data(picture, face, crop), crop, spec)
}
