//! A picture as a tab asks for it.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

/// Where the pixels of a picture come from.
#[derive(Debug, Clone)]
pub(crate) enum PixelSource {
    /// A file, decoded by the workers.
    File(PathBuf),
    /// Pixels in memory.
    Pixels(Arc<RgbImage>),
}

/// Which part of a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Region {
    /// All of it.
    Whole,
    /// The middle three fifths, where LFW has the face.
    Center,
}

/// A picture to be drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where its pixels come from.
    pub(crate) source: PixelSource,
    /// The part shown.
    pub(crate) region: Region,
    /// Text of the placeholder: initials, or nothing.
    pub(crate) alt: String,
    /// Whether the previous picture at the same place stays until it is ready: for
    /// pictures that follow a slider.
    pub(crate) keep_previous: bool,
}

impl Picture {
    /// All of a file.
    pub(crate) fn file(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            source: PixelSource::File(path),
            region: Region::Whole,
            alt: alt.into(),
            keep_previous: false,
        }
    }

    /// The middle of a file: a thumbnail.
    pub(crate) fn thumbnail(path: PathBuf, alt: impl Into<String>) -> Self {
        Self {
            region: Region::Center,
            ..Self::file(path, alt)
        }
    }

    /// Computed pixels, which follow the keys.
    pub(crate) fn pixels(pixels: &Arc<RgbImage>) -> Self {
        Self {
            source: PixelSource::Pixels(pixels.clone()),
            region: Region::Whole,
            alt: String::new(),
            keep_previous: true,
        }
    }
}
