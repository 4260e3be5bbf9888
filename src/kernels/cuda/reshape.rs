//! The same values in another shape.

use candle_core::{Result, Tensor};

use crate::kernels::autograd::{BackwardPass, Operation};

/// A change of shape that [`crate::kernels::backward`] knows; see
/// [`crate::kernels::reshape`].
pub(super) struct Reshape;

impl Operation<1> for Reshape {
    const NAME: &'static str = "reshape";

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 1>) -> Result<[Option<Tensor>; 1]> {
        let [x] = pass.inputs;
        Ok([Some(pass.gradient.reshape(x.shape())?)])
    }
}
