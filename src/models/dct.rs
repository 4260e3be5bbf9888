//! The cosine transform of pictures in opponent colours. Its coefficients are nearly
//! uncorrelated, unlike neighbouring pixels and channels.

use candle_core::{Device, Tensor};

use crate::error::Result;

/// An orthonormal transform of pictures `[n, size, size, 3]`: brightness and two colour
/// differences, each under a two-dimensional DCT-II.
#[derive(Debug)]
pub(super) struct ColourDct {
    size: usize,
    /// `[size, size]`: one row for each frequency.
    cosines: Tensor,
    /// `[3, 3]`: one row for each opponent colour.
    opponents: Tensor,
}

impl ColourDct {
    pub(super) fn new(size: usize, device: &Device) -> Result<Self> {
        let n = size as f64;
        let cosine = |k: usize, i: usize| {
            let scale = if k == 0 { 1.0 / n } else { 2.0 / n }.sqrt();
            scale * (std::f64::consts::PI * (i as f64 + 0.5) * k as f64 / n).cos()
        };
        let cosines: Vec<f32> = (0..size * size)
            .map(|at| cosine(at / size, at % size) as f32)
            .collect();
        let [a, b, c] = [3f32, 2.0, 6.0].map(|squares| 1.0 / squares.sqrt());
        let opponents = vec![a, a, a, b, 0.0, -b, c, -2.0 * c, c];
        Ok(Self {
            size,
            cosines: Tensor::from_vec(cosines, (size, size), device)?,
            opponents: Tensor::from_vec(opponents, (3, 3), device)?,
        })
    }

    /// Coefficients `[n, 3 · size · size]` of pictures, in any shape with that many values.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        let (n, s) = (pictures.dim(0)?, self.size);
        let planes = pictures
            .reshape((n * s * s, 3))?
            .matmul(&self.opponents.t()?)?
            .reshape((n, s * s, 3))?
            .transpose(1, 2)?
            .contiguous()?;
        let horizontal = planes.reshape((n * 3 * s, s))?.matmul(&self.cosines.t()?)?;
        let transposed = self.transpose_planes(&horizontal, n)?;
        let both = transposed.matmul(&self.cosines.t()?)?;
        // [n, 3, horizontal frequency, vertical frequency]
        Ok(both.reshape((n, 3 * s * s))?)
    }

    /// Pictures `[n, size · size · 3]` of coefficients `[n, 3 · size · size]`.
    pub(super) fn inverse(&self, coefficients: &Tensor) -> Result<Tensor> {
        let (n, s) = (coefficients.dim(0)?, self.size);
        let vertical = coefficients
            .reshape((n * 3 * s, s))?
            .matmul(&self.cosines)?;
        let both = self.transpose_planes(&vertical, n)?.matmul(&self.cosines)?;
        let pixels = both.reshape((n, 3, s * s))?.transpose(1, 2)?.contiguous()?;
        let pictures = pixels.reshape((n * s * s, 3))?.matmul(&self.opponents)?;
        Ok(pictures.reshape((n, s * s * 3))?)
    }

    /// Swaps rows and columns in each of the n × 3 planes.
    fn transpose_planes(&self, planes: &Tensor, n: usize) -> Result<Tensor> {
        let s = self.size;
        Ok(planes
            .reshape((n * 3, s, s))?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((n * 3 * s, s))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_orthonormal_and_invertible() {
        let (n, size) = (3, 8);
        let values: Vec<f32> = (0..n * size * size * 3)
            .map(|i| ((i * 37 + 11) % 101) as f32 / 101.0 - 0.5)
            .collect();
        let pictures = Tensor::from_vec(values, (n, size * size * 3), &Device::Cpu).unwrap();
        let dct = ColourDct::new(size, &Device::Cpu).unwrap();
        let coefficients = dct.forward(&pictures).unwrap();
        let energy = |x: &Tensor| {
            x.sqr()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
        };
        assert!((energy(&coefficients) / energy(&pictures) - 1.0).abs() < 1e-5);
        let difference = (dct.inverse(&coefficients).unwrap() - &pictures).unwrap();
        assert!(energy(&difference) < 1e-9 * energy(&pictures));
        // A uniform grey has only the first coefficient.
        let grey = Tensor::full(0.25f32, (1, size * size * 3), &Device::Cpu).unwrap();
        let grey = dct.forward(&grey).unwrap().to_vec2::<f32>().unwrap();
        let expected = 0.25 * ((size * size * 3) as f32).sqrt();
        assert!((grey[0][0] - expected).abs() < 1e-5);
        assert!(grey[0][1..].iter().all(|value| value.abs() < 1e-5));
    }
}
