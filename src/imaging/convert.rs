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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_way_to_values_and_back() {
        let bytes: Vec<u8> = (0..12).map(|at| at * 20).collect();
        assert_eq!(to_image(&to_values(&bytes), 2).into_raw(), bytes);
    }

    #[test]
    fn equal_pictures_differ_by_mid_grey() {
        let grey = difference_image(&[0.3; 12], &[0.3; 12], 2);
        assert!(grey.pixels().all(|pixel| pixel.0 == [128; 3]));
        let clipped = difference_image(&[0.5; 12], &[-0.5; 12], 2);
        assert!(clipped.pixels().all(|pixel| pixel.0 == [255; 3]));
    }
}
