//! Tensor operations that stock candle lacks, gets wrong, or does slowly.
//!
//! Pictures are NHWC `[n, h, w, channels]` f32 throughout; convolution weights
//! are `[3, 3, in, out]`. Each operation is differentiable through candle's
//! autograd, takes its fast path on the CPU, and has a plain twin in [`plain`]
//! made of candle's own operations, which tests compare it with and which
//! serves every other device.

pub mod distance;
pub mod plain;

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// The non-linearity after a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// None.
    #[default]
    Linear,
    /// max(x, 0); its gradient at 0 is 0.
    Relu,
    /// x where positive, else eˣ − 1.
    Elu,
    /// x · sigmoid(x).
    Silu,
}

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// Nothing: the output keeps the picture's size.
    None,
    /// The maximum of each 2×2 window; of several equal maxima the first in
    /// row order gets the gradient. Odd rows and columns at the end are dropped.
    Max2,
}

/// 3×3 convolution with stride 1 and zero padding, then bias, activation and pool.
/// `x` `[n, h, w, in]`, `weight` `[3, 3, in, out]`, `bias` `[out]`.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    pool: Pool,
) -> Result<Tensor> {
    plain::conv3x3(x, weight, bias, activation, pool)
}

/// 3×3 transposed convolution with stride 2 that doubles the sides, then bias
/// and activation: PyTorch's padding 1 with output padding 1.
/// `x` `[n, h, w, in]`, `weight` `[3, 3, in, out]`, result `[n, 2h, 2w, out]`.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv_transpose3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    plain::conv_transpose3x3(x, weight, bias, activation)
}

/// Dense layer: activation(x · weight + bias). `x` `[n, in]`, `weight` `[in, out]`, `bias` `[out]`.
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn dense(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    plain::dense(x, weight, bias, activation)
}

/// Mean over all elements of (prediction − target)², as a scalar.
///
/// # Errors
/// When the shapes differ.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    plain::mse(prediction, target)
}
