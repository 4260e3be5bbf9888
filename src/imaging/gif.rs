//! Pictures one after the other, as a GIF file.

use gif::{Encoder, Frame, Repeat};
use image::RgbImage;

use crate::error::{Error, Result};

/// Between two pictures, in hundredths of a second.
const DELAY: u16 = 8;
/// How long the last picture stays.
const LAST_DELAY: u16 = 250;
/// Every so manieth pixel is looked at when a palette is made; 1 is the best and slowest.
const PALETTE_SPEED: i32 = 5;

/// The bytes of a GIF file that shows `frames`, all of one size, again and again. Each is enlarged
/// by `factor` and has the best 256 colours of its own.
///
/// # Errors
/// [`Error::Invalid`] about "picture" when there is none, or it is larger than a GIF can be.
pub(crate) fn encode_gif(frames: &[RgbImage], factor: u32) -> Result<Vec<u8>> {
    let wrong = |error: &dyn std::fmt::Display| Error::invalid("picture", error);
    let first = frames.first();
    let (width, height) = first.map_or((0, 0), RgbImage::dimensions);
    let side = |pixels: u32| u16::try_from(pixels * factor).map_err(|error| wrong(&error));
    let (width, height) = (side(width)?, side(height)?);
    if width == 0 || height == 0 {
        return Err(Error::invalid("picture", "there is nothing to save"));
    }
    let mut encoder =
        Encoder::new(Vec::new(), width, height, &[]).map_err(|error| wrong(&error))?;
    encoder
        .set_repeat(Repeat::Infinite)
        .map_err(|error| wrong(&error))?;
    for (at, picture) in frames.iter().enumerate() {
        let (small_width, small_height) = picture.dimensions();
        let (small_width, small_height) = (small_width as u16, small_height as u16);
        let small = Frame::from_rgb_speed(small_width, small_height, picture, PALETTE_SPEED);
        let frame = Frame {
            width,
            height,
            buffer: enlarge(&small.buffer, small_width, factor).into(),
            delay: if at + 1 == frames.len() {
                LAST_DELAY
            } else {
                DELAY
            },
            ..small
        };
        encoder.write_frame(&frame).map_err(|error| wrong(&error))?;
    }
    encoder.into_inner().map_err(|error| wrong(&error))
}

/// Repeats every pixel `factor` times in both directions.
fn enlarge(indices: &[u8], width: u16, factor: u32) -> Vec<u8> {
    let factor = factor as usize;
    let mut large = Vec::with_capacity(indices.len() * factor * factor);
    for row in indices.chunks_exact(usize::from(width)) {
        let wide: Vec<u8> = row
            .iter()
            .flat_map(|&index| std::iter::repeat_n(index, factor))
            .collect();
        for _ in 0..factor {
            large.extend_from_slice(&wide);
        }
    }
    large
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn frames_are_enlarged_and_the_last_one_stays() {
        let frames = [40, 200].map(|grey| RgbImage::from_pixel(3, 2, Rgb([grey; 3])));
        let bytes = encode_gif(&frames, 4).unwrap();
        assert_eq!(bytes, encode_gif(&frames, 4).unwrap());
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (12, 8));
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            shown.push((frame.delay, frame.buffer[0]));
        }
        assert_eq!(shown.len(), 2);
        assert!(
            shown[0].1.abs_diff(40) < 4 && shown[1].1.abs_diff(200) < 4,
            "{shown:?}"
        );
        assert!(shown[1].0 > shown[0].0);
        assert!(encode_gif(&[], 4).is_err());
        assert!(encode_gif(&frames, 60_000).is_err());
    }
}
