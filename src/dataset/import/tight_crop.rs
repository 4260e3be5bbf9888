//! Detects from their size that pictures are already cropped to the face: LFW's are 250 pixels
//! wide, and such crops are mostly smaller and nearly square (112 × 112, 160 × 160, 92 × 112, 178 ×
//! 218).

use image::ImageReader;

use crate::dataset::catalog::Dataset;
use crate::dataset::crop::{Crop, crop_range};

/// Pictures examined, spread evenly over the data set.
const SAMPLED_PICTURES: usize = 64;
/// The longest side of a tight crop: 224 is the usual size of network input.
const MAX_SIDE: u32 = 224;
/// The smallest ratio of the short side to the long one.
const MIN_ASPECT: f64 = 0.7;
/// The fraction of pictures that have to be tight crops.
const MIN_SHARE: f64 = 0.75;

/// A warning if most pictures look like tight crops.
pub(super) fn warning(dataset: &Dataset) -> Option<String> {
    let count = dataset.pictures.len();
    let looked_at = count.min(SAMPLED_PICTURES);
    let sizes: Vec<(u32, u32)> = (0..looked_at)
        .filter_map(|at| {
            let file = dataset.path(at * count / looked_at);
            let reader = ImageReader::open(file).ok()?.with_guessed_format().ok()?;
            reader.into_dimensions().ok()
        })
        .collect();
    let (width, height) = common_tight_size(&sizes)?;
    let side = width.min(height);
    let left = crop_range(side, Crop::LFW).len();
    Some(format!(
        "the pictures seem to be cropped to the face already ({width} × {height} pixels); with LFW's \
         crop, networks see only the middle {left} × {left} of them; if the face fills the picture, \
         import again with --crop none"
    ))
}

/// The most common size of tight crops, if most pictures are tight crops.
fn common_tight_size(sizes: &[(u32, u32)]) -> Option<(u32, u32)> {
    let mut tight: Vec<(u32, u32)> = sizes
        .iter()
        .copied()
        .filter(|&(width, height)| {
            let (short, long) = (width.min(height), width.max(height));
            long <= MAX_SIDE && f64::from(short) >= MIN_ASPECT * f64::from(long)
        })
        .collect();
    if tight.is_empty() || (tight.len() as f64) < MIN_SHARE * sizes.len() as f64 {
        return None;
    }
    tight.sort_unstable();
    tight
        .chunk_by(|a, b| a == b)
        .max_by_key(|same| same.len())
        .map(|same| same[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_squares_are_tight_and_lfws_are_not() {
        for (size, tight) in [
            ((250, 250), false),
            ((1024, 1024), false),
            ((640, 480), false),
            ((200, 100), false),
            ((112, 112), true),
            ((160, 160), true),
            ((92, 112), true),
            ((178, 218), true),
            ((64, 64), true),
        ] {
            assert_eq!(
                common_tight_size(&[size; 9]),
                tight.then_some(size),
                "{size:?}"
            );
        }
        let mixed = [(250, 250), (112, 112), (112, 112), (112, 112)];
        assert_eq!(common_tight_size(&mixed), Some((112, 112)));
        assert_eq!(common_tight_size(&mixed[..3]), None);
        assert_eq!(common_tight_size(&[]), None);
    }
}
