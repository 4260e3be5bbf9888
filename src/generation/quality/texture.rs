//! Small patterns of brightness and where they are: what the texture of a face looks like.
//!
//! Local ternary patterns (Tan and Triggs 2010) say of each pixel which of its eight neighbours
//! are brighter by a threshold, and which are darker. Their histograms in 3 × 3 cells, reduced to
//! the leading principal axes of the training faces', make a space in which blurred, noisy and
//! melted faces are far from real ones. Two-valued patterns call every difference one, and hardly
//! see that skin is flat and edges are not; docs/models.md has the figures of both. Pictures of more
//! than 32 pixels are described at their own size and reduced.

use rayon::prelude::*;

use super::axes::PrincipalAxes;
use super::coarse_factor;
use crate::error::Result;
use crate::imaging::shrink;
use crate::models::descriptor::binary_patterns::{BINS, bins, patterns_where};
use crate::models::descriptor::grey::Grey;

/// By how many of 255 grey values a neighbour has to differ.
const THRESHOLD: f32 = 5.0;
/// Distance of the neighbours, in pixels.
const RADIUS: usize = 1;
/// Cells in a row, and rows of cells.
const CELLS: usize = 3;
/// Principal axes.
const AXES: usize = 64;

/// The space, fitted to real faces.
#[derive(Debug)]
pub(super) struct TextureSpace {
    size: usize,
    axes: PrincipalAxes,
}

impl TextureSpace {
    /// Fits the axes to faces, bytes `[n, size, size, 3]`, and returns the space and their points.
    ///
    /// # Errors
    /// When there is none, or all have the same patterns.
    pub(super) fn fit(faces: &[u8], size: usize) -> Result<(Self, Vec<f32>)> {
        let features = describe_all(faces, size);
        let axes = PrincipalAxes::fit(&features, width(size), AXES)?;
        let points = axes.project(&features);
        Ok((Self { size, axes }, points))
    }

    /// Numbers in a point.
    pub(super) fn width(&self) -> usize {
        self.axes.count()
    }

    /// The points `[n, width]` of pictures, bytes `[n, size, size, 3]`.
    pub(super) fn points(&self, pictures: &[u8]) -> Vec<f32> {
        self.axes.project(&describe_all(pictures, self.size))
    }
}

/// Numbers that describe a picture.
fn width(size: usize) -> usize {
    let scales = if coarse_factor(size) > 1 { 2 } else { 1 };
    scales * 2 * CELLS * CELLS * BINS
}

/// `[n, width(size)]`
fn describe_all(pictures: &[u8], size: usize) -> Vec<f32> {
    let bins = bins();
    let each: Vec<Vec<f32>> = pictures
        .par_chunks_exact(size * size * 3)
        .map(|picture| describe(picture, size, &bins))
        .collect();
    each.concat()
}

/// The share of each pattern in each cell, brighter neighbours first.
fn describe(picture: &[u8], size: usize, bins: &[u8; 256]) -> Vec<f32> {
    let mut features = Vec::with_capacity(width(size));
    let mut add = |picture: &[u8], side: usize| {
        let grey = Grey::of_picture(picture, side);
        for is_set in [
            |neighbour: f32, centre: f32| neighbour - centre >= THRESHOLD,
            |neighbour: f32, centre: f32| centre - neighbour >= THRESHOLD,
        ] {
            let patterns = patterns_where(&grey, RADIUS, is_set);
            count_in_cells(&patterns, side, bins, &mut features);
        }
    };
    add(picture, size);
    let factor = coarse_factor(size);
    if factor > 1 {
        add(&shrink(picture, size, factor), size / factor);
    }
    features
}

fn count_in_cells(patterns: &[u8], side: usize, bins: &[u8; 256], features: &mut Vec<f32>) {
    // Pixels at the border have no pattern.
    let inner = side - 2 * RADIUS;
    let edge = |cell: usize| RADIUS + (inner * cell + CELLS / 2) / CELLS;
    for row in 0..CELLS {
        for column in 0..CELLS {
            let mut counts = [0u32; BINS];
            let across = edge(column)..edge(column + 1);
            for y in edge(row)..edge(row + 1) {
                for &pattern in &patterns[y * side..][across.clone()] {
                    counts[usize::from(bins[usize::from(pattern)])] += 1;
                }
            }
            let pixels = across.len() * (edge(row + 1) - edge(row));
            features.extend(counts.map(|count| count as f32 / pixels as f32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faint stripes whose strength varies from picture to picture.
    fn striped(strengths: &[u8], size: usize) -> Vec<u8> {
        let pixel = |strength: u8, x: usize| [100 + strength * u8::from(x % 4 < 2); 3];
        strengths
            .iter()
            .flat_map(|&strength| (0..size * size).flat_map(move |at| pixel(strength, at % size)))
            .collect()
    }

    #[test]
    fn shares_of_a_cell_add_up_to_one() {
        for size in [16, 32, 48, 64] {
            let features = describe(&striped(&[40], size), size, &bins());
            assert_eq!(features.len(), width(size));
            for cell in features.chunks(BINS) {
                assert!((cell.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn differences_below_the_threshold_are_flat() {
        let flat = describe(&striped(&[0], 32), 32, &bins());
        assert_eq!(describe(&striped(&[4], 32), 32, &bins()), flat);
        assert_ne!(describe(&striped(&[5], 32), 32, &bins()), flat);
    }

    #[test]
    fn points_of_the_fit_are_those_of_the_same_pictures() {
        let pictures = striped(&[0, 3, 9, 40, 80], 16);
        let (space, points) = TextureSpace::fit(&pictures, 16).unwrap();
        assert_eq!(points.len(), 5 * space.width());
        assert_eq!(space.points(&pictures), points);
        let error = TextureSpace::fit(&striped(&[0, 2], 16), 16).unwrap_err();
        assert!(error.to_string().contains("all the same"), "{error}");
    }
}
