//! Dense layer + activation.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, fresh, wide};
use super::product::{Side, over_rows, product};
use super::{Activation, before, numbered, operands, sums};
use crate::kernels::node::Node;

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
        operands(element, &aligned(tensor)?, tensor.elem_count())?.reshape(tensor.shape())
    };
    let (x, weight, bias) = (of(x)?, of(weight)?, aligned(bias)?);
    let y = product(Side::AsIs(&x), Side::AsIs(&weight), element)?;
    let result = fresh((n, outputs), DType::F32, x.device())?;
    let wide = wide(outputs);
    Launch::new("finish", element, n * outputs / wide)
        .sizes(&[outputs, numbered(activation)?, wide])
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
        let (result, gradient) = (aligned(&result.detach())?, aligned(&gradient.detach())?);
        let rows = before(self.element, &gradient, &result, self.activation)?;
        let to_weight = over_rows(&self.x, &rows)?;
        let to_x = match inputs.first().is_some_and(|x| x.track_op()) {
            true => Some(product(
                Side::AsIs(&rows),
                Side::Transposed(&self.weight),
                DType::F32,
            )?),
            false => None,
        };
        let to_bias = sums::before(&gradient, &result, self.activation)?;
        Ok(vec![to_x, Some(to_weight), Some(to_bias)])
    }
}
