//! Several pictures on one image.

use std::borrow::Borrow;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::error::{Error, Result};

/// Pictures on a contact sheet are enlarged to at least this height, in pixels.
const MIN_HEIGHT: u32 = 256;

/// Pictures in one row, at most: the longest path with its ends.
const LONGEST_ROW: usize = 17;
/// In a row of more pictures.
const SHEET_COLUMNS: usize = 8;

/// Pictures in one row, enlarged as on a [`contact_sheet`].
///
/// # Errors
/// As [`contact_sheet`].
pub(crate) fn side_by_side(pictures: &[impl Borrow<RgbImage>]) -> Result<RgbImage> {
    contact_sheet(pictures, pictures.len())
}

/// Pictures in one row, or many in rows, enlarged as on a [`contact_sheet`].
///
/// # Errors
/// As [`contact_sheet`].
pub(crate) fn row_or_sheet(pictures: &[impl Borrow<RgbImage>]) -> Result<RgbImage> {
    match pictures.len() {
        count @ ..=LONGEST_ROW => contact_sheet(pictures, count),
        _ => contact_sheet(pictures, SHEET_COLUMNS),
    }
}

/// Pictures in rows of `columns` on white. All are enlarged, without smoothing, to the height of
/// the tallest times a whole factor, so that they are at least [`MIN_HEIGHT`] high.
///
/// # Errors
/// [`Error::Invalid`] about "picture" when there is none, or all are empty.
pub(crate) fn contact_sheet(
    pictures: &[impl Borrow<RgbImage>],
    columns: usize,
) -> Result<RgbImage> {
    let heights = pictures.iter().map(|picture| picture.borrow().height());
    let Some(tallest) = heights.max().filter(|&height| height > 0) else {
        return Err(Error::invalid("picture", "there is nothing to save"));
    };
    let height = tallest * MIN_HEIGHT.div_ceil(tallest);
    let enlarged: Vec<RgbImage> = pictures
        .iter()
        .map(|picture| {
            let picture = picture.borrow();
            let width = picture.width() * height / picture.height().max(1);
            imageops::resize(picture, width, height, FilterType::Nearest)
        })
        .collect();
    let rows: Vec<&[RgbImage]> = enlarged.chunks(columns.max(1)).collect();
    let gap = (height / 32).max(1);
    Ok(arrange(&rows, gap, Rgb([255; 3])))
}

/// Rows of faces at their own size on black. Each row is `[faces, size, size, 3]` bytes, RGB.
/// `None` when no row holds a face.
pub(crate) fn face_grid(rows: &[&[u8]], size: u32, gap: u32) -> Option<RgbImage> {
    let face_bytes = (size * size * 3) as usize;
    let rows: Vec<Vec<RgbImage>> = rows
        .iter()
        .map(|row| {
            row.chunks_exact(face_bytes.max(1))
                .filter_map(|face| RgbImage::from_raw(size, size, face.to_vec()))
                .collect()
        })
        .collect();
    if rows.iter().all(Vec::is_empty) {
        return None;
    }
    let rows: Vec<&[RgbImage]> = rows.iter().map(Vec::as_slice).collect();
    Some(arrange(&rows, gap, Rgb([0; 3])))
}

/// Puts rows of pictures of one height below each other, `gap` pixels apart in both directions.
fn arrange(rows: &[&[RgbImage]], gap: u32, background: Rgb<u8>) -> RgbImage {
    let row_width = |row: &&[RgbImage]| {
        let gaps = gap * (row.len() as u32).saturating_sub(1);
        row.iter().map(RgbImage::width).sum::<u32>() + gaps
    };
    let height = rows
        .iter()
        .flat_map(|row| row.iter())
        .map(RgbImage::height)
        .max();
    let (width, height) = (rows.iter().map(row_width).max(), height.unwrap_or(0));
    let total_height = ((height + gap) * rows.len() as u32).saturating_sub(gap);
    let mut sheet = RgbImage::from_pixel(width.unwrap_or(0), total_height, background);
    for (row, pictures) in (0..).zip(rows) {
        let mut left = 0;
        for picture in *pictures {
            imageops::replace(&mut sheet, picture, left, row * i64::from(height + gap));
            left += i64::from(picture.width() + gap);
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_enlarged_by_a_whole_factor_and_kept_apart() {
        let pictures = [100, 200].map(|grey| RgbImage::from_pixel(64, 64, Rgb([grey; 3])));
        let sheet = side_by_side(&pictures).unwrap();
        assert_eq!(sheet.dimensions(), (2 * 256 + 8, 256));
        assert_eq!(sheet.get_pixel(255, 255).0, [100; 3]);
        assert_eq!(sheet.get_pixel(256, 0).0, [255; 3]);
        assert_eq!(sheet.get_pixel(264, 0).0, [200; 3]);
        let pictures = [
            pictures[0].clone(),
            pictures[1].clone(),
            pictures[0].clone(),
        ];
        let sheet = contact_sheet(&pictures, 2).unwrap();
        assert_eq!(sheet.dimensions(), (2 * 256 + 8, 2 * 256 + 8));
        assert_eq!(sheet.get_pixel(0, 264).0, [100; 3]);
        assert_eq!(sheet.get_pixel(264, 264).0, [255; 3]);
        assert!(side_by_side(&[] as &[RgbImage]).is_err());
        assert!(side_by_side(&[RgbImage::default()]).is_err());
    }

    #[test]
    fn faces_keep_their_size_in_a_grid() {
        let (dark, light) = ([10; 3 * 12], [250; 3 * 12]);
        let grid = face_grid(&[&dark, &light], 2, 1).unwrap();
        assert_eq!(grid.dimensions(), (8, 5));
        assert_eq!(grid.get_pixel(7, 1).0, [10; 3]);
        assert_eq!(grid.get_pixel(2, 0).0, [0; 3]);
        assert_eq!(grid.get_pixel(0, 3).0, [250; 3]);
        let row = face_grid(&[&light], 2, 0).unwrap();
        assert_eq!(row.into_raw(), [250; 3 * 12]);
        assert_eq!(face_grid(&[&[], &[]], 2, 1), None);
    }
}
