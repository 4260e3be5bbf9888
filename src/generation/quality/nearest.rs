//! Whether made faces lie nearer to the faces of the training than to others.

use std::sync::Arc;

use crate::error::Result;
use crate::imaging::shrink;
use crate::search::{BruteForce, CodeTable, Hit, Index, Metric};

use super::coarse_factor;

/// Pictures at no more than 32 pixels a side, compared pixel by pixel: what is remembered is
/// remembered in the large.
#[derive(Debug)]
pub(super) struct PixelIndex {
    size: usize,
    index: BruteForce,
}

impl PixelIndex {
    /// Of pictures, bytes `[n, size, size, 3]`.
    ///
    /// # Errors
    /// When they are not whole pictures.
    pub(super) fn new(pictures: &[u8], size: usize) -> Result<Self> {
        let values = reduced_values(pictures, size, coarse_factor(size));
        let width = (size / coarse_factor(size)).pow(2) * 3;
        let table = CodeTable::new(values, width, Metric::L2)?;
        Ok(Self {
            size,
            index: BruteForce::new(Arc::new(table)),
        })
    }

    /// Number of pictures.
    pub(super) fn len(&self) -> usize {
        self.index.table().len()
    }

    /// The `k` pictures nearest to each of these, bytes `[n, size, size, 3]`. Distances are
    /// Euclidean, of values from 0 to 1.
    ///
    /// # Errors
    /// When they are not whole pictures.
    pub(super) fn nearest(&self, pictures: &[u8], k: usize) -> Result<Vec<Vec<Hit>>> {
        let values = reduced_values(pictures, self.size, coarse_factor(self.size));
        self.index.search_batch(&values, k)
    }
}

/// Pictures, bytes `[n, size, size, 3]`, reduced by a whole factor, as values from 0 to 1.
pub(super) fn reduced_values(pictures: &[u8], size: usize, factor: usize) -> Vec<f32> {
    pictures
        .chunks_exact(size * size * 3)
        .flat_map(|picture| shrink(picture, size, factor))
        .map(|byte| f32::from(byte) / 255.0)
        .collect()
}

/// The share of pictures that lie nearer to a face of the training than to one of as many others:
/// 0.5 for faces that are new, 1 for copies.
///
/// There are usually more training faces than others, and leaving some out would hide copies of
/// those. So all are compared, and the odds are divided by how much more there are: with a share s
/// nearest to one of t training faces rather than to one of h others, the odds
/// s / (1 − s) · h / t are those of a face beside as many of both.
///
/// # Errors
/// As [`PixelIndex::nearest`].
pub(super) fn remembered(
    pictures: &[u8],
    training: &PixelIndex,
    held_out: &PixelIndex,
) -> Result<f64> {
    let distance = |hits: Vec<Hit>| hits.first().map_or(f32::INFINITY, |hit| hit.distance);
    let of_training = training.nearest(pictures, 1)?.into_iter().map(distance);
    let of_others = held_out.nearest(pictures, 1)?.into_iter().map(distance);
    let (mut count, mut nearer) = (0.0, 0.0);
    for (own, other) in of_training.zip(of_others) {
        count += 1.0;
        nearer += match own.total_cmp(&other) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
    }
    let share: f64 = nearer / f64::max(count, 1.0);
    let near_training = share / training.len().max(1) as f64;
    let near_others = (1.0 - share) / held_out.len().max(1) as f64;
    Ok(near_training / (near_training + near_others))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    fn noise(count: usize, seed: u64) -> Vec<u8> {
        let mut rng = generator(seed, Purpose::SyntheticFace, 0, 0);
        (0..count * 4 * 4 * 3).map(|_| rng.random()).collect()
    }

    #[test]
    fn copies_are_remembered_and_others_are_even() {
        let (training, held_out) = (noise(300, 1), noise(60, 2));
        let own = PixelIndex::new(&training, 4).unwrap();
        let other = PixelIndex::new(&held_out, 4).unwrap();
        let copies = &training[..40 * 48];
        assert_eq!(remembered(copies, &own, &other).unwrap(), 1.0);
        let others = &held_out[..40 * 48];
        assert_eq!(remembered(others, &own, &other).unwrap(), 0.0);
        let new = remembered(&noise(2000, 3), &own, &other).unwrap();
        assert!((new - 0.5).abs() < 0.05, "{new}");
        assert_eq!(remembered(copies, &own, &own).unwrap(), 0.5);
    }

    #[test]
    fn larger_pictures_are_compared_in_the_large() {
        let fine: Vec<u8> = (0..64 * 64 * 3)
            .map(|at| 100 + 20 * ((at / 3) % 2) as u8)
            .collect();
        let index = PixelIndex::new(&[110; 64 * 64 * 3], 64).unwrap();
        let hits = index.nearest(&fine, 1).unwrap();
        assert_eq!(hits[0][0].distance, 0.0);
    }
}
