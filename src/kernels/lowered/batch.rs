//! Batches out of a data set that lies on the GPU as bytes.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit};

/// The pictures `[n, size, size, 3]`, each value / 255 − 0.5, that `told` names:
/// `[n, 4]` of a row of `bytes` `[pictures, size · size · 3]`, 1 to mirror it, and a key.
pub(super) fn gather(bytes: &Tensor, told: &Tensor, size: usize) -> Result<Tensor> {
    let (n, values) = (told.dim(0)?, size * size * 3);
    if bytes.dim(1)? != values || told.dims() != [n, 4] {
        candle_core::bail!("pictures of {values} values out of {bytes:?} by {told:?}");
    }
    let result = uninit((n, size, size, 3), DType::F32, bytes.device())?;
    Launch::new("draw", DType::F32, n * values)
        .sizes(&[values, 3 * size])
        .read(&[bytes, told])
        .write(&[&result])?;
    Ok(result)
}

/// The pictures with Gaussian noise of standard deviation `sigma`, each picture's a
/// function of its key alone.
pub(super) fn add_gaussian_noise(pictures: &Tensor, told: &Tensor, sigma: f32) -> Result<Tensor> {
    let (n, height, width, channels) = pictures.dims4()?;
    let values = height * width * channels;
    if told.dims() != [n, 4] || !values.is_multiple_of(2) {
        candle_core::bail!("noise on {pictures:?} by {told:?}");
    }
    let result = uninit(pictures.shape(), DType::F32, pictures.device())?;
    Launch::new("noisy", DType::F32, n * values / 2)
        .sizes(&[values])
        .scalar(sigma)
        .read(&[&aligned(pictures)?, told])
        .write(&[&result])?;
    Ok(result)
}
