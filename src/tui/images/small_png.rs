//! Pictures as small PNG files, and the limits on their size.

use image::RgbImage;
use image::imageops::{self, FilterType};
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

use super::detail::Detail;
use super::palette::{Indexed, activity};

/// The most that 256 colours may differ from a picture for it to be sent in them, as a
/// mean squared error in steps of a channel: 35 dB, where a face shows no difference.
const MAX_ERROR: f64 = 20.0;

/// The error that a picture's own unrest hides, as a part of [`activity`]: noise need not be
/// sent exactly.
const HIDDEN_ERROR: f64 = 0.03;

/// What is sent where the whole picture is too large: its sides divided, and its colours.
const COARSER: [(f32, u16); 11] = [
    (1.0, 128),
    (1.0, 64),
    (1.5, 128),
    (1.5, 64),
    (2.0, 64),
    (2.0, 32),
    (3.0, 32),
    (4.0, 32),
    (4.0, 16),
    (6.0, 16),
    (8.0, 8),
];

/// A picture as a PNG file.
pub(super) struct SmallPng {
    pub file: Vec<u8>,
    pub width: u32,
    pub height: u32,
    /// Whether nothing was left out for a limit.
    pub is_whole: bool,
}

/// A picture as a PNG file of at most about `limit` bytes: as it is if that fits and else
/// in fewer colours and pixels.
///
/// # Errors
/// The encoder's message, for a picture without pixels.
pub(super) fn small_png(picture: &RgbImage, limit: usize) -> Result<SmallPng, String> {
    let made = |file, (width, height), is_whole| SmallPng {
        file,
        width,
        height,
        is_whole,
    };
    let size = picture.dimensions();
    let indexed = Indexed::new(picture, 256)?;
    let mut smallest = if indexed.error(picture) <= MAX_ERROR.max(HIDDEN_ERROR * activity(picture))
    {
        shorter(encode_indexed(&indexed)?, encode_rgb(picture)?)
    } else {
        encode_rgb(picture)?
    };
    if smallest.len() <= limit {
        return Ok(made(smallest, size, true));
    }
    let mut size = size;
    for (divisor, colours) in COARSER {
        let scaled = shrink(picture, divisor);
        size = scaled.dimensions();
        smallest = encode_indexed(&Indexed::new(&scaled, colours)?)?;
        if smallest.len() <= limit {
            break;
        }
    }
    Ok(made(smallest, size, false))
}

/// The limit of a file whose text in base64, with what surrounds it, fits into a detail.
pub(super) fn file_limit(detail: Detail) -> usize {
    // A hundredth for what surrounds each chunk.
    (detail.max_bytes() / 4 * 3).saturating_sub(detail.max_bytes() / 100 + 100)
}

/// A picture with its sides divided; none is below one pixel.
pub(super) fn shrink(picture: &RgbImage, divisor: f32) -> RgbImage {
    let side = |pixels: u32| ((pixels as f32 / divisor).round() as u32).max(1);
    let (width, height) = (side(picture.width()), side(picture.height()));
    if (width, height) == picture.dimensions() {
        return picture.clone();
    }
    imageops::resize(picture, width, height, FilterType::Triangle)
}

fn shorter(one: Vec<u8>, other: Vec<u8>) -> Vec<u8> {
    if one.len() < other.len() { one } else { other }
}

fn encode_rgb(picture: &RgbImage) -> Result<Vec<u8>, String> {
    write(
        picture.dimensions(),
        Filter::Adaptive,
        picture.as_raw(),
        |_| {},
    )
}

/// With one index a byte, or two where there are 16 colours.
fn encode_indexed(picture: &Indexed) -> Result<Vec<u8>, String> {
    let width = picture.width.max(1);
    let size = (width as u32, (picture.indices.len() / width) as u32);
    let palette = picture.colours.concat();
    let is_short = picture.colours.len() <= 16;
    let packed: Vec<u8>;
    let data = if is_short {
        let nibbles = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or(0);
        let rows = picture.indices.chunks(width);
        packed = rows.flat_map(|row| row.chunks(2).map(nibbles)).collect();
        &packed
    } else {
        &picture.indices
    };
    let with = |filter| {
        write(size, filter, data, |encoder| {
            encoder.set_color(ColorType::Indexed);
            encoder.set_depth(if is_short {
                BitDepth::Four
            } else {
                BitDepth::Eight
            });
            encoder.set_palette(&palette);
        })
    };
    // The colours are in order of brightness, so that a difference of two may say less than
    // either.
    Ok(shorter(with(Filter::NoFilter)?, with(Filter::Adaptive)?))
}

fn write<'a>(
    (width, height): (u32, u32),
    filter: Filter,
    data: &[u8],
    set_up: impl FnOnce(&mut Encoder<'a, &mut Vec<u8>>),
) -> Result<Vec<u8>, String> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(DeflateCompression::Level(9));
    encoder.set_filter(filter);
    set_up(&mut encoder);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_image_data(data)
        .map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Slopes with a disc and some noise.
    fn picture(side: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(side, side, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (dx, dy) = (x.abs_diff(side / 2), y.abs_diff(side / 2));
            let base = if dx * dx + dy * dy < side * side / 9 {
                150
            } else {
                60
            };
            let noise = (state >> 29) as u8;
            Rgb([base + noise, (x * 255 / side) as u8, (y * 128 / side) as u8])
        })
    }

    fn decode(file: &[u8]) -> RgbImage {
        image::load_from_memory(file).unwrap().to_rgb8()
    }

    fn error(one: &RgbImage, other: &RgbImage) -> f64 {
        let pairs = one.as_raw().iter().zip(other.as_raw());
        let squares: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
        squares / one.as_raw().len() as f64
    }

    #[test]
    fn what_is_sent_looks_the_same() {
        for side in [1, 7, 32, 120] {
            let picture = picture(side);
            let png = small_png(&picture, usize::MAX).unwrap();
            assert_eq!((png.width, png.height, png.is_whole), (side, side, true));
            let shown = decode(&png.file);
            assert_eq!(shown.dimensions(), (side, side));
            assert!(error(&picture, &shown) <= MAX_ERROR, "{side}");
        }
    }

    #[test]
    fn few_colours_are_kept_exactly_in_half_a_byte_each() {
        let colours = [[0, 0, 0], [255, 255, 255], [200, 30, 30]];
        let flag = RgbImage::from_fn(31, 9, |x, y| Rgb(colours[(x / 3 + y) as usize % 3]));
        let file = small_png(&flag, usize::MAX).unwrap().file;
        assert_eq!(decode(&file), flag);
        assert!(file.len() < 250, "{}", file.len());
    }

    #[test]
    fn a_limit_is_kept_with_fewer_colours_and_pixels() {
        let picture = picture(120);
        let mut before = usize::MAX;
        for bytes in [usize::MAX, 8192, 4096, 2048, 1024] {
            let limit = file_limit(Detail::within(bytes));
            let png = small_png(&picture, limit).unwrap();
            assert!(png.file.len() <= limit.min(before), "{bytes}");
            assert_eq!(decode(&png.file).dimensions(), (png.width, png.height));
            assert_eq!(png.is_whole, bytes == usize::MAX);
            before = png.file.len();
        }
    }
}
