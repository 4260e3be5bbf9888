//! 3×3 convolution + bias + activation + pool.

use candle_core::{DType, Result, Tensor};

#[cfg(feature = "cudnn")]
use super::conv_directions;
use super::launch::{Launch, aligned, uninit, vector_width};
use super::matmul::{Operand, matmul, split_k_gemm};
use super::{
    Activation, Pooling, activation_code, pre_activation_gradient, reductions, row_pitch,
    row_pitch_with_bias, to_operands,
};
use crate::kernels::autograd::Operation;

/// The operation with what its way back needs; see [`super::conv3x3`].
pub(super) struct Conv3x3 {
    element: DType,
    activation: Activation,
    operands: ConvOperands,
    /// Which pixel of each window won, if there is a pool; bytes.
    winner: Option<Tensor>,
}

/// What the products are of.
struct ConvOperands {
    /// Rows of taps and a one, `[n·h·w, pitch]`; for cuDNN the pictures themselves.
    x: Tensor,
    /// `[pitch, k]`; for cuDNN a filter `[k, 3, 3, c]`.
    weight: Tensor,
}

/// The operation's result, f32, for input, weights and bias.
pub(super) fn forward(
    element: DType,
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
    pool: Pooling,
) -> Result<(Conv3x3, Tensor)> {
    let (n, h, w, _) = x.dims4()?;
    let k = weight.dim(3)?;
    let bias = aligned(bias)?;
    let operands = ConvOperands::new(element, &aligned(x)?, &aligned(weight)?)?;
    let y = operands.forward(element)?;
    let (wide, number) = (vector_width(k), activation_code(activation)?);
    let device = x.device();
    let (winner, result) = match pool {
        Pooling::None => {
            let result = uninit((n, h, w, k), DType::F32, device)?;
            Launch::new("finish", element, n * h * w * k / wide)
                .sizes(&[k, number, wide])
                .read(&[&y, &bias])
                .write(&[&result])?;
            (None, result)
        }
        Pooling::Max2x2 => {
            let shape = (n, h / 2, w / 2, k);
            let result = uninit(shape, DType::F32, device)?;
            let winner = uninit(shape, DType::U8, device)?;
            Launch::new("finish_pool", element, result.elem_count() / wide)
                .sizes(&[h, w, k, number, wide])
                .read(&[&y, &bias])
                .write(&[&result, &winner])?;
            (Some(winner), result)
        }
    };
    let conv = Conv3x3 {
        element,
        activation,
        operands,
        winner,
    };
    Ok((conv, result))
}

impl Operation for Conv3x3 {
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
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        let (result, gradient) = (aligned(&result.detach())?, aligned(&gradient.detach())?);
        let spread = match &self.winner {
            None => pre_activation_gradient(self.element, &gradient, &result, self.activation)?,
            Some(winner) => {
                let spread = uninit((n, h, w, k), self.element, x.device())?;
                let wide = vector_width(k);
                let windows = n * h.div_ceil(2) * w.div_ceil(2);
                Launch::new("unpool", self.element, windows * k / wide)
                    .sizes(&[h, w, k, activation_code(self.activation)?, wide])
                    .read(&[&gradient, &result, winner])
                    .write(&[&spread])?;
                spread
            }
        };
        let (to_weight, to_bias) = self.operands.weight_gradient(&spread, weight)?;
        let to_bias = match to_bias {
            Some(to_bias) => to_bias,
            // What a window's other pixels get is zero: its own row is the sum.
            None => reductions::pre_activation_gradient_sums(&gradient, &result, self.activation)?,
        };
        let to_x = if x.track_op() {
            Some(self.operands.input_gradient(&spread, [n, h, w, c])?)
        } else {
            None
        };
        Ok(vec![to_x, Some(to_weight), Some(to_bias)])
    }
}

impl ConvOperands {
    fn new(element: DType, x: &Tensor, weight: &Tensor) -> Result<Self> {
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        #[cfg(feature = "cudnn")]
        if x.device().is_cuda() {
            return Ok(Self {
                x: to_operands(element, x, x.elem_count())?.reshape(x.shape())?,
                weight: conv_directions::to_filter(element, weight)?,
            });
        }
        let columns = row_pitch_with_bias(9 * c);
        let rows = uninit((n * h * w, columns), element, x.device())?;
        Launch::new("neighbours", element, n * h * w * (columns / 8))
            .sizes(&[h, w, c, columns, vector_width(c)])
            .read(&[x])
            .write(&[&rows])?;
        let pitch = row_pitch(c);
        let weight = to_operands(element, weight, pitch * k)?.reshape((pitch, k))?;
        Ok(Self { x: rows, weight })
    }

    /// `[n·h·w, k]`, operands.
    fn forward(&self, element: DType) -> Result<Tensor> {
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            return conv_directions::forward(&self.x, &self.weight);
        }
        // The one is not among the taps, or meets a weight of zero.
        let taps = self.x.narrow(1, 0, self.weight.dim(0)?)?;
        matmul(Operand::AsIs(&taps), Operand::AsIs(&self.weight), element)
    }

    /// The gradient of the weights, of their shape, and of the bias `[k]` where it comes
    /// along.
    fn weight_gradient(
        &self,
        spread: &Tensor,
        weight: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>)> {
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            let filter = conv_directions::backward_filter(&self.x, spread)?;
            return Ok((conv_directions::from_filter(&filter)?, None));
        }
        let rows = spread.flatten_to(2)?;
        let all = split_k_gemm(&self.x, &rows)?;
        let taps = 9 * weight.dim(2)?;
        let to_weight = all.narrow(0, 0, taps)?.reshape(weight.shape())?;
        let to_bias = all.get(taps)?;
        Ok((to_weight, Some(to_bias)))
    }

    /// The gradient of the input, of shape `[n, h, w, c]`.
    fn input_gradient(&self, spread: &Tensor, [n, h, w, c]: [usize; 4]) -> Result<Tensor> {
        let element = spread.dtype();
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            return conv_directions::backward_data(spread, &self.weight)?.to_dtype(DType::F32);
        }
        let rows = spread.flatten_to(2)?;
        let taps = matmul(
            Operand::AsIs(&rows),
            Operand::Transposed(&self.weight),
            element,
        )?;
        let result = uninit((n, h, w, c), DType::F32, spread.device())?;
        let wide = vector_width(c);
        Launch::new("neighbours_back", element, n * h * w * c / wide)
            .sizes(&[h, w, c, row_pitch(c), wide])
            .read(&[&taps])
            .write(&[&result])?;
        Ok(result)
    }
}
