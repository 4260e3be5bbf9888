//! Non-local means: a pixel becomes the weighted mean of pixels with similar surroundings.

/// Radius of the patches that are compared: 3 × 3 pixels.
const PATCH_RADIUS: isize = 1;
/// Radius of the search window: 15 × 15 pixels.
const SEARCH_RADIUS: isize = 7;

/// Non-local means (Buades, Coll and Morel 2005) of one face `[size, size, 3]` with noise of
/// standard deviation `sigma`.
///
/// Weights are exp(−max(d² − 2σ², 0) / h²), where d² is the mean squared difference of two
/// patches over all channels, and h is `strength`, with black to white as 1. A pixel itself has
/// the weight of its best match. The picture is mirrored at its borders.
pub fn nonlocal_means(face: &[f32], size: usize, sigma: f32, strength: f32) -> Vec<f32> {
    let padded = MirrorPadded::new(face, size, (PATCH_RADIUS + SEARCH_RADIUS) as usize);
    let mut sums = vec![[0f32; 3]; size * size];
    let mut weights = vec![0f32; size * size];
    let mut largest = vec![0f32; size * size];
    let padded_size = size + 2 * PATCH_RADIUS as usize;
    let mut squares = vec![0f32; padded_size * padded_size];
    let patch_values = 3.0 * ((2 * PATCH_RADIUS + 1) * (2 * PATCH_RADIUS + 1)) as f32;
    let scale = 1.0 / (strength * strength).max(1e-12);
    for down in -SEARCH_RADIUS..=SEARCH_RADIUS {
        for across in -SEARCH_RADIUS..=SEARCH_RADIUS {
            if (down, across) == (0, 0) {
                continue;
            }
            for (i, square) in squares.iter_mut().enumerate() {
                let (y, x) = (
                    (i / padded_size) as isize - PATCH_RADIUS,
                    (i % padded_size) as isize - PATCH_RADIUS,
                );
                let (a, b) = (padded.at(y, x), padded.at(y + down, x + across));
                *square = (0..3).map(|c| (a[c] - b[c]) * (a[c] - b[c])).sum();
            }
            for y in 0..size {
                for x in 0..size {
                    let mut sum = 0.0;
                    for row in 0..=2 * PATCH_RADIUS as usize {
                        let from = (y + row) * padded_size + x;
                        sum += squares[from..=from + 2 * PATCH_RADIUS as usize]
                            .iter()
                            .sum::<f32>();
                    }
                    let distance = (sum / patch_values - 2.0 * sigma * sigma).max(0.0);
                    let weight = (-distance * scale).exp();
                    let i = y * size + x;
                    let other = padded.at(y as isize + down, x as isize + across);
                    for (sum, value) in sums[i].iter_mut().zip(other) {
                        *sum += weight * value;
                    }
                    weights[i] += weight;
                    largest[i] = largest[i].max(weight);
                }
            }
        }
    }
    let mut out = Vec::with_capacity(face.len());
    for (i, own) in face.chunks_exact(3).enumerate() {
        // Without any match, the pixel stays as it is.
        let weight = if largest[i] > 0.0 { largest[i] } else { 1.0 };
        for c in 0..3 {
            out.push((sums[i][c] + weight * own[c]) / (weights[i] + weight));
        }
    }
    out
}

/// A picture padded with its mirror image.
struct MirrorPadded {
    pixels: Vec<[f32; 3]>,
    border: isize,
    side: isize,
}

impl MirrorPadded {
    fn new(face: &[f32], size: usize, border: usize) -> Self {
        let side = size + 2 * border;
        let inside = |at: usize| {
            let period = 2 * size as isize;
            let at = (at as isize - border as isize).rem_euclid(period) as usize;
            at.min(2 * size - 1 - at)
        };
        let pixels = (0..side * side)
            .map(|i| {
                let from = (inside(i / side) * size + inside(i % side)) * 3;
                [face[from], face[from + 1], face[from + 2]]
            })
            .collect();
        Self {
            pixels,
            border: border as isize,
            side: side as isize,
        }
    }

    fn at(&self, y: isize, x: isize) -> [f32; 3] {
        self.pixels[((y + self.border) * self.side + x + self.border) as usize]
    }
}
