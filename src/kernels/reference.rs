//! Reference implementations: each operation composed of candle's own, exact and slow.
//! They also serve other types than f32.

use candle_core::{D, Module, Tensor};
use candle_nn::Linear;

use super::activation::{Activation, Pooling};
use crate::error::Result;

/// See [`super::conv3x3`]: nine shifted matrix products.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    pooling: Pooling,
) -> Result<Tensor> {
    let (n, h, w, channels) = x.dims4()?;
    let out = weight.dim(D::Minus1)?;
    let padded = x.pad_with_zeros(1, 1, 1)?.pad_with_zeros(2, 1, 1)?;
    let mut sum: Option<Tensor> = None;
    for row in 0..3 {
        for column in 0..3 {
            let tap = weight.get(row)?.get(column)?;
            let shifted = padded
                .narrow(1, row, h)?
                .narrow(2, column, w)?
                .contiguous()?
                .reshape((n * h * w, channels))?;
            let product = shifted.matmul(&tap)?;
            sum = Some(match sum {
                Some(sum) => (sum + product)?,
                None => product,
            });
        }
    }
    let sum = sum.ok_or_else(|| candle_core::Error::Msg("no taps".into()))?;
    let y = activate(&sum.broadcast_add(bias)?, activation)?.reshape((n, h, w, out))?;
    match pooling {
        Pooling::None => Ok(y),
        Pooling::Max2x2 => max_pool2(&y),
    }
}

/// Maximum of each 2×2 window of `[n, h, w, c]`, the first of equal ones
/// taking the gradient.
///
/// # Errors
/// When `x` is not a batch of pictures.
pub(crate) fn max_pool2(x: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = x.dims4()?;
    let windows = x
        .narrow(1, 0, h / 2 * 2)?
        .narrow(2, 0, w / 2 * 2)?
        .contiguous()?
        .reshape((n, h / 2, 2, w / 2, 2, c))?
        .permute((0, 1, 3, 5, 2, 4))?
        .contiguous()?
        .reshape((n, h / 2, w / 2, c, 4))?;
    let first = windows.detach().argmax_keepdim(D::Minus1)?;
    Ok(windows.gather(&first, D::Minus1)?.squeeze(D::Minus1)?)
}

/// See [`super::conv_transpose3x3`]: each tap scatters into one of four phases.
///
/// Output row 2i + r − 1 receives tap r of input row i (rows outside are dropped).
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv_transpose3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let (n, h, w, channels) = x.dims4()?;
    let out = weight.dim(D::Minus1)?;
    // One row and column of zeros after the end: the tap that reaches beyond.
    let padded = x.pad_with_zeros(1, 0, 1)?.pad_with_zeros(2, 0, 1)?;
    // (tap, shift) pairs that reach an even or odd output coordinate.
    let reach: [&[(usize, usize)]; 2] = [&[(1, 0)], &[(2, 0), (0, 1)]];
    let mut phases = Vec::with_capacity(4);
    for row_taps in reach {
        for column_taps in reach {
            let mut sum: Option<Tensor> = None;
            for &(row, down) in row_taps {
                for &(column, right) in column_taps {
                    let product = padded
                        .narrow(1, down, h)?
                        .narrow(2, right, w)?
                        .contiguous()?
                        .reshape((n * h * w, channels))?
                        .matmul(&weight.get(row)?.get(column)?)?;
                    sum = Some(match sum {
                        Some(sum) => (sum + product)?,
                        None => product,
                    });
                }
            }
            let sum = sum.ok_or_else(|| candle_core::Error::Msg("no taps".into()))?;
            phases.push(sum.reshape((n, h, w, out))?);
        }
    }
    let y = Tensor::stack(&phases, 3)?
        .reshape((n, h, w, 2, 2, out))?
        .permute((0, 1, 3, 2, 4, 5))?
        .contiguous()?
        .reshape((n, 2 * h, 2 * w, out))?;
    activate(&y.broadcast_add(bias)?, activation)
}

/// See [`super::dense`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn dense(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    let layer = Linear::new(weight.t()?, Some(bias.clone()));
    activate(&layer.forward(x)?, activation)
}

/// See [`super::mse`].
///
/// # Errors
/// When the shapes differ.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    Ok(candle_nn::loss::mse(prediction, target)?)
}

/// Applies the activation.
///
/// # Errors
/// When candle cannot compute it.
pub(crate) fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Linear => x.clone(),
        // candle's relu passes the gradient at 0; PyTorch's and Keras' do not.
        Activation::Relu => (x * x.gt(0.0)?.to_dtype(x.dtype())?)?,
        Activation::Elu => x.elu(1.0)?,
        Activation::Silu => x.silu()?,
    })
}

/// See [`super::weighted_mse`].
///
/// # Errors
/// When the shapes differ.
pub fn weighted_mse(prediction: &Tensor, target: &Tensor, weights: &[f32]) -> Result<Tensor> {
    let mut shape = vec![1; prediction.rank()];
    shape[0] = weights.len();
    let weights = Tensor::from_slice(weights, shape, prediction.device())?;
    let squares = (prediction - target)?.sqr()?;
    Ok(squares.broadcast_mul(&weights)?.mean_all()?)
}

/// See [`super::add_scaled`].
///
/// # Errors
/// When the shapes differ.
pub fn add_scaled(a: &Tensor, b: &Tensor, factor: f32) -> Result<Tensor> {
    Ok((a + b.affine(f64::from(factor), 0.0)?)?)
}

/// See [`super::add_product`].
///
/// # Errors
/// When the shapes differ.
pub fn add_product(a: &Tensor, scale: &Tensor, b: &Tensor) -> Result<Tensor> {
    Ok((a + (scale.detach() * b)?)?)
}
