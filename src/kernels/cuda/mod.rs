//! The operations on a GPU: large matrix products by cuBLAS, and what is between
//! them by kernels of our own (`kernels.cu`).
//!
//! Convolutions first gather the taps of every pixel into a row (im2col), so that
//! each direction, forward, to the input and to the weights, is one product; bias,
//! activation and pooling are one pass over its result, and so is their backward pass.
//! With the feature `cudnn` convolutions are cuDNN's instead, which gathers
//! nothing. The kernels are also C: tests compile them for the CPU and compare
//! every operation with its reference implementation there.

mod args;
mod batch;
mod conv;
#[cfg(any(test, feature = "cudnn"))]
mod conv_directions;
mod conv_transpose;
#[cfg(feature = "cudnn")]
mod cudnn;
mod dense;
#[cfg(any(test, feature = "cudnn"))]
mod direction;
#[cfg(feature = "cuda")]
mod driver;
#[cfg(test)]
mod emulated;
#[cfg(feature = "cuda")]
mod gemm;
pub(crate) mod graph;
// A program without CUDA launches nothing.
#[cfg_attr(not(feature = "cuda"), allow(dead_code))]
mod launch;
mod matmul;
mod mse;
mod operand;
mod operands;
pub(super) mod optimizer;
mod reductions;
mod reshape;
#[cfg(test)]
mod tests;

use candle_core::{Shape, Tensor};

use super::activation::{Activation, Pooling};
use super::autograd::{CandleResult, Operation, apply_precomputed};
use super::precision::operand_dtype;
use crate::error::Result;

pub(crate) use batch::{add_gaussian_noise, gather_batch};
pub(crate) use reductions::copy_into;

/// See [`super::conv3x3`].
pub(super) fn conv3x3(
    inputs: [&Tensor; 3],
    activation: Activation,
    pooling: Pooling,
) -> Result<Tensor> {
    apply(inputs, |inputs| {
        conv::forward(operand_dtype(), inputs, activation, pooling)
    })
}

/// See [`super::conv_transpose3x3`].
pub(super) fn conv_transpose3x3(inputs: [&Tensor; 3], activation: Activation) -> Result<Tensor> {
    apply(inputs, |inputs| {
        conv_transpose::forward(operand_dtype(), inputs, activation)
    })
}

/// See [`super::dense`].
pub(super) fn dense(inputs: [&Tensor; 3], activation: Activation) -> Result<Tensor> {
    apply(inputs, |inputs| {
        dense::forward(operand_dtype(), inputs, activation)
    })
}

/// See [`super::mse`].
pub(super) fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    apply([prediction, target], |[prediction, target]| {
        let result = mse::forward(prediction, target)?;
        Ok((mse::MeanSquaredError, result))
    })
}

/// See [`super::reshape`].
pub(super) fn reshape(x: &Tensor, shape: Shape) -> Result<Tensor> {
    apply([x], |[x]| {
        let result = x.copy()?.reshape(shape)?;
        Ok((reshape::Reshape, result))
    })
}

/// Computes an operation from detached inputs and adds it to candle's graph.
fn apply<const N: usize, O: Operation<N>>(
    inputs: [&Tensor; N],
    forward: impl FnOnce([&Tensor; N]) -> CandleResult<(O, Tensor)>,
) -> Result<Tensor> {
    let detached = inputs.map(Tensor::detach);
    let (operation, result) = forward(detached.each_ref())?;
    apply_precomputed(operation, inputs, result)
}
