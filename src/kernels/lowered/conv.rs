//! 3×3 convolution + bias + activation + pool.

use candle_core::{DType, Result, Tensor};

#[cfg(feature = "cudnn")]
use super::directions;
use super::launch::{Launch, aligned, fresh, wide};
use super::product::{Side, over_rows, product};
use super::{Activation, Pool, before, numbered, operands, pitch, pitch_with_one, sums};
use crate::kernels::node::Node;

/// The operation with what its way back needs; see [`super::conv3x3`].
pub(super) struct Conv {
    element: DType,
    activation: Activation,
    operands: Operands,
    /// Which pixel of each window won, if there is a pool; bytes.
    winner: Option<Tensor>,
}

/// What the products are of.
struct Operands {
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
    pool: Pool,
) -> Result<(Conv, Tensor)> {
    let (n, h, w, _) = x.dims4()?;
    let k = weight.dim(3)?;
    let bias = aligned(bias)?;
    let operands = Operands::of(element, &aligned(x)?, &aligned(weight)?)?;
    let y = operands.convolved(element)?;
    let (wide, number) = (wide(k), numbered(activation)?);
    let device = x.device();
    let (winner, result) = match pool {
        Pool::None => {
            let result = fresh((n, h, w, k), DType::F32, device)?;
            Launch::new("finish", element, n * h * w * k / wide)
                .sizes(&[k, number, wide])
                .read(&[&y, &bias])
                .write(&[&result])?;
            (None, result)
        }
        Pool::Max2 => {
            let shape = (n, h / 2, w / 2, k);
            let result = fresh(shape, DType::F32, device)?;
            let winner = fresh(shape, DType::U8, device)?;
            Launch::new("finish_pool", element, result.elem_count() / wide)
                .sizes(&[h, w, k, number, wide])
                .read(&[&y, &bias])
                .write(&[&result, &winner])?;
            (Some(winner), result)
        }
    };
    let conv = Conv {
        element,
        activation,
        operands,
        winner,
    };
    Ok((conv, result))
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
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        let (result, gradient) = (aligned(&result.detach())?, aligned(&gradient.detach())?);
        let spread = match &self.winner {
            None => before(self.element, &gradient, &result, self.activation)?,
            Some(winner) => {
                let spread = fresh((n, h, w, k), self.element, x.device())?;
                let wide = wide(k);
                let windows = n * h.div_ceil(2) * w.div_ceil(2);
                Launch::new("unpool", self.element, windows * k / wide)
                    .sizes(&[h, w, k, numbered(self.activation)?, wide])
                    .read(&[&gradient, &result, winner])
                    .write(&[&spread])?;
                spread
            }
        };
        let (to_weight, to_bias) = self.operands.to_weight(&spread, weight)?;
        let to_bias = match to_bias {
            Some(to_bias) => to_bias,
            // What a window's other pixels get is zero: its own row is the sum.
            None => sums::before(&gradient, &result, self.activation)?,
        };
        let to_x = match x.track_op() {
            true => Some(self.operands.to_input(&spread, [n, h, w, c])?),
            false => None,
        };
        Ok(vec![to_x, Some(to_weight), Some(to_bias)])
    }
}

impl Operands {
    fn of(element: DType, x: &Tensor, weight: &Tensor) -> Result<Self> {
        let (n, h, w, c) = x.dims4()?;
        let k = weight.dim(3)?;
        #[cfg(feature = "cudnn")]
        if x.device().is_cuda() {
            return Ok(Self {
                x: operands(element, x, x.elem_count())?.reshape(x.shape())?,
                weight: directions::filter(element, weight)?,
            });
        }
        let columns = pitch_with_one(9 * c);
        let rows = fresh((n * h * w, columns), element, x.device())?;
        Launch::new("neighbours", element, n * h * w * (columns / 8))
            .sizes(&[h, w, c, columns, wide(c)])
            .read(&[x])
            .write(&[&rows])?;
        let pitch = pitch(c);
        let weight = operands(element, weight, pitch * k)?.reshape((pitch, k))?;
        Ok(Self { x: rows, weight })
    }

    /// `[n·h·w, k]`, operands.
    fn convolved(&self, element: DType) -> Result<Tensor> {
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            return directions::conv(&self.x, &self.weight);
        }
        // The one is not among the taps, or meets a weight of zero.
        let taps = self.x.narrow(1, 0, self.weight.dim(0)?)?;
        product(Side::AsIs(&taps), Side::AsIs(&self.weight), element)
    }

    /// The gradient of the weights, of their shape, and of the bias `[k]` where it comes
    /// along.
    fn to_weight(&self, spread: &Tensor, weight: &Tensor) -> Result<(Tensor, Option<Tensor>)> {
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            let filter = directions::conv_to_filter(&self.x, spread)?;
            return Ok((directions::weights(&filter)?, None));
        }
        let rows = spread.flatten_to(2)?;
        let all = over_rows(&self.x, &rows)?;
        let taps = 9 * weight.dim(2)?;
        let to_weight = all.narrow(0, 0, taps)?.reshape(weight.shape())?;
        let to_bias = all.get(taps)?;
        Ok((to_weight, Some(to_bias)))
    }

    /// The gradient of the input, of shape `[n, h, w, c]`.
    fn to_input(&self, spread: &Tensor, [n, h, w, c]: [usize; 4]) -> Result<Tensor> {
        let element = spread.dtype();
        #[cfg(feature = "cudnn")]
        if self.x.device().is_cuda() {
            return directions::conv_to_input(spread, &self.weight)?.to_dtype(DType::F32);
        }
        let rows = spread.flatten_to(2)?;
        let taps = product(Side::AsIs(&rows), Side::Transposed(&self.weight), element)?;
        let result = fresh((n, h, w, c), DType::F32, spread.device())?;
        let wide = wide(c);
        Launch::new("neighbours_back", element, n * h * w * c / wide)
            .sizes(&[h, w, c, pitch(c), wide])
            .read(&[&taps])
            .write(&[&result])?;
        Ok(result)
    }
}
