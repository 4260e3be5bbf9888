//! Which part of a single picture file is taken for the face: any picture becomes one like the
//! data set's, which models then crop as they crop those.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use image::imageops::{self, FilterType};
use image::{GenericImageView, RgbImage};
use serde::{Deserialize, Serialize};

use crate::dataset::crop::{Crop, crop_range};

/// The longest side of a picture made here: four times LFW's, so that the largest networks still
/// see every detail.
const MAX_SIDE: f64 = 1000.0;

/// The smallest side of a box, in pixels.
const MIN_BOX: u32 = 8;

/// A square in a picture, in its pixels. It may reach beyond the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaceBox {
    /// The left edge.
    pub x: i32,
    /// The upper edge.
    pub y: i32,
    /// Columns, and rows.
    pub side: u32,
}

/// Which part of a picture is taken for the face. Written as `data`, `whole`, `centre`, or a box
/// as `x,y,side` in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FaceCrop {
    /// The part that is taken of the data set's pictures, such as the middle of LFW's.
    #[default]
    AsData,
    /// All of it: the shorter side is continued by its edge pixels.
    Whole,
    /// The largest square in its centre.
    Centre,
    /// A box.
    Box(FaceBox),
}

impl FaceCrop {
    /// The square that is taken for the face, of a picture of `size` (width, height) beside
    /// pictures that are cropped by `crop`.
    pub(crate) fn face_box(self, (width, height): (u32, u32), crop: Crop) -> FaceBox {
        let short = width.min(height);
        let centred = |side: u32| FaceBox {
            x: (i64::from(width) - i64::from(side)).div_euclid(2) as i32,
            y: (i64::from(height) - i64::from(side)).div_euclid(2) as i32,
            side,
        };
        match self {
            Self::Whole => centred(width.max(height)),
            Self::Centre => centred(short),
            Self::AsData => {
                let range = crop_range(short, crop);
                FaceBox {
                    x: ((width - short) / 2 + range.start) as i32,
                    y: ((height - short) / 2 + range.start) as i32,
                    side: range.end - range.start,
                }
            }
            Self::Box(face_box) => face_box,
        }
    }
}

impl FaceBox {
    /// Moved and made larger, by pixels, about its centre; it stays a box of at least a few
    /// pixels of a picture of `size`, with its centre inside.
    pub(crate) fn changed(self, (right, down, larger): (i32, i32, i32), size: (u32, u32)) -> Self {
        let most = size.0.max(size.1).max(MIN_BOX);
        let side = self.side.saturating_add_signed(larger);
        let side = side.clamp(MIN_BOX, most);
        let move_by = |start: i32, step: i32, length: u32| {
            let grown = (i64::from(side) - i64::from(self.side)).div_euclid(2);
            let half = i64::from(side / 2);
            let start = i64::from(start) + i64::from(step) - grown;
            start.clamp(-half, i64::from(length) - half) as i32
        };
        Self {
            x: move_by(self.x, right, size.0),
            y: move_by(self.y, down, size.1),
            side,
        }
    }
}

/// A picture that shows, when it is cropped by `crop` as the data set's pictures are, the chosen
/// part of `picture`. What lies beyond its edges is continued by the edge pixels.
pub(crate) fn like_data(picture: &RgbImage, face: FaceCrop, crop: Crop) -> Cow<'_, RgbImage> {
    if face == FaceCrop::AsData {
        return Cow::Borrowed(picture);
    }
    let FaceBox { x, y, side } = face.face_box(picture.dimensions(), crop);
    // The face is this share of the picture that is made.
    let shown = crop_range(10_000, crop);
    let share = f64::from(shown.end - shown.start) / 10_000.0;
    let frame_side = (f64::from(side.max(1)) / share).max(1.0);
    let scale = (MAX_SIDE / frame_side).min(1.0);
    let left = f64::from(x) - (frame_side - f64::from(side)) / 2.0;
    let top = f64::from(y) - (frame_side - f64::from(side)) / 2.0;
    let (columns, offset_x) = Overlap::new(left, frame_side, picture.width()).scaled(scale);
    let (rows, offset_y) = Overlap::new(top, frame_side, picture.height()).scaled(scale);
    let part = picture.view(columns.start, rows.start, columns.length, rows.length);
    let part = if scale < 1.0 {
        imageops::resize(&*part, columns.scaled, rows.scaled, FilterType::Triangle)
    } else {
        part.to_image()
    };
    let side = (frame_side * scale).round().max(1.0) as u32;
    let inside = |at: u32, offset: i64, length: u32| {
        (i64::from(at) - offset).clamp(0, i64::from(length) - 1) as u32
    };
    Cow::Owned(RgbImage::from_fn(side, side, |x, y| {
        let column = inside(x, offset_x, part.width());
        *part.get_pixel(column, inside(y, offset_y, part.height()))
    }))
}

/// The part of one axis of a picture that a frame covers.
struct Overlap {
    start: u32,
    length: u32,
    /// The length after scaling.
    scaled: u32,
    /// Where it begins in the frame, before scaling.
    offset: f64,
}

