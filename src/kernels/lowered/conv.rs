//! 3×3 convolution + bias + activation + pool.

use candle_core::{Result, Tensor};

#[cfg(feature = "cudnn")]
use super::directions;
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
    let y = activate(
        &convolved(&operand(x)?, &operand(weight)?)?.broadcast_add(bias)?,
        activation,
    )?;
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
        let (result, gradient) = (&result.detach(), &gradient.detach());
        let gradient = match &self.unpooled {
            None => activation::before(result, gradient, self.activation)?,
            Some(y) => {
                let gradient = pool::backward(y, result, gradient)?;
                activation::before(y, &gradient, self.activation)?
            }
        };
        let rounded = operand(&gradient)?;
        let to_weight = to_weight(&operand(&x.detach())?, &rounded)?;
        let to_x = match x.track_op() {
            true => Some(to_input(&rounded, &operand(&weight.detach())?)?),
            false => None,
        };
        let rows = gradient.flatten_to(2)?;
        Ok(vec![to_x, Some(to_weight), Some(column_sums(&rows)?)])
    }
}

/// `[n, h, w, c]` and weights `[3, 3, c, k]` to `[n, h, w, k]`.
fn convolved(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cudnn")]
    if x.device().is_cuda() {
        return directions::conv(x, weight);
    }
    let (n, h, w, channels) = x.dims4()?;
    let outputs = weight.dim(3)?;
    let weight = weight.reshape((9 * channels, outputs))?;
    product(&taps::around(x)?, &weight)?.reshape((n, h, w, outputs))
}

/// The gradient of [`convolved`]'s weights.
fn to_weight(x: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cudnn")]
    if x.device().is_cuda() {
        return directions::conv_to_weight(x, gradient);
    }
    let (n, h, w, outputs) = gradient.dims4()?;
    let channels = x.dim(3)?;
    let rows = gradient.reshape((n * h * w, outputs))?;
    product(&taps::around(x)?.t()?, &rows)?.reshape((3, 3, channels, outputs))
}

/// The gradient of [`convolved`]'s input.
fn to_input(gradient: &Tensor, weight: &Tensor) -> Result<Tensor> {
    #[cfg(feature = "cudnn")]
    if gradient.device().is_cuda() {
        return directions::conv_to_input(gradient, weight);
    }
    let (n, h, w, outputs) = gradient.dims4()?;
    let channels = weight.dim(2)?;
    // The taps the other way round, from outputs to inputs.
    let weight = weight
        .reshape((9, channels, outputs))?
        .flip(&[0])?
        .transpose(1, 2)?
        .contiguous()?
        .reshape((9 * outputs, channels))?;
    product(&taps::around(gradient)?, &weight)?.reshape((n, h, w, channels))
}
