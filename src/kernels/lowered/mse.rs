//! The mean squared error and its gradient.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, fresh, wide};
use super::sums;
use crate::kernels::node::Node;

/// The operation; see [`super::mse`].
pub(super) struct MeanSquaredError;

/// The error, a scalar.
pub(super) fn forward(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let count = prediction.elem_count();
    let parts = sums::threads(count, sums::THREADS);
    let squares = fresh((parts, 1), DType::F32, prediction.device())?;
    Launch::new("squares", DType::F32, parts)
        .sizes(&[count])
        .read(&[&aligned(prediction)?, &aligned(target)?])
        .write(&[&squares])?;
    sums::columns(squares, (1.0 / count as f64) as f32)?.reshape(())
}

impl Node for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mse"
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let &[prediction, target] = inputs else {
            candle_core::bail!("mse takes two tensors");
        };
        let count = prediction.elem_count();
        let slope = fresh(prediction.shape(), DType::F32, prediction.device())?;
        let wide = wide(count);
        // The gradient stays on its device.
        Launch::new("squares_back", DType::F32, count / wide)
            .sizes(&[wide])
            .number((2.0 / count as f64) as f32)
            .read(&[
                &aligned(&prediction.detach())?,
                &aligned(&target.detach())?,
                &aligned(&gradient.detach())?,
            ])
            .write(&[&slope])?;
        let to_target = match target.track_op() {
            true => Some(slope.neg()?),
            false => None,
        };
        Ok(vec![Some(slope), to_target])
    }
}
