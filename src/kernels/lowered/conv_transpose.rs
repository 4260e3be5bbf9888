//! 3×3 transposed convolution with stride 2 + bias + activation.

use candle_core::{Result, Tensor};

use super::{Activation, activation, column_sums, operand, product, taps};
use crate::kernels::node::Node;
use crate::kernels::plain::activate;

/// The operation; see [`super::conv_transpose3x3`].
pub(super) struct ConvTranspose(pub Activation);

/// Taps that reach an even or an odd row, each with the input row it comes from:
/// the same or the next.
const REACH: [&[(usize, usize)]; 2] = [&[(1, 0)], &[(2, 0), (0, 1)]];

/// The operation's result for input, weights and bias: one product for each of
/// the four phases, with just the taps that reach it.
pub(super) fn forward(
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> crate::Result<Tensor> {
    let (n, h, w, inputs) = x.dims4()?;
    let outputs = weight.dim(3)?;
    let padded = operand(x)?
        .pad_with_zeros(1, 0, 1)?
        .pad_with_zeros(2, 0, 1)?;
    let weight = operand(weight)?;
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
    let y = taps::interleaved(&phases)?;
    activate(&y.broadcast_add(bias)?, activation)
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
        let (n, h, w, channels) = x.dims4()?;
        let outputs = weight.dim(3)?;
        let gradient = activation::before(&result.detach(), &gradient.detach(), self.0)?;
        let rows = gradient.reshape((4 * n * h * w, outputs))?;
        // Input pixel i reaches the outputs 2i − 1 … 2i + 1, by taps 0 … 2.
        let columns = taps::around_seconds(&operand(&gradient)?)?;
        let flat = operand(&x.detach())?.reshape((n * h * w, channels))?;
        let to_weight = product(&flat.t()?, &columns)?
            .reshape((channels, 9, outputs))?
            .transpose(0, 1)?
            .contiguous()?
            .reshape(weight.shape())?;
        let to_x = match x.track_op() {
            false => None,
            true => {
                let weight = operand(&weight.detach())?
                    .reshape((9, channels, outputs))?
                    .transpose(1, 2)?
                    .contiguous()?
                    .reshape((9 * outputs, channels))?;
                Some(product(&columns, &weight)?.reshape(x.shape())?)
            }
        };
        Ok(vec![to_x, Some(to_weight), Some(column_sums(&rows)?)])
    }
}
