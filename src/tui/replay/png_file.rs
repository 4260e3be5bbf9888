//! Screens as PNG files.

use std::collections::HashMap;

use image::RgbImage;
use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::error::{Error, Result};
use crate::tui::images::Indexed;

/// How many colours a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// Those of the screen.
    All,
    /// The best 256, for small files.
    Few,
}

/// The bytes of a PNG file.
///
/// # Errors
/// When the picture has no pixels.
pub(crate) fn encode(picture: &RgbImage, colours: Colours) -> Result<Vec<u8>> {
    let exact = exactly_indexed(picture);
    let indexed = match (exact, colours) {
        (Some(exact), _) => Some(exact),
        (None, Colours::Few) => Some(few_colours(picture)?),
        (None, Colours::All) => None,
    };
    let wrong = |error: png::EncodingError| Error::invalid("picture", error);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    if let Some(indexed) = &indexed {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(indexed.colours.concat());
        // Neighbouring places in a palette have nothing in common.
        encoder.set_filter(Filter::NoFilter);
    } else {
        encoder.set_color(ColorType::Rgb);
        encoder.set_filter(Filter::Adaptive);
    }
    let data = indexed
        .as_ref()
        .map_or(picture.as_raw(), |one| &one.indices);
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(data).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(file)
}

/// The picture in the best 256 colours, and text as it is: its colours are few, and would
/// be blurred into those of the pictures.
fn few_colours(picture: &RgbImage) -> Result<Indexed> {
    Indexed::new(picture, 256).map_err(|error| Error::invalid("picture", error))
}

/// The picture in its own colours, if it has at most 256.
pub(super) fn exactly_indexed(picture: &RgbImage) -> Option<Indexed> {
    let mut places: HashMap<[u8; 3], u8> = HashMap::new();
    let mut colours = Vec::new();
    let mut indices = Vec::with_capacity(picture.as_raw().len() / 3);
    for pixel in picture.pixels() {
        let place = match places.get(&pixel.0) {
            Some(place) => *place,
            None => {
                let place = u8::try_from(colours.len()).ok()?;
                places.insert(pixel.0, place);
                colours.push(pixel.0);
                place
            }
        };
        indices.push(place);
    }
    Some(Indexed {
        width: picture.width() as usize,
        colours,
        indices,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_file_has_the_pictures_colours() {
        let decode = |file: &[u8]| image::load_from_memory(file).unwrap().to_rgb8();
        let few = RgbImage::from_fn(20, 10, |x, _| Rgb([x as u8 * 12, 0, 9]));
        assert_eq!(decode(&encode(&few, Colours::Few).unwrap()), few);
        let many = RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8 * 4, y as u8 * 4, 9]));
        let exact = encode(&many, Colours::All).unwrap();
        assert_eq!(decode(&exact), many);
        let rough = encode(&many, Colours::Few).unwrap();
        let pairs = decode(&rough).into_raw().into_iter().zip(many.into_raw());
        let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum();
        let mean = sum as f32 / (64.0 * 64.0 * 3.0);
        assert!((0.1..8.0).contains(&mean), "{mean}");
        assert_eq!(rough, encode(&decode(&exact), Colours::Few).unwrap());
    }
}
