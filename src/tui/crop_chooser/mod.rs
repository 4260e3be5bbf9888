//! Which part of a picture file is the face, while it is chosen: the picture with the part
//! marked.

pub(crate) mod action;
pub(crate) mod keys;

use std::sync::Arc;

use image::{Rgb, RgbImage, imageops};

use action::CropAction;

use crate::dataset::{Crop, FaceBox, FaceCrop};
use crate::tui::action::Action;
use crate::tui::motion::{Direction, Step};
use crate::tui::opened_picture::OpenedPicture;

/// Side of the square picture that is drawn, in pixels.
const CANVAS: u32 = 440;

/// A box moves by this fraction of its side, and grows by as much.
const STEP: i32 = 8;

/// What an action did to a [`CropChooser`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CropEdit {
    /// Nothing.
    Unhandled,
    /// Another part is chosen.
    Changed,
    /// The part is taken.
    Accepted,
    /// The part before is chosen again, and nothing more is to be chosen.
    Cancelled,
}

/// A crop being chosen.
#[derive(Debug)]
pub(crate) struct CropChooser {
    /// Which of the opened pictures.
    pub(crate) picture: OpenedPicture,
    /// The choice.
    pub(crate) crop: FaceCrop,
    /// The choice before.
    original: FaceCrop,
    /// How the data set's pictures are cropped.
    data_crop: Crop,
    /// The picture with the part marked.
    pub(crate) pixels: Arc<RgbImage>,
}

impl CropChooser {
    pub(crate) fn new(picture: OpenedPicture, crop: FaceCrop, data_crop: Crop) -> Self {
        let mut chooser = Self {
            picture,
            crop,
            original: crop,
            data_crop,
            pixels: Arc::default(),
        };
        chooser.set(crop);
        chooser
    }

    /// Handles an action.
    pub(crate) fn update(&mut self, action: Action) -> CropEdit {
        let face_box = self.face_box();
        let step = (face_box.side as i32 / STEP).max(1);
        let changed = |change| FaceCrop::Box(face_box.changed(change, self.picture.size));
        let crop = match action {
            Action::Move(Direction::Left) => changed((-step, 0, 0)),
            Action::Move(Direction::Right) => changed((step, 0, 0)),
            Action::Move(Direction::Up) => changed((0, -step, 0)),
            Action::Move(Direction::Down) => changed((0, step, 0)),
            Action::Crop(CropAction::Resize(Step::Next)) => changed((0, 0, step)),
            Action::Crop(CropAction::Resize(Step::Previous)) => changed((0, 0, -step)),
            Action::Crop(CropAction::Set(crop)) => crop,
            Action::Accept => return CropEdit::Accepted,
            Action::Cancel => {
                self.set(self.original);
                return CropEdit::Cancelled;
            }
            _ => return CropEdit::Unhandled,
        };
        self.set(crop);
        CropEdit::Changed
    }

    fn set(&mut self, crop: FaceCrop) {
        self.crop = crop;
        self.pixels = Arc::new(draw(&self.picture, self.face_box()));
    }

    /// The chosen part, in the picture's pixels.
    pub(crate) fn face_box(&self) -> FaceBox {
        self.crop.face_box(self.picture.size, self.data_crop)
    }

    /// `a box · 120 × 120 at 34, 18 of 640 × 480`.
    pub(crate) fn facts(&self) -> [String; 3] {
        let name = match self.crop {
            FaceCrop::AsData if self.data_crop == Crop::LFW => "as LFW",
            FaceCrop::AsData => "as the data set's",
            FaceCrop::Whole => "whole",
            FaceCrop::Centre => "centre",
            FaceCrop::Box(_) => "a box",
        };
        let FaceBox { x, y, side } = self.face_box();
        let (width, height) = self.picture.size;
        [
            name.to_string(),
            format!("{side} × {side} at {x}, {y}"),
            format!("of {width} × {height} pixels"),
        ]
    }
}

/// The picture on a black square, dark but for the chosen part.
fn draw(picture: &OpenedPicture, face_box: FaceBox) -> RgbImage {
    let (width, height) = picture.size;
    let mut canvas = RgbImage::new(CANVAS, CANVAS);
    // A margin shows that a box reaches beyond the picture.
    let scale = f64::from(CANVAS) * 0.9 / f64::from(width.max(height).max(1));
    let scaled = |pixels: f64| (pixels * scale).round() as i64;
    let (shown_width, shown_height) = (scaled(width.into()).max(1), scaled(height.into()).max(1));
    let shown = imageops::resize(
        &*picture.preview,
        shown_width as u32,
        shown_height as u32,
        imageops::FilterType::Triangle,
    );
    let (left, top) = (
        (i64::from(CANVAS) - shown_width) / 2,
        (i64::from(CANVAS) - shown_height) / 2,
    );
    imageops::replace(&mut canvas, &shown, left, top);
    let start = |at: i32, offset: i64| offset + scaled(at.into());
    let columns = start(face_box.x, left)..=start(face_box.x, left) + scaled(face_box.side.into());
    let rows = start(face_box.y, top)..=start(face_box.y, top) + scaled(face_box.side.into());
    for (x, y, pixel) in canvas.enumerate_pixels_mut() {
        let (x, y) = (i64::from(x), i64::from(y));
        if !(columns.contains(&x) && rows.contains(&y)) {
            pixel.0 = pixel.0.map(|value| value / 3);
            continue;
        }
        let edges = [columns.start(), columns.end()].map(|edge| (x - edge).abs());
        let ends = [rows.start(), rows.end()].map(|edge| (y - edge).abs());
        if edges.iter().chain(&ends).any(|distance| *distance < 3) {
            *pixel = Rgb([255, 200, 60]);
        }
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_part_is_bright_and_the_rest_dark() {
        let picture = OpenedPicture {
            path: "/p/a.png".into(),
            size: (200, 100),
            preview: Arc::new(RgbImage::from_pixel(200, 100, Rgb([150; 3]))),
            crop: FaceCrop::AsData,
            remark: None,
        };
        let chooser = CropChooser::new(picture, FaceCrop::Centre, Crop::LFW);
        let at = |x: u32, y: u32| chooser.pixels.get_pixel(x, y).0;
        assert_eq!(at(CANVAS / 2, CANVAS / 2), [150; 3]);
        assert_eq!(at(40, CANVAS / 2), [50; 3]);
        assert_eq!(at(5, 5), [0; 3]);
        assert_eq!(chooser.facts()[0], "centre");
    }
}
