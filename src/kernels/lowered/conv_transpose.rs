//! 3×3 transposed convolution with stride 2 + bias + activation.

use candle_core::{Result, Tensor};

#[cfg(feature = "cudnn")]
use super::directions;
use super::{Activation, activation, column_sums, operand, product, taps};
use crate::kernels::node::Node;
use crate::kernels::plain::activate;

/// The operation; see [`super::conv_transpose3x3`].
pub(super) struct ConvTranspose(pub Activation);

/// Taps that reach an even or an odd row, each with the input row it comes from:
/// the same or the next.
const REACH: [&[(usize, usize)]; 2] = [&[(1, 0)], &[(2, 0), (0, 1)]];

/// The operation's result for input, weights and bias.
pub(super) fn forward(
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> crate::Result<Tensor> {
    activate(&transposed(x, weight)?.broadcast_add(bias)?, activation)
}

impl Node for ConvTranspose {
    fn name(&self) -> &'static str {
        "conv_transpose3x3"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let &[x, weight, _] = inputs else {
            candle_core::bail!("conv_transpose3x3 takes three tensors");
        };
        let gradient = activation::before(&result.detach(), &gradient.detach(), self.0)?;
        let (to_weight, to_x) = gradients(&x.detach(), &weight.detach(), &gradient, x.track_op())?;
        let rows = gradient.flatten_to(2)?;
        Ok(vec![to_x, Some(to_weight), Some(column_sums(&rows)?)])
    }
}

/// `[n, h, w, c]` and weights `[3, 3, c, k]` to `[n, 2h, 2w, k]`: one product
/// for each of the four phases, with just the taps that reach it.
fn transposed(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let (x, weight) = (operand(x)?, operand(weight)?);
    #[cfg(feature = "cudnn")]
    if x.device().is_cuda() {
        return directions::transposed(&x, &weight);
    }
    let (n, h, w, inputs) = x.dims4()?;
    let outputs = weight.dim(3)?;
    let padded = x.pad_with_zeros(1, 0, 1)?.pad_with_zeros(2, 0, 1)?;
    let mut phases = Vec::with_capacity(4);
    for row_taps in REACH {
        for column_taps in REACH {
            let (mut columns, mut weights) = (Vec::new(), Vec::new());
            for &(row, down) in row_taps {
                for &(column, right) in column_taps {
                    let shifted = padded.narrow(1, down, h)?.narrow(2, right, w)?;
                    columns.push(shifted.contiguous()?);
                    weights.push(weight.get(row)?.get(column)?);
                }
            }
            let columns = Tensor::cat(&columns, 3)?;
            let columns = columns.reshape((n * h * w, weights.len() * inputs))?;
            let phase = product(&columns, &Tensor::cat(&weights, 0)?)?;
            phases.push(phase.reshape((n, h, w, outputs))?);
        }
    }
    taps::interleaved(&phases)
}

/// The gradients of [`transposed`]'s weights and, if asked for, of its input.
fn gradients(
    x: &Tensor,
    weight: &Tensor,
    gradient: &Tensor,
    wants_input: bool,
) -> Result<(Tensor, Option<Tensor>)> {
    let (x, weight, gradient) = (operand(x)?, operand(weight)?, operand(gradient)?);
    #[cfg(feature = "cudnn")]
    if x.device().is_cuda() {
        let to_weight = directions::transposed_to_weight(&x, &gradient)?;
        let to_input = match wants_input {
            true => Some(directions::transposed_to_input(&gradient, &weight)?),
            false => None,
        };
        return Ok((to_weight, to_input));
    }
    let (n, h, w, channels) = x.dims4()?;
    let outputs = weight.dim(3)?;
    // Input pixel i reaches the outputs 2i − 1 … 2i + 1, by taps 0 … 2.
    let columns = taps::around_seconds(&gradient)?;
    let flat = x.reshape((n * h * w, channels))?;
    let to_weight = product(&flat.t()?, &columns)?
        .reshape((channels, 9, outputs))?
        .transpose(0, 1)?
        .contiguous()?
        .reshape(weight.shape())?;
    let to_input = match wants_input {
        false => None,
        true => {
            let weight = weight
                .reshape((9, channels, outputs))?
                .transpose(1, 2)?
                .contiguous()?
                .reshape((9 * outputs, channels))?;
            Some(product(&columns, &weight)?.reshape(x.shape())?)
        }
    };
    Ok((to_weight, to_input))
}
