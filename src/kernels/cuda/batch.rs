//! Batches from a data set that is on the GPU as bytes.
//!
//! A batch is described by `draws` `[n, 4]`, u32, one row a picture: the picture's row in
//! the data set, 1 to mirror it, and a key of 64 bits for its noise, lower half first.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit};

/// The pictures `[n, size, size, 3]`, each value / 255 − 0.5, that `draws` selects from
/// `bytes` `[pictures, size · size · 3]`.
///
/// # Errors
/// When shapes do not fit, or the tensors are not on a GPU.
pub(crate) fn gather_batch(bytes: &Tensor, draws: &Tensor, size: usize) -> Result<Tensor> {
    let (n, values) = (draws.dim(0)?, size * size * 3);
    if bytes.dim(1)? != values || draws.dims() != [n, 4] {
        candle_core::bail!("no pictures of {values} values in {bytes:?} by {draws:?}");
    }
    let result = uninit((n, size, size, 3), DType::F32, bytes.device())?;
    Launch::new("gather_batch", DType::F32, n * values)
        .sizes(&[values, 3 * size])
        .read(&[bytes, draws])
        .write(&[&result])?;
    Ok(result)
}

/// The pictures with Gaussian noise of standard deviation `sigma`, a function of each
/// picture's key alone.
///
/// # Errors
/// When shapes do not fit, or the tensors are not on a GPU.
pub(crate) fn add_gaussian_noise(pictures: &Tensor, draws: &Tensor, sigma: f32) -> Result<Tensor> {
    let (n, height, width, channels) = pictures.dims4()?;
    let values = height * width * channels;
    if draws.dims() != [n, 4] || !values.is_multiple_of(2) {
        candle_core::bail!("noise on {pictures:?} by {draws:?}");
    }
    let result = uninit(pictures.shape(), DType::F32, pictures.device())?;
    Launch::new("add_gaussian_noise", DType::F32, n * values / 2)
        .sizes(&[values])
        .scalar(sigma)
        .read(&[&aligned(pictures)?, draws])
        .write(&[&result])?;
    Ok(result)
}
