//! The mean squared error and its gradient.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, aligned, uninit, vector_width};
use super::reductions;
use crate::kernels::autograd::{BackwardPass, Operation};

/// The mean of the squared differences; see [`super::mse()`].
pub(super) struct MeanSquaredError;

/// The error `[]` of a prediction and its target.
pub(super) fn forward(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    let count = prediction.elem_count();
    let parts = reductions::thread_count(count, reductions::MAX_THREADS);
    let squares = uninit((parts, 1), DType::F32, prediction.device())?;
    Launch::new("squared_error_sums", DType::F32, parts)
        .sizes(&[count])
        .read(&[&aligned(prediction)?, &aligned(target)?])
        .write(&[&squares])?;
    reductions::column_sums(squares, (1.0 / count as f64) as f32)?.reshape(())
}

impl Operation<2> for MeanSquaredError {
    const NAME: &'static str = "mse";

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 2>) -> Result<[Option<Tensor>; 2]> {
        let [prediction, target] = pass.inputs;
        let count = prediction.elem_count();
        let slope = uninit(prediction.shape(), DType::F32, prediction.device())?;
        let wide = vector_width(count);
        // The gradient stays on its device.
        Launch::new("mse_gradient", DType::F32, count / wide)
            .sizes(&[wide])
            .scalar((2.0 / count as f64) as f32)
            .read(&[
                &aligned(&prediction.detach())?,
                &aligned(&target.detach())?,
                &aligned(&pass.gradient.detach())?,
            ])
            .write(&[&slope])?;
        let to_target = if pass.needs_gradient[1] {
            Some(slope.neg()?)
        } else {
            None
        };
        Ok([Some(slope), to_target])
    }
}
