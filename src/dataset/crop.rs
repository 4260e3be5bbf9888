//! Cropping a picture to the square around the face, and resizing it. Both resizes are pure
//! functions of the cropped pixels.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use image::RgbImage;
use image::imageops::FilterType;
use serde::{Deserialize, Serialize};

use crate::dataset::face_spec::Preprocess;

/// Margins are stored in this fraction of a side.
const MARGIN_UNITS: f64 = 10_000.0;
/// The widest margin in those units, so that some of the picture is left.
const MAX_MARGIN: f64 = 4_900.0;

/// The margin cut off each side of a picture's centre square, so that the face fills the rest.
/// Written as `none`, `lfw`, or a fraction of the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Crop {
    /// In units of 1/10,000 of the side.
    margin: u16,
}

impl Crop {
    /// No margin, for pictures that the face already fills.
    pub const NONE: Self = Self { margin: 0 };
    /// LFW's margin: 80 of 250 pixels on each side.
    pub const LFW: Self = Self { margin: 3200 };

    /// The margin as a fraction of the side.
    fn margin_share(self) -> f64 {
        f64::from(self.margin) / MARGIN_UNITS
    }

    /// A description for messages: `none (the whole centre square)`.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::NONE => "none (the whole centre square)".to_string(),
            _ => format!(
                "{self} ({} % left off on each side)",
                self.margin_share() * 100.0
            ),
        }
    }
}

impl Default for Crop {
    fn default() -> Self {
        Self::LFW
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("none"),
            Self::LFW => f.write_str("lfw"),
            other => write!(f, "{}", other.margin_share()),
        }
    }
}

impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::NONE),
            "lfw" => Ok(Self::LFW),
            share => share
                .parse::<f64>()
                .ok()
                .map(|share| (share * MARGIN_UNITS).round())
                .filter(|parts| (0.0..=MAX_MARGIN).contains(parts))
                .map(|parts| Self {
                    margin: parts as u16,
                })
                .ok_or_else(|| {
                    "write none, lfw, or the share of the side to leave off on each side, 0 to 0.49"
                        .to_string()
                }),
        }
    }
}

/// Fixed-point bits of the interpolation weights, `OpenCV`'s `INTER_RESIZE_COEF_BITS`.
const WEIGHT_BITS: u32 = 11;

/// The part of a centre square's side that remains after cropping, for example 80..170 of 250 with
/// LFW's crop. Never empty.
pub(crate) fn crop_range(side: u32, crop: Crop) -> Range<u32> {
    let margin = (f64::from(side) * crop.margin_share()).round() as u32;
    let end = (side - margin.min(side)).max(margin + 1);
    margin..end
}

/// The centre square of a picture without its margins: 90×90 of LFW's 250×250.
pub(crate) fn face_square(picture: &RgbImage, crop: Crop) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let range = crop_range(side, crop);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let length = range.end - range.start;
    image::imageops::crop_imm(
        picture,
        left + range.start,
        top + range.start,
        length,
        length,
    )
    .to_image()
}

/// Sides of the wide square and of the face's square, and how far the wide square lies lower, in
/// pixels of LFW: the wide square is its pixels 61..189 by 65..193.
const WIDE_SIDE: f64 = 128.0;
const FACE_SIDE: f64 = 90.0;
const WIDE_DROP: f64 = 4.0;

