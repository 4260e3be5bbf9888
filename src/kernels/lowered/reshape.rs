//! Another shape, as an operation that [`crate::kernels::backward`] knows.

use candle_core::{Result, Tensor};

use crate::kernels::autograd::Operation;

/// The operation; see [`crate::kernels::reshape`].
pub(super) struct Reshape;

impl Operation for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(gradient.reshape(inputs[0].shape())?)])
    }
}
