//! A coarse picture is known: the means of blocks.

use super::Measurement;
use crate::error::{Error, Result};

/// The means of `cells` × `cells` square blocks, for each channel. A row of M is 1 / b over the b²
/// pixels of a block, so that it measures b times the mean.
#[derive(Debug, Clone)]
pub struct Blocks {
    size: usize,
    cells: usize,
}

impl Blocks {
    /// For pictures of side `size`.
    ///
    /// # Errors
    /// When the side is not a multiple of the number of cells.
    pub fn new(size: u32, cells: u32) -> Result<Self> {
        if cells == 0 || cells > size || !size.is_multiple_of(cells) {
            return Err(Error::invalid(
                format!("coarse:{cells}"),
                format!("a side of {size} pixels has no {cells} equal parts; write coarse:8"),
            ));
        }
        Ok(Self {
            size: size as usize,
            cells: cells as usize,
        })
    }

    /// Side of a block in pixels.
    fn side(&self) -> usize {
        self.size / self.cells
    }

    /// Where the value at `index` of a picture is measured.
    fn row_of(&self, index: usize) -> usize {
        let (pixel, channel) = (index / 3, index % 3);
        let (row, column) = (pixel / self.size, pixel % self.size);
        (row / self.side() * self.cells + column / self.side()) * 3 + channel
    }
}

impl Measurement for Blocks {
    fn values(&self) -> usize {
        self.size * self.size * 3
    }

    fn rows(&self) -> usize {
        self.cells * self.cells * 3
    }

    fn measure(&self, picture: &[f32]) -> Vec<f64> {
        let mut sums = vec![0f64; self.rows()];
        for (index, &value) in picture.iter().enumerate() {
            sums[self.row_of(index)] += f64::from(value);
        }
        let side = self.side() as f64;
        sums.iter_mut().for_each(|sum| *sum /= side);
        sums
    }

    fn add_back(&self, measured: &[f64], picture: &mut [f32]) {
        let side = self.side() as f64;
        for (index, value) in picture.iter_mut().enumerate() {
            *value = (f64::from(*value) + measured[self.row_of(index)] / side) as f32;
        }
    }
}
