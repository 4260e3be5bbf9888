//! Images as PNG files.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

use crate::error::{Error, Result};

/// The bytes of a PNG file.
///
/// # Errors
/// [`Error::Invalid`] about "picture" when the image has no pixels.
pub(crate) fn encode_png(image: &RgbImage) -> Result<Vec<u8>> {
    let mut png = Cursor::new(Vec::new());
    image
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|error| Error::invalid("picture", error))?;
    Ok(png.into_inner())
}
