//! A face as numbers that say which small patterns occur where.

use std::ops::Range;
use std::sync::LazyLock;

use super::cells::CellGrid;
use super::grey::{Grey, HEIGHT, WIDTH};
use super::{binary_patterns, phase};

/// What is counted in the cells.
#[derive(Debug, Clone, Copy)]
enum Pattern {
    /// Uniform local binary patterns of this radius in pixels.
    Binary { radius: usize },
    /// Local phase in a window of this side in pixels.
    Phase { side: usize },
}

/// One kind of pattern, counted in cells.
struct Family {
    pattern: Pattern,
    grid: CellGrid,
    /// The family's share of the whole descriptor's variance, up to a common factor.
    share: f64,
    bins: usize,
    bin_of: [u8; 256],
    /// The bin of the mirrored picture for each bin.
    mirrored: Vec<usize>,
}

/// Pattern, side of its cells, share. docs/models.md has the figures of others.
const FAMILIES: [(Pattern, usize, f64); 4] = [
    (Pattern::Binary { radius: 2 }, 14, 1.0 / 3.0),
    (Pattern::Binary { radius: 3 }, 14, 1.0 / 3.0),
    (Pattern::Binary { radius: 4 }, 14, 1.0 / 3.0),
    (Pattern::Phase { side: 9 }, 18, 1.0),
];

static LAYOUT: LazyLock<Vec<Family>> = LazyLock::new(|| {
    FAMILIES
        .map(|(pattern, cell, share)| Family::new(pattern, cell, share))
        .into()
});

/// Numbers that describe a face.
pub(super) fn count() -> usize {
    LAYOUT.iter().map(Family::len).sum()
}

/// The features of a face, bytes `[128, 128, 3]`: square roots of the histograms (Hellinger's
/// kernel), as bytes. A face and its mirror image have the same: each histogram is the mean of the
/// two, and only those of the left half are kept.
pub(super) fn describe(face: &[u8]) -> Vec<u8> {
    let grey = Grey::of_face(face);
    let mut features = Vec::with_capacity(count());
    for family in LAYOUT.iter() {
        family.describe(&grey, &mut features);
    }
    features
}

/// Features that are scaled together: those of one family.
pub(super) struct Block {
    pub features: Range<usize>,
    /// See [`Family::share`].
    pub share: f64,
    /// The weight of each feature within the block: √2 for histograms that stand for two cells.
    pub weights: Vec<f32>,
}

/// The blocks of the features, in order.
pub(super) fn blocks() -> Vec<Block> {
    let mut start = 0;
    let block = |family: &Family| {
        let features = start..start + family.len();
        start = features.end;
        Block {
            features,
            share: family.share,
            weights: family.weights(),
        }
    };
    LAYOUT.iter().map(block).collect()
}

impl Family {
    fn new(pattern: Pattern, cell: usize, share: f64) -> Self {
        let (margin, bins, bin_of, mirror): (_, _, _, fn(u8) -> u8) = match pattern {
            Pattern::Binary { radius } => (
                radius,
                binary_patterns::BINS,
                binary_patterns::bins(),
                binary_patterns::mirrored,
            ),
            Pattern::Phase { side } => (
                side / 2,
                phase::BINS,
                std::array::from_fn(|code| code as u8),
                phase::mirrored,
            ),
        };
        let mut mirrored = vec![0; bins];
        for code in 0..=u8::MAX {
            let bin_of = |code: u8| usize::from(bin_of[usize::from(code)]);
            mirrored[bin_of(code)] = bin_of(mirror(code));
        }
        let picture = (WIDTH, HEIGHT);
        Self {
            pattern,
            grid: CellGrid {
                picture,
                margin,
                cell,
            },
            share,
            bins,
            bin_of,
            mirrored,
        }
    }

    fn len(&self) -> usize {
        self.grid.rows() * self.grid.left_columns() * self.bins
    }

