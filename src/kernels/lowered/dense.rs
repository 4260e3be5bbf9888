//! Dense layer + activation.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use super::matmul::{Operand, matmul, split_k_gemm};
use super::{Activation, activation_code, pre_activation_gradient, reductions, to_operands};
use crate::kernels::autograd::Operation;

/// The operation with what its way back needs; see [`super::dense`].
pub(super) struct Dense {
    element: DType,
    activation: Activation,
    /// Operands `[n, in]`.
    x: Tensor,
    /// Operands `[in, out]`.
    weight: Tensor,
}

/// The operation's result, f32, for input, weights and bias.
pub(super) fn forward(
    element: DType,
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> Result<(Dense, Tensor)> {
    let (n, outputs) = (x.dim(0)?, weight.dim(1)?);
    let of = |tensor: &Tensor| {
        to_operands(element, &aligned(tensor)?, tensor.elem_count())?.reshape(tensor.shape())
    };
    let (x, weight, bias) = (of(x)?, of(weight)?, aligned(bias)?);
    let y = matmul(Operand::AsIs(&x), Operand::AsIs(&weight), element)?;
    let result = uninit((n, outputs), DType::F32, x.device())?;
    let wide = vector_width(outputs);
    Launch::new("finish", element, n * outputs / wide)
        .sizes(&[outputs, activation_code(activation)?, wide])
        .read(&[&y, &bias])
        .write(&[&result])?;
    let node = Dense {
        element,
        activation,
        x,
        weight,
    };
    Ok((node, result))
}

impl Operation for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let (result, gradient) = (aligned(&result.detach())?, aligned(&gradient.detach())?);
        let rows = pre_activation_gradient(self.element, &gradient, &result, self.activation)?;
        let to_weight = split_k_gemm(&self.x, &rows)?;
        let to_x = if inputs.first().is_some_and(|x| x.track_op()) {
            Some(matmul(
                Operand::AsIs(&rows),
                Operand::Transposed(&self.weight),
                DType::F32,
            )?)
        } else {
            None
        };
        let to_bias =
            reductions::pre_activation_gradient_sums(&gradient, &result, self.activation)?;
        Ok(vec![to_x, Some(to_weight), Some(to_bias)])
    }
}
