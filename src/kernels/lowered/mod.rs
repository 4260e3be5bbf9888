//! The operations as large matrix products, for devices that are best at those.
//!
//! Every operation is made of candle's own on whole batches, so it runs on any
//! device (tests compare it with the twins on the CPU); on a GPU the products
//! are cuBLAS'. Convolutions gather the taps of every pixel into a row first
//! (im2col), so that each direction, forward, to the input and to the weights,
//! is one product. The way back is written out: candle's own would scatter
//! each tap by itself. With the feature `cudnn` convolutions on a GPU are
//! cuDNN's instead, which gathers nothing.

mod activation;
mod conv;
mod conv_transpose;
#[cfg(feature = "cudnn")]
mod cudnn;
mod dense;
#[cfg(any(test, feature = "cudnn"))]
mod directions;
mod mse;
mod pool;
mod reshape;
mod taps;

use std::sync::atomic::{AtomicU8, Ordering};

use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};

use super::node;
use super::{Activation, Pool};
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

static PRECISION: AtomicU8 = AtomicU8::new(Precision::F32 as u8);

/// Sets the precision of the process' products on GPUs; f32 until then.
pub fn set_precision(precision: Precision) {
    PRECISION.store(precision as u8, Ordering::Relaxed);
    candle_core::cuda::set_gemm_reduced_precision_f32(precision != Precision::F32);
}

/// Whether products of f32 must not be rounded on the way.
#[cfg(feature = "cudnn")]
fn is_exact() -> bool {
    PRECISION.load(Ordering::Relaxed) == Precision::F32 as u8
}

/// What a product's operand is rounded to.
fn operand(x: &Tensor) -> candle_core::Result<Tensor> {
    let is_half = PRECISION.load(Ordering::Relaxed) == Precision::Bf16 as u8;
    match is_half && x.device().is_cuda() {
        true => x.to_dtype(DType::BF16),
        false => Ok(x.clone()),
    }
}

/// a · b of operands, in f32.
fn product(a: &Tensor, b: &Tensor) -> candle_core::Result<Tensor> {
    a.matmul(b)?.to_dtype(DType::F32)
}

/// The sum of each column of `[rows, columns]`; as a product it runs at the
/// speed of memory.
fn column_sums(x: &Tensor) -> candle_core::Result<Tensor> {
    let (rows, columns) = x.dims2()?;
    let ones = Tensor::ones((1, rows), x.dtype(), x.device())?;
    ones.matmul(x)?.reshape(columns)
}

/// See [`super::conv3x3`].
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
    let inputs = [x, weight, bias];
    let (node, result) = conv::forward(inputs.map(Tensor::detach).each_ref(), activation, pool)?;
    node::apply_made(node, &inputs, result)
}

/// See [`super::conv_transpose3x3`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn conv_transpose3x3(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let inputs = [x, weight, bias];
    let result = conv_transpose::forward(inputs.map(Tensor::detach).each_ref(), activation)?;
    node::apply_made(conv_transpose::ConvTranspose(activation), &inputs, result)
}

/// See [`super::dense`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn dense(x: &Tensor, weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    let inputs = [x, weight, bias];
    let result = dense::forward(inputs.map(Tensor::detach).each_ref(), activation)?;
    node::apply_made(dense::Dense(activation), &inputs, result)
}

/// See [`super::mse`].
///
/// # Errors
/// When shapes, types or devices do not fit.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let result = super::plain::mse(&prediction.detach(), &target.detach())?;
    node::apply_made(mse::MeanSquaredError, &[prediction, target], result)
}

/// See [`super::reshape`].
///
/// # Errors
/// When the number of values differs.
pub(super) fn reshape(x: &Tensor, shape: candle_core::Shape) -> Result<Tensor> {
    let result = x.detach().contiguous()?.reshape(shape)?;
    node::apply_made(reshape::Reshape, &[x], result)
}
