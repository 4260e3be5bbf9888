//! 3×3 transposed convolution with stride 2 + bias + activation.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, fresh, wide};
use super::product::{Side, over_rows, product};
use super::{Activation, numbered, pitch, pitch_with_one};
use crate::kernels::node::Node;

/// The operation with what its way back needs; see [`super::conv_transpose3x3`].
pub(super) struct ConvTranspose {
    element: DType,
    activation: Activation,
    /// Operands `[n·h·w, pitch]`: the c values of every pixel, and a one.
    x: Tensor,
    /// Operands `[c, pitch]`: every input's taps.
    weight: Tensor,
}

/// The operation's result, f32, for input, weights and bias: one product gives
/// what every input pixel adds to the nine outputs around it, and every output
/// pixel gathers its own.
pub(super) fn forward(
    element: DType,
    [x, weight, bias]: [&Tensor; 3],
    activation: Activation,
) -> Result<(ConvTranspose, Tensor)> {
    let (n, h, w, c) = x.dims4()?;
    let k = weight.dim(3)?;
    let (x, bias, weight) = (aligned(x)?, aligned(bias)?, aligned(weight)?);
    let columns = pitch_with_one(c);
    let rows = fresh((n * h * w, columns), element, x.device())?;
    Launch::new("with_one", element, n * h * w * (columns / 8))
        .sizes(&[c, columns, wide(c)])
        .read(&[&x])
        .write(&[&rows])?;
    let pitch = pitch(k);
    let by_input = fresh((c, pitch), element, x.device())?;
    Launch::new("weights_by_input", element, c * pitch)
        .sizes(&[c, k, pitch])
        .read(&[&weight])
        .write(&[&by_input])?;
    let values = rows.narrow(1, 0, c)?;
    let taps = product(Side::AsIs(&values), Side::AsIs(&by_input), element)?;
    let result = fresh((n, 2 * h, 2 * w, k), DType::F32, x.device())?;
    let wide = wide(k);
    Launch::new("reached", element, result.elem_count() / wide)
        .sizes(&[h, w, k, pitch, numbered(activation)?, wide])
        .read(&[&taps, &bias])
        .write(&[&result])?;
    let node = ConvTranspose {
        element,
        activation,
        x: rows,
        weight: by_input,
    };
    Ok((node, result))
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
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        let (result, gradient) = (aligned(&result.detach())?, aligned(&gradient.detach())?);
        let (pitch, wide) = (pitch(k), wide(k));
        let rows = fresh((n * h * w, pitch), self.element, x.device())?;
        Launch::new("reached_back", self.element, n * h * w * (pitch / 8))
            .sizes(&[h, w, k, pitch, numbered(self.activation)?, wide])
            .read(&[&gradient, &result])
            .write(&[&rows])?;
        let by_input = over_rows(&self.x, &rows)?;
        let to_weight = fresh(weight.shape(), DType::F32, x.device())?;
        let to_bias = fresh(k, DType::F32, x.device())?;
        Launch::new("weights_by_tap", self.element, 9 * c * k + k)
            .sizes(&[c, k, pitch])
            .read(&[&by_input])
            .write(&[&to_weight, &to_bias])?;
        let to_x = match x.track_op() {
            true => {
                let to_x = product(
                    Side::AsIs(&rows),
                    Side::Transposed(&self.weight),
                    DType::F32,
                )?;
                Some(to_x.reshape(x.shape())?)
            }
            false => None,
        };
        Ok(vec![to_x, Some(to_weight), Some(to_bias)])
    }
}
