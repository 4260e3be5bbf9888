//! The cosine transform of pictures in opponent colours, in which neighbouring
//! pixels' and channels' values are nearly uncorrelated.

use candle_core::{Device, Tensor};

use crate::error::Result;

/// An orthonormal transform of `[n, size, size, 3]`: brightness and two colour
/// differences, each by the two-dimensional DCT-II.
#[derive(Debug)]
pub(super) struct ColourDct {
    size: usize,
    /// `[size, size]`, a frequency a row.
    cosines: Tensor,
    /// `[3, 3]`, an opponent colour a row.
    colours: Tensor,
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
        let colours = vec![a, a, a, b, 0.0, -b, c, -2.0 * c, c];
        Ok(Self {
            size,
            cosines: Tensor::from_vec(cosines, (size, size), device)?,
            colours: Tensor::from_vec(colours, (3, 3), device)?,
        })
    }

    /// Coefficients `[n, 3 · size · size]` of pictures with as many values.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        let (n, s) = (pictures.dim(0)?, self.size);
        let planes = pictures
            .reshape((n * s * s, 3))?
            .matmul(&self.colours.t()?)?
            .reshape((n, s * s, 3))?
            .transpose(1, 2)?
            .contiguous()?;
        let across = planes.reshape((n * 3 * s, s))?.matmul(&self.cosines.t()?)?;
        let turned = self.transpose_planes(&across, n)?;
        let both = turned.matmul(&self.cosines.t()?)?;
        // [n, 3, frequency across, frequency down]
        Ok(both.reshape((n, 3 * s * s))?)
    }

    /// The pictures `[n, size · size · 3]` of coefficients.
    pub(super) fn inverse(&self, coefficients: &Tensor) -> Result<Tensor> {
        let (n, s) = (coefficients.dim(0)?, self.size);
        let down = coefficients
            .reshape((n * 3 * s, s))?
            .matmul(&self.cosines)?;
        let both = self.transpose_planes(&down, n)?.matmul(&self.cosines)?;
        let pixels = both.reshape((n, 3, s * s))?.transpose(1, 2)?.contiguous()?;
        let pictures = pixels.reshape((n * s * s, 3))?.matmul(&self.colours)?;
        Ok(pictures.reshape((n, s * s * 3))?)
    }

    /// Rows for columns in each of n × 3 planes.
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
    fn the_transform_is_orthonormal_and_undone() {
        let (n, size) = (3, 8);
        let values: Vec<f32> = (0..n * size * size * 3)
            .map(|i| ((i * 37 + 11) % 101) as f32 / 101.0 - 0.5)
            .collect();
        let pictures = Tensor::from_vec(values, (n, size * size * 3), &Device::Cpu).unwrap();
        let spectrum = ColourDct::new(size, &Device::Cpu).unwrap();
        let coefficients = spectrum.forward(&pictures).unwrap();
        let energy = |x: &Tensor| {
            x.sqr()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
        };
        assert!((energy(&coefficients) / energy(&pictures) - 1.0).abs() < 1e-5);
        let apart = (spectrum.inverse(&coefficients).unwrap() - &pictures).unwrap();
        assert!(energy(&apart) < 1e-9 * energy(&pictures));
        // An even grey is the first coefficient alone.
        let grey = Tensor::full(0.25f32, (1, size * size * 3), &Device::Cpu).unwrap();
        let grey = spectrum.forward(&grey).unwrap().to_vec2::<f32>().unwrap();
        let expected = 0.25 * ((size * size * 3) as f32).sqrt();
        assert!((grey[0][0] - expected).abs() < 1e-5);
        assert!(grey[0][1..].iter().all(|value| value.abs() < 1e-5));
    }
}
