//! Some pixels are known.

use super::Measurement;

/// Whole pixels that are known.
#[derive(Debug, Clone)]
pub struct Pixels {
    pixels: usize,
    known: Vec<usize>,
}

/// Magnitude of black and white, as noise that hides pixels leaves it in all channels.
const SATURATED: f32 = 0.5;
const NEAR: f32 = 1e-6;

impl Pixels {
    /// The pixels of a picture of `pixels` pixels that are `known`, by index.
    pub fn new(pixels: usize, known: impl IntoIterator<Item = usize>) -> Self {
        Self {
            pixels,
            known: known.into_iter().filter(|&at| at < pixels).collect(),
        }
    }

    /// The pixels of a picture `[size, size, 3]` that are not exactly black or white in all
    /// channels.
    pub fn unsaturated(picture: &[f32]) -> Self {
        let is_known = |pixel: &[f32]| pixel.iter().any(|v| (v.abs() - SATURATED).abs() > NEAR);
        let all = picture.chunks_exact(3).enumerate();
        let known = all.filter(|(_, pixel)| is_known(pixel)).map(|(at, _)| at);
        Self::new(picture.len() / 3, known)
    }
}

impl Measurement for Pixels {
    fn values(&self) -> usize {
        self.pixels * 3
    }

    fn rows(&self) -> usize {
        self.known.len() * 3
    }

    fn measure(&self, picture: &[f32]) -> Vec<f64> {
        let known = self.known.iter();
        let known = known.flat_map(|&at| &picture[at * 3..at * 3 + 3]);
        known.map(|&value| f64::from(value)).collect()
    }

    fn add_back(&self, measured: &[f64], picture: &mut [f32]) {
        for (&at, pixel) in self.known.iter().zip(measured.chunks_exact(3)) {
            for (value, &add) in picture[at * 3..at * 3 + 3].iter_mut().zip(pixel) {
                *value = (f64::from(*value) + add) as f32;
            }
        }
    }
}
