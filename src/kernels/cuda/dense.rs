//! Dense layer with activation.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use super::matmul::{matmul, split_k_gemm};
use super::operand::Operand;
use super::operands::{activation_code, aligned_results, pre_activation_gradient, to_operands};
use super::reductions;
use crate::kernels::activation::Activation;
use crate::kernels::autograd::{BackwardPass, Operation};

/// The layer with what its backward pass needs; see [`super::dense()`].
pub(super) struct Dense {
    element: DType,
    activation: Activation,
    /// Operands `[n, in]`.
    x: Tensor,
    /// Operands `[in, out]`.
    weight: Tensor,
}

/// The layer of input, weight and bias, and its result, f32.
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
    Launch::new("bias_activation", element, n * outputs / wide)
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

impl Operation<3> for Dense {
    const NAME: &'static str = "dense";

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 3>) -> Result<[Option<Tensor>; 3]> {
        let (result, gradient) = aligned_results(pass)?;
        let before = pre_activation_gradient(self.element, &gradient, &result, self.activation)?;
        let to_weight = split_k_gemm(&self.x, &before)?;
        let to_x = if pass.needs_gradient[0] {
            Some(matmul(
                Operand::AsIs(&before),
                Operand::Transposed(&self.weight),
                DType::F32,
            )?)
        } else {
            None
        };
        let to_bias =
            reductions::pre_activation_gradient_sums(&gradient, &result, self.activation)?;
        Ok([to_x, Some(to_weight), Some(to_bias)])
    }
}
