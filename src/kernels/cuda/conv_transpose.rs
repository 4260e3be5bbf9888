//! 3×3 transposed convolution with stride 2, bias and activation.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use super::matmul::{matmul, split_k_gemm};
use super::operand::Operand;
use super::operands::{activation_code, aligned_results, row_pitch, row_pitch_with_bias};
use crate::kernels::activation::Activation;
use crate::kernels::autograd::{BackwardPass, Operation};

/// The transposed convolution with what its backward pass needs; see [`super::conv_transpose3x3`].
pub(super) struct ConvTranspose3x3 {
    element: DType,
    activation: Activation,
    /// Operands `[n·h·w, pitch]`: the c values of every pixel, and a one.
    x: Tensor,
    /// Operands `[c, pitch]`: the taps of every input channel.
    weight: Tensor,
}

/// The transposed convolution of input, weight and bias, and its result, f32. One
/// product gives what every input pixel adds to the nine outputs around it; every
/// output pixel then sums what reaches it.
pub(super) fn forward(
    element: DType,
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> Result<(ConvTranspose3x3, Tensor)> {
    let (n, h, w, c) = x.dims4()?;
    let k = weight.dim(3)?;
    let (x, bias, weight) = (aligned(x)?, aligned(bias)?, aligned(weight)?);
    let columns = row_pitch_with_bias(c);
    let rows = uninit((n * h * w, columns), element, x.device())?;
    Launch::new("append_one", element, n * h * w * (columns / 8))
        .sizes(&[c, columns, vector_width(c)])
        .read(&[&x])
        .write(&[&rows])?;
    let pitch = row_pitch(k);
    let by_input = uninit((c, pitch), element, x.device())?;
    Launch::new("weights_by_input", element, c * pitch)
        .sizes(&[c, k, pitch])
        .read(&[&weight])
        .write(&[&by_input])?;
    let values = rows.narrow(1, 0, c)?;
    let taps = matmul(Operand::AsIs(&values), Operand::AsIs(&by_input), element)?;
    let result = uninit((n, 2 * h, 2 * w, k), DType::F32, x.device())?;
    let wide = vector_width(k);
    Launch::new("col2im_transposed", element, result.elem_count() / wide)
        .sizes(&[h, w, k, pitch, activation_code(activation)?, wide])
        .read(&[&taps, &bias])
        .write(&[&result])?;
    let node = ConvTranspose3x3 {
        element,
        activation,
        x: rows,
        weight: by_input,
    };
    Ok((node, result))
}

impl Operation<3> for ConvTranspose3x3 {
    const NAME: &'static str = "conv_transpose3x3";

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 3>) -> Result<[Option<Tensor>; 3]> {
        let [x, weight, _] = pass.inputs;
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        let (result, gradient) = aligned_results(pass)?;
        let (pitch, wide) = (row_pitch(k), vector_width(k));
        let rows = uninit((n * h * w, pitch), self.element, x.device())?;
        Launch::new("im2col_transposed", self.element, n * h * w * (pitch / 8))
            .sizes(&[h, w, k, pitch, activation_code(self.activation)?, wide])
            .read(&[&gradient, &result])
            .write(&[&rows])?;
        let by_input = split_k_gemm(&self.x, &rows)?;
        let to_weight = uninit(weight.shape(), DType::F32, x.device())?;
        let to_bias = uninit(k, DType::F32, x.device())?;
        Launch::new("weights_by_tap", self.element, 9 * c * k + k)
            .sizes(&[c, k, pitch])
            .read(&[&by_input])
            .write(&[&to_weight, &to_bias])?;
        let to_x = if pass.needs_gradient[0] {
            let to_x = matmul(
                Operand::AsIs(&rows),
                Operand::Transposed(&self.weight),
                DType::F32,
            )?;
            Some(to_x.reshape(x.shape())?)
        } else {
            None
        };
        Ok([to_x, Some(to_weight), Some(to_bias)])
    }
}
