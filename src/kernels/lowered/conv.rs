//! 3×3 convolution + bias + activation + pool.

use candle_core::{Result, Tensor};

use super::{Activation, Pool, activation, column_sums, operand, pool, product, taps};
use crate::kernels::node::Node;
use crate::kernels::plain::activate;

/// The operation with what its way back needs; see [`super::conv3x3`].
pub(super) struct Conv {
    activation: Activation,
    /// The result before the pool, if there is one.
    unpooled: Option<Tensor>,
}

/// The operation's result for input, weights and bias.
pub(super) fn forward(
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
    pool: Pool,
) -> crate::Result<(Conv, Tensor)> {
    let (n, h, w, inputs) = x.dims4()?;
    let outputs = weight.dim(3)?;
    let weight = operand(&weight.reshape((9 * inputs, outputs))?)?;
    let y = product(&taps::around(&operand(x)?)?, &weight)?.broadcast_add(bias)?;
    let y = activate(&y, activation)?.reshape((n, h, w, outputs))?;
    let (unpooled, result) = match pool {
        Pool::None => (None, y),
        Pool::Max2 => {
            let result = pool::forward(&y)?;
            (Some(y), result)
        }
    };
    Ok((
        Conv {
            activation,
            unpooled,
        },
        result,
    ))
}

impl Node for Conv {
    fn name(&self) -> &'static str {
        "conv3x3"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let &[x, weight, _] = inputs else {
            candle_core::bail!("conv3x3 takes three tensors");
        };
        let (n, h, w, channels) = x.dims4()?;
        let outputs = weight.dim(3)?;
        let (result, gradient) = (&result.detach(), &gradient.detach());
        let gradient = match &self.unpooled {
            None => activation::before(result, gradient, self.activation)?,
            Some(y) => {
                let gradient = pool::backward(y, result, gradient)?;
                activation::before(y, &gradient, self.activation)?
            }
        };
        let rows = gradient.reshape((n * h * w, outputs))?;
        let columns = taps::around(&operand(&x.detach())?)?;
        let to_weight = product(&columns.t()?, &operand(&rows)?)?.reshape(weight.shape())?;
        let to_x = match x.track_op() {
            false => None,
            true => {
                // The taps the other way round, from outputs to inputs.
                let weight = operand(&weight.detach())?
                    .reshape((9, channels, outputs))?
                    .flip(&[0])?
                    .transpose(1, 2)?
                    .contiguous()?
                    .reshape((9 * outputs, channels))?;
                let columns = taps::around(&operand(&gradient)?)?;
                Some(product(&columns, &weight)?.reshape(x.shape())?)
            }
        };
        Ok(vec![to_x, Some(to_weight), Some(column_sums(&rows)?)])
    }
}
