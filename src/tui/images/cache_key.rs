//! What a picture is found by in the cache.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use image::RgbImage;
use ratatui::layout::Size;

use super::detail::Detail;
use super::picture::{Picture, PixelSource, Region};

/// What is shown, how large, and how finely.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CacheKey {
    content: Content,
    pub(super) region: Region,
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) detail: Detail,
}

impl CacheKey {
    /// For a picture that fills `size` cells.
    pub(super) fn new(picture: &Picture, size: Size, detail: Detail) -> Self {
        Self {
            content: match &picture.source {
                PixelSource::File(path) => Content::File(path.clone()),
                PixelSource::Pixels(pixels) => Content::Pixels(hash_pixels(pixels)),
            },
            region: picture.region,
            columns: size.width,
            rows: size.height,
            detail,
        }
    }

    /// The same picture in another detail.
    pub(super) fn with_detail(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }

    /// Whether it shows computed pixels, not a file.
    pub(super) fn is_computed(&self) -> bool {
        matches!(self.content, Content::Pixels(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Content {
    File(PathBuf),
    /// A hash of the pixels, so that a picture computed twice is sent once.
    Pixels(u64),
}

fn hash_pixels(pixels: &RgbImage) -> u64 {
    let mut hasher = DefaultHasher::new();
    pixels.dimensions().hash(&mut hasher);
    pixels.as_raw().hash(&mut hasher);
    hasher.finish()
}
