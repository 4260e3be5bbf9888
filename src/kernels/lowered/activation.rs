//! The gradient of an activation, told from its result.

use candle_core::{Result, Tensor};

use super::Activation;

/// `gradient` times the activation's slope where its result was `y`.
pub(super) fn before(y: &Tensor, gradient: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Linear => Ok(gradient.clone()),
        Activation::Relu => gradient * y.gt(0.0)?.to_dtype(y.dtype())?,
        // eˣ = y + 1 below zero.
        Activation::Elu => gradient * y.minimum(0.0)?.affine(1.0, 1.0)?,
        Activation::Silu => candle_core::bail!("silu's slope cannot be told from its result"),
    }
}