/// The square part of a picture that is resized: [`face_square`], or for [`Preprocess::Wide`] a
/// larger one around it. Where that leaves the picture, the pixels at the border are repeated.
pub(crate) fn square(picture: &RgbImage, crop: Crop, preprocess: Preprocess) -> RgbImage {
    if preprocess != Preprocess::Wide {
        return face_square(picture, crop);
    }
    let (width, height) = picture.dimensions();
    let side = width.min(height);
    let range = crop_range(side, crop);
    let length = f64::from(range.end - range.start);
    let centre = f64::from(range.start) + length / 2.0;
    let wide = (length * WIDE_SIDE / FACE_SIDE).round().max(1.0);
    let start = |margin: u32, shift: f64| (f64::from(margin) + centre + shift - wide / 2.0).round();
    let left = start((width - side) / 2, 0.0) as i64;
    let top = start((height - side) / 2, length * WIDE_DROP / FACE_SIDE) as i64;
    let clamp = |at: i64, end: u32| at.clamp(0, i64::from(end) - 1) as u32;
    RgbImage::from_fn(wide as u32, wide as u32, |x, y| {
        let (x, y) = (left + i64::from(x), top + i64::from(y));
        *picture.get_pixel(clamp(x, width), clamp(y, height))
    })
}

/// The columns and rows of LFW's 250×250 pictures that [`square`] takes with LFW's crop.
pub(crate) fn lfw_square(preprocess: Preprocess) -> (Range<usize>, Range<usize>) {
    match preprocess {
        Preprocess::Seed | Preprocess::Smooth => (80..170, 80..170),
        Preprocess::Wide => (61..189, 65..193),
    }
}

/// Resizes a square picture to `size` × `size`; returns bytes `[size, size, 3]`, RGB.
pub(crate) fn resize(face: &RgbImage, size: u32, preprocess: Preprocess) -> Vec<u8> {
    match preprocess {
        Preprocess::Seed => bilinear(face, size as usize),
        // The image crate scales the triangle filter to the step between target pixels, which
        // antialiases.
        Preprocess::Smooth | Preprocess::Wide => {
            image::imageops::resize(face, size, size, FilterType::Triangle).into_raw()
        }
    }
}

/// The two source pixels along one axis that a target pixel interpolates between, and their
/// fixed-point weights.
struct Tap {
    first: usize,
    second: usize,
    weights: [i32; 2],
}

/// Which pixels a tap at the border interpolates; the results are rounded differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Border {
    /// Only the border pixel, as `OpenCV` does for columns.
    Single,
    /// The border pixel twice, as `OpenCV` does for rows.
    Repeated,
}

/// The taps of one axis.
fn taps(source: usize, target: usize, border: Border) -> Vec<Tap> {
    let scale = 1.0 / (target as f64 / source as f64);
    (0..target)
        .map(|position| {
            // Pixel centres are at half integers, in f32 as in `OpenCV`.
            let exact = ((position as f64 + 0.5) * scale - 0.5) as f32;
            let mut whole = exact.floor() as i64;
            let mut part = exact - whole as f32;
            let last = source as i64 - 1;
            if border == Border::Single && whole < 0 {
                (whole, part) = (0, 0.0);
            }
            if border == Border::Single && whole >= last {
                (whole, part) = (last, 0.0);
            }
            let fixed = |weight: f32| (weight * (1 << WEIGHT_BITS) as f32).round_ties_even() as i32;
            Tap {
                first: whole.clamp(0, last) as usize,
                second: (whole + 1).clamp(0, last) as usize,
                weights: [fixed(1.0 - part), fixed(part)],
            }
        })
        .collect()
}

