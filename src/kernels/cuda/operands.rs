//! Operands of the products, and arguments that several kernels share.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use crate::kernels::activation::Activation;
use crate::kernels::autograd::BackwardPass;

/// The values of a tensor (see [`super::launch::aligned`]) as operands, followed by zeros
/// up to `count`: `[count]`.
pub(super) fn to_operands(element: DType, x: &Tensor, count: usize) -> Result<Tensor> {
    let len = x.elem_count();
    if element == DType::F32 && len == count {
        return x.flatten_all();
    }
    let result = uninit(count, element, x.device())?;
    let wide = if vector_width(len) == 8 && vector_width(count) == 8 {
        8
    } else {
        1
    };
    Launch::new("to_operands", element, count / wide)
        .sizes(&[len, wide])
        .read(&[x])
        .write(&[&result])?;
    Ok(result)
}

/// A layer's result and its gradient, as kernels read them.
pub(super) fn aligned_results<const N: usize>(
    pass: &BackwardPass<'_, Tensor, N>,
) -> Result<(Tensor, Tensor)> {
    Ok((
        aligned(&pass.result.detach())?,
        aligned(&pass.gradient.detach())?,
    ))
}

/// The gradient before the activation, as operands, from gradient and result.
pub(super) fn pre_activation_gradient(
    element: DType,
    gradient: &Tensor,
    result: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let before = uninit(result.shape(), element, result.device())?;
    let wide = vector_width(result.elem_count());
    Launch::new(
        "pre_activation_gradient",
        element,
        result.elem_count() / wide,
    )
    .sizes(&[activation_code(activation)?, wide])
    .read(&[gradient, result])
    .write(&[&before])?;
    Ok(before)
}

/// Values of a row of nine taps, padded: products are fast where rows are multiples of
/// 16 bytes.
pub(super) fn row_pitch(channels: usize) -> usize {
    (9 * channels).next_multiple_of(8)
}

/// Values of a row of `values` and a one, padded likewise.
pub(super) fn row_pitch_with_bias(values: usize) -> usize {
    (values + 1).next_multiple_of(8)
}

/// The number of an activation in the kernels.
pub(super) fn activation_code(activation: Activation) -> Result<usize> {
    match activation {
        Activation::Linear => Ok(0),
        Activation::Relu => Ok(1),
        Activation::Elu => Ok(2),
        Activation::Silu => candle_core::bail!("SiLU's gradient needs its input, not its result"),
    }
}
