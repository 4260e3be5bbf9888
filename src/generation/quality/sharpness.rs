//! How sharp pictures are.

use rayon::prelude::*;

/// The mean squared difference between neighbouring pixels, to the right and below, over pictures
/// of bytes `[n, size, size, 3]`; black to white is 1. Noise counts as sharpness, so it means
/// something beside the distances alone.
pub(super) fn sharpness(pictures: &[u8], size: usize) -> f64 {
    let stride = size * size * 3;
    let row = size * 3;
    // Sums of whole numbers, which do not depend on the threads.
    let squares: u64 = pictures
        .par_chunks_exact(stride)
        .map(|picture| {
            let difference = |a: u8, b: u8| u64::from(a.abs_diff(b)).pow(2);
            let across = picture
                .chunks_exact(row)
                .flat_map(|row| row.iter().zip(&row[3..]).map(|(&a, &b)| difference(a, b)));
            let down = picture.iter().zip(&picture[row..]);
            across.sum::<u64>() + down.map(|(&a, &b)| difference(a, b)).sum::<u64>()
        })
        .sum();
    let pairs = pictures.len() / stride.max(1) * 2 * 3 * size * size.saturating_sub(1);
    squares as f64 / (255.0 * 255.0) / pairs.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_between_pixels_count_squared() {
        let stripes: Vec<u8> = (0..2 * 4 * 4 * 3)
            .map(|at| if at / 3 % 2 == 0 { 0 } else { 51 })
            .collect();
        // 0.2² in one of the two directions.
        assert!((sharpness(&stripes, 4) - 0.02).abs() < 1e-12);
        assert_eq!(sharpness(&[7; 4 * 4 * 3], 4), 0.0);
        assert_eq!(sharpness(&[], 4), 0.0);
    }
}