/// Bilinear interpolation without antialiasing, bit for bit `OpenCV`'s `INTER_LINEAR` on bytes:
/// 11-bit weights, columns first, and `OpenCV`'s shifts for the rows.
fn bilinear(face: &RgbImage, size: usize) -> Vec<u8> {
    let side = face.width() as usize;
    let source = face.as_raw();
    if side == 2 * size {
        return halve(source, size);
    }
    let columns = taps(side, size, Border::Single);
    let rows = taps(side, size, Border::Repeated);
    let width = size * 3;
    // Source rows interpolated along x; each is computed once, as rows are visited in order.
    let mut ready: [(Option<usize>, Vec<i32>); 2] =
        [(None, vec![0; width]), (None, vec![0; width])];
    let mut pixels = Vec::with_capacity(size * width);
    for tap in &rows {
        for wanted in [tap.first, tap.second] {
            if ready.iter().any(|(row, _)| *row == Some(wanted)) {
                continue;
            }
            let free = usize::from(
                ready[0]
                    .0
                    .is_some_and(|row| row == tap.first || row == tap.second),
            );
            let (row, values) = &mut ready[free];
            *row = Some(wanted);
            let line = &source[wanted * side * 3..(wanted + 1) * side * 3];
            for (tap, value) in columns.iter().zip(values.chunks_exact_mut(3)) {
                let (first, second) = (&line[tap.first * 3..], &line[tap.second * 3..]);
                for channel in 0..3 {
                    value[channel] = i32::from(first[channel]) * tap.weights[0]
                        + i32::from(second[channel]) * tap.weights[1];
                }
            }
        }
        let row_of = |wanted: usize| usize::from(ready[0].0 != Some(wanted));
        let (first, second) = (&ready[row_of(tap.first)].1, &ready[row_of(tap.second)].1);
        let [a, b] = tap.weights;
        pixels.extend(first.iter().zip(second).map(|(&first, &second)| {
            let sum = ((a * (first >> 4)) >> 16) + ((b * (second >> 4)) >> 16);
            ((sum + 2) >> 2).clamp(0, 255) as u8
        }));
    }
    pixels
}

