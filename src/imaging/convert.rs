//! Between bytes (0 to 255), values as networks see them (−0.5 to 0.5) and images.

use image::RgbImage;

use crate::dataset::faces::{byte_to_value, value_to_byte};

/// By how much differences are amplified.
const DIFFERENCE_GAIN: f32 = 4.0;

/// Bytes `[size, size, 3]` as an image; an empty one if there are not as many.
pub(crate) fn image_from_bytes(bytes: Vec<u8>, size: u32) -> RgbImage {
    RgbImage::from_raw(size, size, bytes).unwrap_or_default()
}

/// Values `[size, size, 3]` as an image; values outside −0.5 to 0.5 are clipped.
pub(crate) fn to_image(values: &[f32], size: u32) -> RgbImage {
    image_from_bytes(to_bytes(values), size)
}

/// Values as bytes; values outside −0.5 to 0.5 are clipped.
pub(crate) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().map(|&value| value_to_byte(value)).collect()
}

/// `4 × (one − other)` around mid-grey, for values as [`to_image`] takes them; clipped.
pub(crate) fn difference_image(one: &[f32], other: &[f32], size: u32) -> RgbImage {
    let amplified: Vec<f32> = one
        .iter()
        .zip(other)
        .map(|(one, other)| DIFFERENCE_GAIN * (one - other))
        .collect();
    to_image(&amplified, size)
}

/// Bytes as networks see them, −0.5 to 0.5.
pub(crate) fn to_values(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| byte_to_value(byte)).collect()
}

/// A picture, bytes `[size, size, 3]`, reduced by a whole factor, which divides `size`: each pixel
/// is the mean of those that it covers, rounded.
pub(crate) fn shrink(picture: &[u8], size: usize, factor: usize) -> Vec<u8> {
    let side = size / factor;
    let pixels = (factor * factor) as u32;
    let mut shrunk = Vec::with_capacity(side * side * 3);
    for at in 0..side * side * 3 {
        let (row, column, channel) = (at / (side * 3), at / 3 % side, at % 3);
        let covered = (0..factor * factor).map(|part| {
            let (y, x) = (
                row * factor + part / factor,
                column * factor + part % factor,
            );
            u32::from(picture[(y * size + x) * 3 + channel])
        });
        shrunk.push(((covered.sum::<u32>() + pixels / 2) / pixels) as u8);
    }
    shrunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_way_to_values_and_back() {
        let bytes: Vec<u8> = (0..12).map(|at| at * 20).collect();
        assert_eq!(to_image(&to_values(&bytes), 2).into_raw(), bytes);
    }

    #[test]
    fn a_shrunk_picture_has_the_means() {
        let picture: Vec<u8> = (0..4 * 4 * 3).map(|at| (at / 3 * 10) as u8).collect();
        let shrunk = shrink(&picture, 4, 2);
        assert_eq!(shrunk.len(), 2 * 2 * 3);
        // Pixels 0, 1, 4 and 5 of value 10 times their number.
        assert_eq!(shrunk[..4], [25, 25, 25, 45]);
        assert_eq!(shrink(&picture, 4, 1), picture);
    }

    #[test]
    fn equal_pictures_differ_by_mid_grey() {
        let grey = difference_image(&[0.3; 12], &[0.3; 12], 2);
        assert!(grey.pixels().all(|pixel| pixel.0 == [128; 3]));
        let clipped = difference_image(&[0.5; 12], &[-0.5; 12], 2);
        assert!(clipped.pixels().all(|pixel| pixel.0 == [255; 3]));
    }
}
