//! 3×3 convolution with bias, activation and pooling.

use candle_core::{DType, Result, Tensor};

#[cfg(feature = "cudnn")]
use super::conv_directions;
use super::launch::{Launch, aligned, uninit, vector_width};
use super::matmul::{matmul, split_k_gemm};
use super::operand::Operand;
use super::operands::{
    activation_code, aligned_results, pre_activation_gradient, row_pitch, row_pitch_with_bias,
    to_operands,
};
use super::reductions;
use crate::kernels::activation::{Activation, Pooling};
use crate::kernels::autograd::{BackwardPass, Operation};

/// The convolution with what its backward pass needs; see [`super::conv3x3`].
pub(super) struct Conv3x3 {
    element: DType,
    activation: Activation,
    operands: ConvOperands,
    /// Which pixel of each window was the maximum, as bytes, if there is a pooling.
    winner: Option<Tensor>,
}

/// The operands of the products.
struct ConvOperands {
    /// Rows of taps and a one, `[n·h·w, pitch]`; with cuDNN the pictures themselves.
    x: Tensor,
    /// `[pitch, k]`; with cuDNN a filter `[k, 3, 3, c]`.
    weight: Tensor,
}

/// The convolution of input, weight and bias, and its result, f32.
pub(super) fn forward(
    element: DType,
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
    pooling: Pooling,
) -> Result<(Conv3x3, Tensor)> {
    let (n, h, w, _) = x.dims4()?;
    let k = weight.dim(3)?;
    let bias = aligned(bias)?;
    let operands = ConvOperands::new(element, &aligned(x)?, &aligned(weight)?)?;
    let y = operands.forward(element)?;
    let (wide, number) = (vector_width(k), activation_code(activation)?);
    let device = x.device();
    let (winner, result) = match pooling {
        Pooling::None => {
            let result = uninit((n, h, w, k), DType::F32, device)?;
            Launch::new("bias_activation", element, n * h * w * k / wide)
                .sizes(&[k, number, wide])
                .read(&[&y, &bias])
                .write(&[&result])?;
            (None, result)
        }
        Pooling::Max2x2 => {
            let shape = (n, h / 2, w / 2, k);
            let result = uninit(shape, DType::F32, device)?;
            let winner = uninit(shape, DType::U8, device)?;
            Launch::new("bias_activation_pool", element, result.elem_count() / wide)
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

impl Operation<3> for Conv3x3 {
    const NAME: &'static str = "conv3x3";

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 3>) -> Result<[Option<Tensor>; 3]> {
        let [x, weight, _] = pass.inputs;
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        let (result, gradient) = aligned_results(pass)?;
        let before = match &self.winner {
            None => pre_activation_gradient(self.element, &gradient, &result, self.activation)?,
            Some(winner) => {
                let before = uninit((n, h, w, k), self.element, x.device())?;
                let wide = vector_width(k);
                let windows = n * h.div_ceil(2) * w.div_ceil(2);
                Launch::new("unpool_gradient", self.element, windows * k / wide)
                    .sizes(&[h, w, k, activation_code(self.activation)?, wide])
                    .read(&[&gradient, &result, winner])
                    .write(&[&before])?;
                before
            }
        };
        let (to_weight, to_bias) = self.operands.weight_gradient(&before, weight)?;
        let to_bias = match to_bias {
            Some(to_bias) => to_bias,
            // The window's other pixels get zero, so the sum is that of the windows.
            None => reductions::pre_activation_gradient_sums(&gradient, &result, self.activation)?,
        };
        let to_x = if pass.needs_gradient[0] {
            Some(self.operands.input_gradient(&before, [n, h, w, c])?)
        } else {
            None
        };
        Ok([to_x, Some(to_weight), Some(to_bias)])
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
        Launch::new("im2col", element, n * h * w * (columns / 8))
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
        // The column of ones is left out, or meets a weight of zero.
        let taps = self.x.narrow(1, 0, self.weight.dim(0)?)?;
        matmul(Operand::AsIs(&taps), Operand::AsIs(&self.weight), element)
    }

    /// The gradient of the weights, in their shape, and of the bias `[k]` where the same
    /// product gives it.
    fn weight_gradient(
        &self,
        before: &Tensor,
        weight: &Tensor,
    ) -> Result<(Tensor, Option<Tensor>)> {
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            let filter = conv_directions::backward_filter(&self.x, before)?;
            return Ok((conv_directions::from_filter(&filter)?, None));
        }
        let rows = before.flatten_to(2)?;
        let all = split_k_gemm(&self.x, &rows)?;
        let taps = 9 * weight.dim(2)?;
        let to_weight = all.narrow(0, 0, taps)?.reshape(weight.shape())?;
        let to_bias = all.get(taps)?;
        Ok((to_weight, Some(to_bias)))
    }

    /// The gradient of the input, of shape `[n, h, w, c]`.
    fn input_gradient(&self, before: &Tensor, [n, h, w, c]: [usize; 4]) -> Result<Tensor> {
        let element = before.dtype();
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            return conv_directions::backward_data(before, &self.weight)?.to_dtype(DType::F32);
        }
        let rows = before.flatten_to(2)?;
        let taps = matmul(
            Operand::AsIs(&rows),
            Operand::Transposed(&self.weight),
            element,
        )?;
        let result = uninit((n, h, w, c), DType::F32, before.device())?;
        let wide = vector_width(c);
        Launch::new("col2im", element, n * h * w * c / wide)
            .sizes(&[h, w, c, row_pitch(c), wide])
            .read(&[&taps])
            .write(&[&result])?;
        Ok(result)
    }
}
