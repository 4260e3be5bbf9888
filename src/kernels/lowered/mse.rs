//! The gradient of the mean squared error.

use candle_core::{Result, Tensor};

use crate::kernels::node::Node;

/// The operation; see [`super::mse`].
pub(super) struct MeanSquaredError;

impl Node for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mse"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let &[prediction, target] = inputs else {
            candle_core::bail!("mse takes two tensors");
        };
        let scale = 2.0 / prediction.elem_count() as f64;
        let apart = (prediction.detach() - target.detach())?;
        // The gradient stays on its device.
        let slope = apart.broadcast_mul(&(gradient.detach() * scale)?)?;
        let to_target = match target.track_op() {
            true => Some(slope.neg()?),
            false => None,
        };
        Ok(vec![Some(slope), to_target])
    }
}
