//! The same values in another shape.

use candle_core::{Result, Tensor};

use crate::kernels::autograd::Operation;

/// A change of shape that [`crate::kernels::backward`] knows; see
/// [`crate::kernels::reshape`].
pub(super) struct Reshape;

impl Operation<1> for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn backward(
        &self,
        [x]: [&Tensor; 1],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 1]> {
        Ok([Some(gradient.reshape(x.shape())?)])
    }
}
