//! The mean squared error and its gradient.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use super::reductions;
use crate::kernels::autograd::Operation;

/// The operation; see [`super::mse`].
pub(super) struct MeanSquaredError;

/// The error, a scalar.
pub(super) fn forward(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let count = prediction.elem_count();
    let parts = reductions::thread_count(count, reductions::MAX_THREADS);
    let squares = uninit((parts, 1), DType::F32, prediction.device())?;
    Launch::new("squares", DType::F32, parts)
        .sizes(&[count])
        .read(&[&aligned(prediction)?, &aligned(target)?])
        .write(&[&squares])?;
    reductions::column_sums(squares, (1.0 / count as f64) as f32)?.reshape(())
}

impl Operation for MeanSquaredError {
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
        let slope = uninit(prediction.shape(), DType::F32, prediction.device())?;
        let wide = vector_width(count);
        // The gradient stays on its device.
        Launch::new("squares_back", DType::F32, count / wide)
            .sizes(&[wide])
            .scalar((2.0 / count as f64) as f32)
            .read(&[
                &aligned(&prediction.detach())?,
                &aligned(&target.detach())?,
                &aligned(&gradient.detach())?,
            ])
            .write(&[&slope])?;
        let to_target = if target.track_op() {
            Some(slope.neg()?)
        } else {
            None
        };
        Ok(vec![Some(slope), to_target])
    }
}