    fn describe(&self, grey: &Grey, features: &mut Vec<u8>) {
        let codes = match self.pattern {
            Pattern::Binary { radius } => binary_patterns::patterns(grey, radius),
            Pattern::Phase { side } => phase::codes(grey, side),
        };
        let counts = self.grid.histograms(&codes, &self.bin_of, self.bins);
        let cell = self.grid.cell;
        let roots: Vec<f32> = (0..=cell * cell).map(|n| (n as f32).sqrt()).collect();
        // A cell of one pattern alone becomes 255.
        let scale = 255.0 / (2 * cell) as f32;
        let columns = self.grid.columns();
        for row in counts.chunks_exact(columns * self.bins) {
            for column in 0..self.grid.left_columns() {
                let left = &row[column * self.bins..][..self.bins];
                let right = &row[(columns - 1 - column) * self.bins..][..self.bins];
                features.extend(left.iter().zip(&self.mirrored).map(|(&count, &mirrored)| {
                    let sum = roots[usize::from(count)] + roots[usize::from(right[mirrored])];
                    (sum * scale).round() as u8
                }));
            }
        }
    }

    fn weights(&self) -> Vec<f32> {
        let columns = self.grid.columns();
        let row = (0..self.grid.left_columns()).flat_map(|column| {
            let is_middle = 2 * column + 1 == columns;
            let weight = if is_middle {
                1.0
            } else {
                std::f32::consts::SQRT_2
            };
            std::iter::repeat_n(weight, self.bins)
        });
        let row: Vec<f32> = row.collect();
        row.repeat(self.grid.rows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::descriptor::grey::SIDE;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    fn face(seed: u64) -> Vec<u8> {
        let mut rng = generator(seed, Purpose::SyntheticFace, 0, 0);
        let (a, b): (f32, f32) = (rng.random_range(0.02..0.2), rng.random_range(0.02..0.2));
        (0..SIDE * SIDE)
            .flat_map(|at| {
                let (x, y) = ((at % SIDE) as f32, (at / SIDE) as f32);
                let grain: f32 = rng.random_range(0.0..30.0);
                [(100.0 + 60.0 * (a * x).sin() * (b * y + 0.01 * x).cos() + grain) as u8; 3]
            })
            .collect()
    }

    #[test]
    fn a_face_and_its_mirror_image_have_the_same_features() {
        let face = face(1);
        let mirrored: Vec<u8> = face
            .chunks_exact(SIDE * 3)
            .flat_map(|row| {
                row.chunks_exact(3)
                    .rev()
                    .flatten()
                    .copied()
                    .collect::<Vec<_>>()
            })
            .collect();
        let (a, b) = (describe(&face), describe(&mirrored));
        assert_eq!(a.len(), count());
        let differing = a
            .iter()
            .zip(&b)
            .filter(|(a, b)| a.abs_diff(**b) > 1)
            .count();
        // Phases that are zero up to rounding may change their sign.
        assert!(differing * 1000 < a.len(), "{differing} of {}", a.len());
        assert_ne!(a, describe(&self::face(2)));
    }

    #[test]
    fn brightness_and_contrast_hardly_matter() {
        let face = face(3);
        let brighter: Vec<u8> = face.iter().map(|&v| v / 2 * 2).collect();
        let doubled: Vec<u8> = brighter.iter().map(|&v| v / 2 + 20).collect();
        let distance = |a: &[u8], b: &[u8]| -> f64 {
            let pairs = describe(a).into_iter().zip(describe(b));
            pairs.map(|(a, b)| f64::from(a.abs_diff(b)).powi(2)).sum()
        };
        let other = self::face(4);
        assert!(distance(&brighter, &doubled) * 50.0 < distance(&brighter, &other));
    }

    #[test]
    fn blocks_follow_each_other_and_have_a_weight_for_each_feature() {
        let mut end = 0;
        for block in blocks() {
            assert_eq!(block.features.start, end);
            assert_eq!(block.weights.len(), block.features.len());
            end = block.features.end;
        }
        assert_eq!(end, count());
        assert_eq!(count(), (16 * 6 + 16 * 6 + 15 * 6) * 59 + 12 * 4 * 256);
    }
}
