//! A blurred picture is known: the cosine frequencies that the blur let pass.

use super::Measurement;

/// Frequencies that the blur passes by less than this share are not measured: rounding to bytes
/// would be enlarged by its inverse.
const LEAST_GAIN: f64 = 0.1;

/// A Gaussian blur of pictures of side `size` and, of the two-dimensional cosine frequencies
/// (DCT-II, mirrored at the borders) of each channel, those that it passes. A row of M is such a
/// frequency.
#[derive(Debug, Clone)]
pub struct Frequencies {
    size: usize,
    /// `[size, size]`: one row for each frequency.
    cosines: Vec<f64>,
    /// Gain of each frequency along one side.
    gains: Vec<f64>,
    /// Index and gain of the frequencies that are measured, `[3, size, size]`.
    kept: Vec<(usize, f64)>,
}

impl Frequencies {
    /// The blur with standard deviation `sigma` in pixels.
    pub fn new(size: u32, sigma: f32) -> Self {
        let side = size as usize;
        let n = f64::from(size);
        let cosine = |k: usize, i: usize| {
            let scale = if k == 0 { 1.0 / n } else { 2.0 / n }.sqrt();
            scale * (std::f64::consts::PI * (i as f64 + 0.5) * k as f64 / n).cos()
        };
        let cosines = (0..side * side).map(|at| cosine(at / side, at % side));
        let gains: Vec<f64> = (0..side)
            .map(|k| {
                let frequency = std::f64::consts::PI * k as f64 / n;
                (-0.5 * (frequency * f64::from(sigma)).powi(2)).exp()
            })
            .collect();
        let kept = (0..3 * side * side).filter_map(|at| {
            let gain = gains[at / side % side] * gains[at % side];
            (gain >= LEAST_GAIN).then_some((at, gain))
        });
        Self {
            kept: kept.collect(),
            cosines: cosines.collect(),
            size: side,
            gains,
        }
    }

    /// The blurred picture.
    pub(super) fn blur(&self, picture: &[f32]) -> Vec<f32> {
        let mut coefficients = self.forward(picture);
        let side = self.size;
        for (at, value) in coefficients.iter_mut().enumerate() {
            *value *= self.gains[at / side % side] * self.gains[at % side];
        }
        let mut blurred = vec![0f32; picture.len()];
        self.add_inverse(&coefficients, &mut blurred);
        blurred
    }

    /// What M measures of the picture that was blurred to `blurred`: the gains are undone.
    pub(super) fn measure_before_blur(&self, blurred: &[f32]) -> Vec<f64> {
        let measured = self.measure(blurred);
        let both = measured.iter().zip(&self.kept);
        both.map(|(value, (_, gain))| value / gain).collect()
    }

    /// Coefficients `[3, size, size]`.
    fn forward(&self, picture: &[f32]) -> Vec<f64> {
        let s = self.size;
        let mut planes = vec![0f64; picture.len()];
        for (at, &value) in picture.iter().enumerate() {
            planes[at % 3 * s * s + at / 3] = f64::from(value);
        }
        for plane in planes.chunks_exact_mut(s * s) {
            self.transform_both_ways(plane, |k, i| self.cosines[k * s + i]);
        }
        planes
    }

    /// Adds the picture of coefficients `[3, size, size]`.
    fn add_inverse(&self, coefficients: &[f64], picture: &mut [f32]) {
        let s = self.size;
        let mut planes = coefficients.to_vec();
        for plane in planes.chunks_exact_mut(s * s) {
            self.transform_both_ways(plane, |i, k| self.cosines[k * s + i]);
        }
        for (at, value) in picture.iter_mut().enumerate() {
            *value = (f64::from(*value) + planes[at % 3 * s * s + at / 3]) as f32;
        }
    }

    /// T · plane · Tᵀ for the matrix with entries `entry(row, column)`.
    fn transform_both_ways(&self, plane: &mut [f64], entry: impl Fn(usize, usize) -> f64) {
        let s = self.size;
        let matrix: Vec<f64> = (0..s * s).map(|at| entry(at / s, at % s)).collect();
        // Twice: multiply by the matrix from the left, and transpose.
        for _ in 0..2 {
            let mut product = vec![0f64; s * s];
            for (row, target) in matrix.chunks_exact(s).zip(product.chunks_exact_mut(s)) {
                for (&weight, source) in row.iter().zip(plane.chunks_exact(s)) {
                    for (sum, value) in target.iter_mut().zip(source) {
                        *sum += weight * value;
                    }
                }
            }
            for (at, value) in plane.iter_mut().enumerate() {
                *value = product[at % s * s + at / s];
            }
        }
    }
}

impl Measurement for Frequencies {
    fn values(&self) -> usize {
        self.size * self.size * 3
    }

    fn rows(&self) -> usize {
        self.kept.len()
    }

    fn measure(&self, picture: &[f32]) -> Vec<f64> {
        let coefficients = self.forward(picture);
        self.kept.iter().map(|&(at, _)| coefficients[at]).collect()
    }

    fn add_back(&self, measured: &[f64], picture: &mut [f32]) {
        let mut coefficients = vec![0f64; picture.len()];
        for (&(at, _), &value) in self.kept.iter().zip(measured) {
            coefficients[at] = value;
        }
        self.add_inverse(&coefficients, picture);
    }
}
