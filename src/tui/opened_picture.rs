//! A picture file that was opened as a query: what is shown of it, and which part of it was
//! the face the last time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{RgbImage, imageops};
use serde::{Deserialize, Serialize};

use crate::dataset::{FaceCrop, picture_file};
use crate::display::escaped;
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders, replace_file};

/// The longest side of what is shown, in pixels.
const PREVIEW_SIDE: u32 = 480;

/// Files whose crops are remembered.
const MAX_REMEMBERED: usize = 500;

/// The least difference of brightness in a picture that shows something.
const LEAST_CONTRAST: u8 = 8;

/// A picture file that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenedPicture {
    /// The file.
    pub path: PathBuf,
    /// Its width and height in pixels.
    pub size: (u32, u32),
    /// A smaller copy of it.
    pub preview: Arc<RgbImage>,
    /// The part of it that was the face the last time.
    pub crop: FaceCrop,
    /// What the user should know of it.
    pub remark: Option<String>,
}

impl OpenedPicture {
    /// Reads a file, and how it was cropped the last time.
    ///
    /// # Errors
    /// When it cannot be read as a picture, or shows nothing.
    pub(crate) fn read(paths: &Paths, path: PathBuf) -> Result<Self> {
        let picture = picture_file::decode_visible(&path)?;
        let size = picture.dimensions();
        let longest = size.0.max(size.1);
        let preview = if longest > PREVIEW_SIDE {
            let scaled = |side: u32| {
                let scaled = u64::from(side) * u64::from(PREVIEW_SIDE) / u64::from(longest);
                scaled.max(1) as u32
            };
            imageops::thumbnail(&picture, scaled(size.0), scaled(size.1))
        } else {
            picture
        };
        let remark = is_plain(&preview).then(|| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let name = name.to_string_lossy();
            format!(
                "{} is of one colour: what is near it says nothing",
                escaped(&name)
            )
        });
        Ok(Self {
            crop: remembered_crop(paths, &path),
            path,
            size,
            preview: Arc::new(preview),
            remark,
        })
    }
}

/// Whether a picture is of one colour.
fn is_plain(picture: &RgbImage) -> bool {
    (0..3).all(|channel| {
        let values = || picture.pixels().map(|pixel| pixel.0[channel]);
        let (low, high) = (values().min(), values().max());
        high.zip(low)
            .is_none_or(|(high, low)| high - low < LEAST_CONTRAST)
    })
}

/// A file and the part of it that is the face.
#[derive(Debug, Serialize, Deserialize)]
struct RememberedCrop {
    file: PathBuf,
    crop: FaceCrop,
}

/// The crop of a file the last time; of a new one, that of the file before, unless it was a box.
fn remembered_crop(paths: &Paths, file: &Path) -> FaceCrop {
    let all = read_all(paths);
    let known = all.iter().find(|known| known.file == file);
    match (known, all.last()) {
        (Some(known), _) => known.crop,
        (None, Some(last)) if !matches!(last.crop, FaceCrop::Box(_)) => last.crop,
        _ => FaceCrop::default(),
    }
}

/// All remembered crops, the latest last. What cannot be read is forgotten.
fn read_all(paths: &Paths) -> Vec<RememberedCrop> {
    let bytes = std::fs::read(paths.picture_crops_file()).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Remembers which part of a file is the face.
///
/// # Errors
/// When the file of crops cannot be written.
pub(crate) fn remember_crop(paths: &Paths, file: &Path, crop: FaceCrop) -> Result<()> {
    let mut all = read_all(paths);
    all.retain(|known| known.file != file);
    all.push(RememberedCrop {
        file: file.to_path_buf(),
        crop,
    });
    let surplus = all.len().saturating_sub(MAX_REMEMBERED);
    all.drain(..surplus);
    let target = paths.picture_crops_file();
    let json = serde_json::to_vec(&all).map_err(|error| Error::invalid(target.display(), error))?;
    if let Some(folder) = target.parent() {
        make_folders(folder)?;
    }
    replace_file(&target, &json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn crops_are_remembered_by_file_and_new_files_follow_the_last() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let [a, b, c] = ["/p/a.png", "/p/b.png", "/p/c.png"].map(Path::new);
        assert_eq!(remembered_crop(&paths, a), FaceCrop::AsData);
        let face_box: FaceCrop = "3,4,50".parse().unwrap();
        remember_crop(&paths, a, face_box).unwrap();
        assert_eq!(remembered_crop(&paths, a), face_box);
        assert_eq!(remembered_crop(&paths, b), FaceCrop::AsData);
        remember_crop(&paths, b, FaceCrop::Whole).unwrap();
        assert_eq!(remembered_crop(&paths, c), FaceCrop::Whole);
        assert_eq!(remembered_crop(&paths, a), face_box);
        std::fs::write(paths.picture_crops_file(), "no json").unwrap();
        assert_eq!(remembered_crop(&paths, a), FaceCrop::AsData);
        remember_crop(&paths, a, FaceCrop::Centre).unwrap();
        assert_eq!(remembered_crop(&paths, a), FaceCrop::Centre);
    }

    #[test]
    fn pictures_that_show_nothing_are_named() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let file = |name: &str| home.path().join(name);
        let pixel = |x: u32, y: u32| [(x * 3) as u8, (y * 5) as u8, 9];
        image::RgbaImage::from_pixel(40, 40, image::Rgba([9, 9, 9, 0]))
            .save(file("glass.png"))
            .unwrap();
        RgbImage::from_pixel(40, 30, Rgb([128; 3]))
            .save(file("grey.png"))
            .unwrap();
        RgbImage::from_pixel(1, 1, Rgb([128; 3]))
            .save(file("dot.png"))
            .unwrap();
        RgbImage::from_fn(700, 350, |x, y| Rgb(pixel(x, y)))
            .save(file("wide.png"))
            .unwrap();
        let read = |name: &str| OpenedPicture::read(&paths, file(name));
        let problem = |name: &str| read(name).unwrap_err().to_string();
        assert!(problem("glass.png").contains("transparent"));
        assert!(problem("dot.png").contains("too small"));
        assert!(read("grey.png").unwrap().remark.is_some());
        let wide = read("wide.png").unwrap();
        assert_eq!((wide.size, wide.remark), ((700, 350), None));
        assert_eq!(wide.preview.dimensions(), (480, 240));
    }
}
