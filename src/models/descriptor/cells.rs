//! Histograms of pixel codes over overlapping cells.

use std::ops::Range;

/// A grid of square cells that cover the pixels with a code evenly, overlapping by half.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellGrid {
    /// Width and height of the picture, in pixels.
    pub picture: (usize, usize),
    /// Pixels at each border that have no code.
    pub margin: usize,
    /// Side of a cell in pixels.
    pub cell: usize,
}

impl CellGrid {
    /// Columns of cells.
    pub(super) fn columns(&self) -> usize {
        self.along(self.picture.0)
    }

    /// Rows of cells.
    pub(super) fn rows(&self) -> usize {
        self.along(self.picture.1)
    }

    /// Columns of cells in the left half, with the middle one.
    pub(super) fn left_columns(&self) -> usize {
        self.columns().div_ceil(2)
    }

    fn along(&self, length: usize) -> usize {
        (length - 2 * self.margin - self.cell) / (self.cell / 2) + 1
    }

    /// The pixels that cell `index` of `count` covers along an axis of `length` pixels.
    fn span(&self, index: usize, count: usize, length: usize) -> Range<usize> {
        let free = length - 2 * self.margin - self.cell;
        // To the nearest pixel, halves up.
        let steps = (count - 1).max(1);
        let start = self.margin + (2 * free * index + steps) / (2 * steps);
        start..start + self.cell
    }

    /// How often each bin occurs in each cell: `[rows, columns, bins]`. `bin_of` is the bin of
    /// each code.
    pub(super) fn histograms(&self, codes: &[u8], bin_of: &[u8; 256], bins: usize) -> Vec<u16> {
        let (width, height) = self.picture;
        let (columns, rows) = (self.columns(), self.rows());
        let mut counts = vec![0u16; rows * columns * bins];
        for (index, counts) in counts.chunks_exact_mut(bins).enumerate() {
            let across = self.span(index % columns, columns, width);
            for y in self.span(index / columns, rows, height) {
                for &code in &codes[y * width..][across.clone()] {
                    counts[usize::from(bin_of[usize::from(code)])] += 1;
                }
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cover_the_coded_pixels_evenly_and_every_pixel_counts() {
        let grid = CellGrid {
            picture: (92, 126),
            margin: 3,
            cell: 14,
        };
        assert_eq!((grid.columns(), grid.rows()), (11, 16));
        assert_eq!(grid.span(0, 11, 92), 3..17);
        assert_eq!(grid.span(10, 11, 92), 75..89);
        for index in 0..11 {
            let (left, right) = (grid.span(index, 11, 92), grid.span(10 - index, 11, 92));
            assert_eq!(left.start + right.end, 92, "the mirrored cell");
        }
        let codes: Vec<u8> = (0..92 * 126).map(|i| (i % 7) as u8).collect();
        let mut bins = [0; 256];
        bins[6] = 1;
        for counts in grid.histograms(&codes, &bins, 2).chunks(2) {
            assert_eq!(counts[0] + counts[1], 14 * 14);
            assert!((20..37).contains(&counts[1]), "{counts:?}");
        }
    }
}