/// Halves the size. `OpenCV` averages four pixels, rounded.
fn halve(source: &[u8], size: usize) -> Vec<u8> {
    let line = size * 2 * 3;
    let mut pixels = Vec::with_capacity(size * size * 3);
    for y in 0..size {
        for x in 0..size {
            for channel in 0..3 {
                let at = 2 * y * line + 2 * x * 3 + channel;
                let sum: u32 = [at, at + 3, at + line, at + line + 3]
                    .map(|at| u32::from(source[at]))
                    .iter()
                    .sum();
                pixels.push(((sum + 2) / 4) as u8);
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crop_is_lfws_and_the_same_share_elsewhere() {
        assert_eq!(crop_range(250, Crop::LFW), 80..170);
        assert_eq!(crop_range(1000, Crop::LFW), 320..680);
        assert_eq!(crop_range(112, Crop::NONE), 0..112);
        assert_eq!(crop_range(112, Crop::LFW), 36..76);
        let widest: Crop = "0.49".parse().unwrap();
        for (side, crop) in (1..40).flat_map(|side| [(side, Crop::LFW), (side, widest)]) {
            let range = crop_range(side, crop);
            assert!(
                range.start < range.end && range.end <= side.max(1),
                "{side}: {range:?}"
            );
        }
        let wide = RgbImage::from_fn(400, 250, |x, _| image::Rgb([(x / 2) as u8, 0, 0]));
        assert_eq!(
            super::face_square(&wide, Crop::NONE).dimensions(),
            (250, 250)
        );
        let face = face_square(&wide, Crop::LFW);
        assert_eq!(face.dimensions(), (90, 90));
        assert_eq!(face.get_pixel(0, 0).0[0], i32::midpoint(75, 80) as u8);
    }

    #[test]
    fn the_wide_square_is_around_the_face_and_repeats_the_border() {
        let lfw = RgbImage::from_fn(250, 250, |x, y| image::Rgb([x as u8, y as u8, 0]));
        let wide = square(&lfw, Crop::LFW, Preprocess::Wide);
        let (columns, rows) = lfw_square(Preprocess::Wide);
        assert_eq!(wide.dimensions(), (128, 128));
        assert_eq!(
            wide.get_pixel(0, 0).0,
            [columns.start as u8, rows.start as u8, 0]
        );
        assert_eq!(
            wide.get_pixel(127, 127).0,
            [columns.end as u8 - 1, rows.end as u8 - 1, 0]
        );
        assert_eq!(resize(&wide, 128, Preprocess::Wide), wide.into_raw());
        let tight = square(&lfw, Crop::NONE, Preprocess::Wide);
        assert_eq!(tight.dimensions(), (356, 356));
        assert_eq!(tight.get_pixel(0, 0).0, [0, 0, 0]);
        assert_eq!(tight.get_pixel(355, 355).0, [249, 249, 0]);
        let dot = RgbImage::from_pixel(1, 1, image::Rgb([9, 8, 7]));
        assert_eq!(square(&dot, Crop::LFW, Preprocess::Wide), dot);
    }

    #[test]
    fn crops_are_written_as_they_are_read() {
        for (text, written) in [
            ("none", "none"),
            ("0", "none"),
            ("lfw", "lfw"),
            ("0.32", "lfw"),
            ("0.1", "0.1"),
            (".25", "0.25"),
            ("0.123456", "0.1235"),
            ("0.49", "0.49"),
        ] {
            let crop: Crop = text.parse().unwrap();
            assert_eq!(crop.to_string(), written);
            assert_eq!(written.parse::<Crop>().unwrap(), crop);
        }
        for wrong in ["", "tight", "-0.1", "0.5", "1", "nan", "inf", "32%", "LFW"] {
            assert!(
                wrong.parse::<Crop>().unwrap_err().contains("0 to 0.49"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn one_colour_stays_that_colour_at_every_size() {
        for side in [5, 64, 90, 96, 192] {
            let flat = RgbImage::from_pixel(side, side, image::Rgb([255, 128, 3]));
            for size in crate::dataset::face_spec::SIZES {
                for preprocess in [Preprocess::Seed, Preprocess::Smooth, Preprocess::Wide] {
                    let small = resize(&flat, size, preprocess);
                    assert_eq!(small.len(), (size * size * 3) as usize);
                    for pixel in small.chunks_exact(3) {
                        assert_eq!(pixel, [255, 128, 3], "{side} {size} {preprocess:?}");
                    }
                }
            }
        }
    }

    /// A structureless pattern that Python can generate too.
    fn pattern(side: u32) -> RgbImage {
        let bytes = (0..u64::from(side * side * 3))
            .map(|i| ((i * 2_654_435_761 + (i * i) % 97 * 13) >> 7) as u8)
            .collect();
        RgbImage::from_raw(side, side, bytes).unwrap()
    }

    /// CRC-32 of `cv2.resize(pattern(side), (size, size))`, `OpenCV` 5.0.0.
    #[rustfmt::skip]
    const OPENCV: [(u32, u32, u32); 30] = [
        (90, 32, 0x16cc1fa7), (90, 48, 0x77dd218f), (90, 64, 0xb8625b0a), (90, 96, 0x70990fec), (90, 128, 0xa1c06b09),
        (64, 32, 0x959ef9dd), (64, 48, 0x07427df0), (64, 64, 0xde0b0eff), (64, 96, 0x54a26f51), (64, 128, 0x673c3610),
        (128, 32, 0x067bc7c8), (128, 48, 0x83aa6ed3), (128, 64, 0x46b03f69), (128, 96, 0x6239dd79), (128, 128, 0x8054f16d),
        (33, 32, 0x621526e7), (33, 48, 0x25b462fe), (33, 64, 0x7955899c), (33, 96, 0xf8652f2b), (33, 128, 0x743628e4),
        (17, 32, 0x323d7c50), (17, 48, 0x4be49aa3), (17, 64, 0x98aa2a76), (17, 96, 0x1213d372), (17, 128, 0x74b3de7a),
        (200, 32, 0x1a3162ee), (200, 48, 0x66096486), (200, 64, 0x443b4f91), (200, 96, 0x86ba0433), (200, 128, 0x88293863),
    ];

    #[test]
    fn the_seeds_resize_is_opencvs_bit_for_bit() {
        let wrong: Vec<(u32, u32)> = OPENCV
            .into_iter()
            .filter(|&(side, size, expected)| {
                let mut crc = flate2::Crc::new();
                crc.update(&resize(&pattern(side), size, Preprocess::Seed));
                crc.sum() != expected
            })
            .map(|(side, size, _)| (side, size))
            .collect();
        assert_eq!(wrong, []);
    }
}