impl Overlap {
    /// At least one pixel, even of a frame beside the picture.
    fn new(start: f64, side: f64, length: u32) -> Self {
        let last = f64::from(length.max(1) - 1);
        let first = start.round().clamp(0.0, last);
        let end = (start + side).round().clamp(first + 1.0, last + 1.0);
        Self {
            start: first as u32,
            length: (end - first) as u32,
            scaled: (end - first) as u32,
            offset: first - start,
        }
    }

    /// With its place in the scaled frame.
    fn scaled(self, scale: f64) -> (Self, i64) {
        let offset = (self.offset * scale).round() as i64;
        let scaled = (f64::from(self.length) * scale).round().max(1.0) as u32;
        (Self { scaled, ..self }, offset)
    }
}

impl fmt::Display for FaceCrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsData => f.write_str("data"),
            Self::Whole => f.write_str("whole"),
            Self::Centre => f.write_str("centre"),
            Self::Box(FaceBox { x, y, side }) => write!(f, "{x},{y},{side}"),
        }
    }
}

impl FromStr for FaceCrop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?}: write data, whole, centre, or a box as x,y,side");
        Ok(match text {
            "data" => Self::AsData,
            "whole" => Self::Whole,
            "centre" => Self::Centre,
            numbers => {
                let mut numbers = numbers.split(',');
                let mut next = || numbers.next().ok_or_else(wrong);
                let (x, y, side) = (next()?, next()?, next()?);
                let position = |text: &str| text.parse::<i32>().map_err(|_| wrong());
                Self::Box(FaceBox {
                    x: position(x)?,
                    y: position(y)?,
                    side: (side.parse().ok())
                        .filter(|side| (1..=1 << 16).contains(side))
                        .ok_or_else(wrong)?,
                })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::crop::face_square;
    use image::Rgb;

    fn marked() -> RgbImage {
        RgbImage::from_fn(300, 200, |x, y| Rgb([x as u8, y as u8, (x / 256) as u8]))
    }

    #[test]
    fn the_cropped_picture_shows_the_box() {
        let picture = marked();
        for crop in [Crop::LFW, Crop::NONE] {
            for face_box in [
                FaceBox {
                    x: 40,
                    y: 50,
                    side: 90,
                },
                FaceBox {
                    x: 100,
                    y: 0,
                    side: 36,
                },
            ] {
                let frame = like_data(&picture, FaceCrop::Box(face_box), crop);
                let face = face_square(&frame, crop);
                let wrong = face.width().abs_diff(face_box.side);
                assert!(wrong <= 2, "{crop} {face_box:?}: {}", face.width());
                let first = face.get_pixel(0, 0).0;
                assert!(i32::from(first[0]).abs_diff(face_box.x) <= 2, "{first:?}");
                assert!(i32::from(first[1]).abs_diff(face_box.y) <= 2, "{first:?}");
            }
        }
        assert!(matches!(
            like_data(&picture, FaceCrop::AsData, Crop::LFW),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn whole_pictures_are_continued_and_any_size_survives() {
        let picture = marked();
        let whole = face_square(&like_data(&picture, FaceCrop::Whole, Crop::LFW), Crop::LFW);
        assert!(whole.width().abs_diff(300) <= 2);
        assert_eq!(whole.get_pixel(10, 5).0[1], 0, "above the picture");
        for (width, height) in [(1, 1), (1, 900), (3000, 20), (5000, 5000)] {
            let picture = RgbImage::from_pixel(width, height, Rgb([7; 3]));
            let far = FaceBox {
                x: -90_000,
                y: 90_000,
                side: 60_000,
            };
            for crop in [FaceCrop::Whole, FaceCrop::Centre, FaceCrop::Box(far)] {
                let made = like_data(&picture, crop, Crop::LFW);
                assert!((1..=1000).contains(&made.width()), "{crop}");
                assert!(made.pixels().all(|pixel| pixel.0 == [7; 3]));
            }
        }
    }

    #[test]
    fn boxes_stay_on_the_picture_and_are_read_back() {
        let start = FaceCrop::AsData.face_box((300, 200), Crop::LFW);
        assert_eq!((start.x, start.y, start.side), (114, 64, 72));
        let moved = start.changed((10, -4, 0), (300, 200));
        assert_eq!((moved.x, moved.y, moved.side), (124, 60, 72));
        let larger = start.changed((0, 0, 10), (300, 200));
        assert_eq!((larger.x, larger.y, larger.side), (109, 59, 82));
        let far = start.changed((9_999, -9_999, -9_999), (300, 200));
        assert_eq!((far.x, far.y, far.side), (296, -4, 8));
        for crop in [
            FaceCrop::AsData,
            FaceCrop::Whole,
            FaceCrop::Centre,
            FaceCrop::Box(far),
        ] {
            assert_eq!(crop.to_string().parse(), Ok(crop));
        }
        for text in ["", "1,2", "a,b,c", "1,2,0", "1,2,99999999"] {
            assert!(text.parse::<FaceCrop>().is_err(), "{text}");
        }
    }
}
