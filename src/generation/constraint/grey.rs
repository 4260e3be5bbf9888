//! Only the brightness is known.

use super::Measurement;

/// Shares of red, green and blue in the brightness (ITU-R BT.601).
pub const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// The brightness of every pixel. A row of M is [`LUMA`], scaled to length one.
#[derive(Debug, Clone)]
pub struct Grey {
    pixels: usize,
    weights: [f64; 3],
}

impl Grey {
    /// For pictures of `pixels` pixels.
    pub fn new(pixels: usize) -> Self {
        let length = LUMA.iter().map(|w| w * w).sum::<f64>().sqrt();
        Self {
            pixels,
            weights: LUMA.map(|w| w / length),
        }
    }
}

/// The brightness of a pixel `[3]`.
pub(super) fn luma(pixel: &[f32]) -> f64 {
    let weighted = pixel.iter().zip(LUMA);
    weighted
        .map(|(&value, weight)| f64::from(value) * weight)
        .sum()
}

impl Measurement for Grey {
    fn values(&self) -> usize {
        self.pixels * 3
    }

    fn rows(&self) -> usize {
        self.pixels
    }

    fn measure(&self, picture: &[f32]) -> Vec<f64> {
        let pixels = picture.chunks_exact(3);
        let weighted = pixels.map(|pixel| pixel.iter().zip(self.weights));
        weighted
            .map(|values| values.map(|(&v, w)| f64::from(v) * w).sum())
            .collect()
    }

    fn add_back(&self, measured: &[f64], picture: &mut [f32]) {
        for (pixel, add) in picture.chunks_exact_mut(3).zip(measured) {
            for (value, weight) in pixel.iter_mut().zip(self.weights) {
                *value = (f64::from(*value) + weight * add) as f32;
            }
        }
    }
}
