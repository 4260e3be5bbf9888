//! Dense layer + activation.

use candle_core::{Result, Tensor};

use super::{Activation, activation, column_sums, operand, product};
use crate::kernels::node::Node;
use crate::kernels::plain::activate;

/// The operation; see [`super::dense`].
pub(super) struct Dense(pub Activation);

/// The operation's result for input, weights and bias.
pub(super) fn forward(
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> crate::Result<Tensor> {
    let y = product(&operand(x)?.contiguous()?, &operand(weight)?.contiguous()?)?;
    activate(&y.broadcast_add(bias)?, activation)
}

impl Node for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let &[x, weight, _] = inputs else {
            candle_core::bail!("a dense layer takes three tensors");
        };
        let gradient = activation::before(&result.detach(), &gradient.detach(), self.0)?;
        let half = operand(&gradient)?;
        let to_weight = product(&operand(&x.detach())?.t()?, &half)?;
        let to_x = match x.track_op() {
            true => Some(product(&half, &operand(&weight.detach())?.t()?)?),
            false => None,
        };
        Ok(vec![to_x, Some(to_weight), Some(column_sums(&gradient)?)])
    }
}
