//! The operations on a GPU: large matrix products by cuBLAS, and what stands
//! between them by kernels of our own (`kernels.cu`).
//!
//! Convolutions gather the taps of every pixel into a row first (im2col), so that
//! each direction, forward, to the input and to the weights, is one product; bias,
//! activation and pool are one pass over its result, and so is their way back.
//! With the feature `cudnn` convolutions are cuDNN's instead, which gathers
//! nothing. The kernels are C too: tests compile them for the CPU and compare
//! every operation with its twin there.

mod batch;
mod conv;
#[cfg(any(test, feature = "cudnn"))]
mod conv_directions;
mod conv_transpose;
#[cfg(feature = "cudnn")]
mod cudnn;
mod dense;
pub mod graph;
// A program without CUDA launches nothing.
#[cfg_attr(not(feature = "cuda"), allow(dead_code))]
mod launch;
mod matmul;
mod mse;
pub(super) mod optimizer;
mod reductions;
mod reshape;

use std::cell::Cell;

use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};

use super::autograd;
use super::{Activation, Pooling};
use crate::error::Result;

/// How exact the matrix products on a GPU are. Weights, moments, sums and
/// everything between the products stay f32; the CPU is always f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 bits of mantissa.
    F32,
    /// f32 rounded to 11 bits of mantissa inside the product: the tensor
    /// cores' way, and several times as fast.
    #[default]
    Tf32,
    /// Operands and results of the products have 8 bits of mantissa.
    Bf16,
}

thread_local! {
    static PRECISION: Cell<Precision> = const { Cell::new(Precision::F32) };
}

/// Sets the precision of the layers that this thread computes on a GPU; f32 until
/// then. Other products (principal components, spectra) are f32 always.
pub fn set_precision(precision: Precision) {
    PRECISION.set(precision);
}

/// Whether products of f32 must not be rounded on the way.
#[cfg(feature = "cuda")]
fn is_exact() -> bool {
    PRECISION.get() == Precision::F32
}

/// The type of the products' operands.
fn operand_dtype() -> DType {
    match PRECISION.get() {
        Precision::Bf16 => DType::BF16,
        Precision::F32 | Precision::Tf32 => DType::F32,
    }
}

/// The values of a tensor (see [`launch::aligned`]) as operands, with zeros
/// behind them up to `count`: `[count]`.
fn to_operands(element: DType, x: &Tensor, count: usize) -> candle_core::Result<Tensor> {
    let len = x.elem_count();
    if element == DType::F32 && len == count {
        return x.flatten_all();
    }
    let result = launch::uninit(count, element, x.device())?;
    let wide = if launch::vector_width(len) == 8 && launch::vector_width(count) == 8 {
        8
    } else {
        1
    };
    launch::Launch::new("operands", element, count / wide)
        .sizes(&[len, wide])
        .read(&[x])
        .write(&[&result])?;
    Ok(result)
}

/// The gradient before the activation, as operands, from gradient and result.
fn pre_activation_gradient(
    element: DType,
    gradient: &Tensor,
    result: &Tensor,
    activation: Activation,
) -> candle_core::Result<Tensor> {
    let before = launch::uninit(result.shape(), element, result.device())?;
    let wide = launch::vector_width(result.elem_count());
    launch::Launch::new("before", element, result.elem_count() / wide)
        .sizes(&[activation_code(activation)?, wide])
        .read(&[gradient, result])
        .write(&[&before])?;
    Ok(before)
}

/// Values of a row of nine taps: products are fast where rows are multiples of
/// 16 bytes.
fn row_pitch(channels: usize) -> usize {
    (9 * channels).next_multiple_of(8)
}

/// Values of a row of `values` and a one behind them, likewise.
fn row_pitch_with_bias(values: usize) -> usize {
    (values + 1).next_multiple_of(8)
}

/// The number by which the kernels know an activation.
fn activation_code(activation: Activation) -> candle_core::Result<usize> {
    match activation {
        Activation::Linear => Ok(0),
        Activation::Relu => Ok(1),
        Activation::Elu => Ok(2),
        Activation::Silu => candle_core::bail!("silu's slope cannot be told from its result"),
    }
}

/// On a GPU, a batch `[n, size, size, 3]` of pictures that lie there as bytes
/// `[pictures, size · size · 3]`; `told` `[n, 4]`, u32, names them: the row, 1 to mirror
/// the picture, and a key of 64 bits for its noise, lower half first.
///
/// # Errors
/// When shapes do not fit, or it is no GPU.
pub fn gather_batch(bytes: &Tensor, told: &Tensor, size: usize) -> Result<Tensor> {
    Ok(batch::gather(bytes, told, size)?)
}

/// On a GPU, such a batch with Gaussian noise of standard deviation `sigma`.
///
/// # Errors
/// When shapes do not fit, or it is no GPU.
pub fn add_gaussian_noise(pictures: &Tensor, told: &Tensor, sigma: f32) -> Result<Tensor> {
    Ok(batch::add_gaussian_noise(pictures, told, sigma)?)
}

/// Overwrites `to` by `from`, both of one shape, f32 and on one GPU; may be recorded.
///
/// # Errors
/// Those of the device.
pub fn copy_into(to: &Tensor, from: &Tensor) -> Result<()> {
    Ok(reductions::copy(from, to)?)
}

/// See [`super::conv3x3`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub(super) fn conv3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    pool: Pooling,
) -> Result<Tensor> {
    let inputs = [x, weight, bias];
    let detached = inputs.map(Tensor::detach);
    let (node, result) = conv::forward(operand_dtype(), detached.each_ref(), activation, pool)?;
    autograd::apply_precomputed(node, &inputs, result)
}

/// See [`super::conv_transpose3x3`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub(super) fn conv_transpose3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let inputs = [x, weight, bias];
    let detached = inputs.map(Tensor::detach);
    let (node, result) = conv_transpose::forward(operand_dtype(), detached.each_ref(), activation)?;
    autograd::apply_precomputed(node, &inputs, result)
}

/// See [`super::dense`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub(super) fn dense(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let inputs = [x, weight, bias];
    let detached = inputs.map(Tensor::detach);
    let (node, result) = dense::forward(operand_dtype(), detached.each_ref(), activation)?;
    autograd::apply_precomputed(node, &inputs, result)
}

/// See [`super::mse`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub(super) fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let result = mse::forward(&prediction.detach(), &target.detach())?;
    autograd::apply_precomputed(mse::MeanSquaredError, &[prediction, target], result)
}

/// See [`super::reshape`].
///
/// # Errors
/// When the number of values differs.
pub(super) fn reshape(x: &Tensor, shape: candle_core::Shape) -> Result<Tensor> {
    let result = x.detach().copy()?.reshape(shape)?;
    autograd::apply_precomputed(reshape::Reshape, &[x], result)
}

#[cfg(test)]
mod tests;
