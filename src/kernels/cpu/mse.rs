//! Mean squared errors.

use candle_core::Shape;

use super::buffer::{SyncPtr, UninitBuffer};
use super::operation::CpuOperation;
use super::threads::parallel_for;
use crate::kernels::autograd::BackwardPass;

/// The mean of the squared differences; see [`crate::kernels::mse`].
pub(in super::super) struct MeanSquaredError;

/// Values that are summed together. The sums of the chunks are added in order.
const CHUNK: usize = 16 * 1024;

impl CpuOperation<2> for MeanSquaredError {
    const NAME: &'static str = "mse";

    fn forward(&self, [prediction, target]: [&[f32]; 2]) -> (Vec<f32>, Shape) {
        let mut sums = vec![0f32; prediction.len().div_ceil(CHUNK)];
        let sums_ptr = SyncPtr::new(&mut sums);
        parallel_for(prediction.len().div_ceil(CHUNK), |chunk| {
            let range = chunk * CHUNK..prediction.len().min((chunk + 1) * CHUNK);
            // Sixteen sums side by side, which the compiler can keep in vectors.
            let mut lanes = [0f32; 16];
            let (p, t) = (&prediction[range.clone()], &target[range]);
            let (p, p_rest) = p.as_chunks::<16>();
            let (t, t_rest) = t.as_chunks::<16>();
            for (p, t) in p.iter().zip(t) {
                for ((lane, p), t) in lanes.iter_mut().zip(p).zip(t) {
                    *lane += (p - t) * (p - t);
                }
            }
            for ((lane, p), t) in lanes.iter_mut().zip(p_rest).zip(t_rest) {
                *lane += (p - t) * (p - t);
            }
            // SAFETY: each chunk has its own sum.
            unsafe { sums_ptr.slice(chunk, 1)[0] = lanes.iter().sum() };
        });
        mean(&sums, prediction.len())
    }

    fn backward(&self, pass: &BackwardPass<'_, [f32], 2>) -> [Option<Vec<f32>>; 2] {
        let [p, t] = pass.inputs;
        let factor = slope_factor(pass);
        let mut slope = UninitBuffer::new(p.len());
        let slope_ptr = slope.as_sync_ptr();
        parallel_for(p.len().div_ceil(CHUNK), |chunk| {
            let range = chunk * CHUNK..p.len().min((chunk + 1) * CHUNK);
            for i in range {
                // SAFETY: `slope` is as long as `p`; each chunk has its own range.
                unsafe { slope_ptr.at(i).write((p[i] - t[i]) * factor) };
            }
        });
        // SAFETY: written as a whole.
        both_gradients(pass, unsafe { slope.assume_init() })
    }
}

/// The mean of the squared differences, with a weight for each picture; see
/// [`crate::kernels::weighted_mse`].
pub(in super::super) struct WeightedMse(pub Vec<f32>);

impl CpuOperation<2> for WeightedMse {
    const NAME: &'static str = "weighted_mse";

    fn forward(&self, [prediction, target]: [&[f32]; 2]) -> (Vec<f32>, Shape) {
        let stride = prediction.len() / self.0.len().max(1);
        let mut sums = vec![0f32; self.0.len()];
        let sums_ptr = SyncPtr::new(&mut sums);
        parallel_for(self.0.len(), |picture| {
            let range = picture * stride..(picture + 1) * stride;
            let pairs = prediction[range.clone()].iter().zip(&target[range]);
            let sum: f32 = pairs.map(|(p, t)| (p - t) * (p - t)).sum();
            // SAFETY: each picture has its own sum.
            unsafe { sums_ptr.slice(picture, 1)[0] = sum * self.0[picture] };
        });
        mean(&sums, prediction.len())
    }

    fn backward(&self, pass: &BackwardPass<'_, [f32], 2>) -> [Option<Vec<f32>>; 2] {
        let [p, t] = pass.inputs;
        let stride = p.len() / self.0.len().max(1);
        let factor = slope_factor(pass);
        let mut slope = UninitBuffer::new(p.len());
        let slope_ptr = slope.as_sync_ptr();
        parallel_for(self.0.len(), |picture| {
            let factor = factor * self.0[picture];
            for i in picture * stride..(picture + 1) * stride {
                // SAFETY: `slope` is as long as `p`; each picture has its own range.
                unsafe { slope_ptr.at(i).write((p[i] - t[i]) * factor) };
            }
        });
        // SAFETY: the pictures are all there is.
        both_gradients(pass, unsafe { slope.assume_init() })
    }
}

/// The sums added in double precision and divided by the number of values.
fn mean(sums: &[f32], count: usize) -> (Vec<f32>, Shape) {
    let total: f64 = sums.iter().map(|&sum| f64::from(sum)).sum();
    let mean = total / count as f64;
    (vec![mean as f32], Shape::from(()))
}

/// What a difference is multiplied by in the gradient of the mean of squares.
fn slope_factor(pass: &BackwardPass<'_, [f32], 2>) -> f32 {
    2.0 * pass.gradient[0] / pass.inputs[0].len() as f32
}

/// The prediction's gradient, and the target's, which is its negative.
fn both_gradients(pass: &BackwardPass<'_, [f32], 2>, slope: Vec<f32>) -> [Option<Vec<f32>>; 2] {
    let [_, needs_target] = pass.needs_gradient;
    let to_target = needs_target.then(|| slope.iter().map(|slope| -slope).collect());
    [Some(slope), to_target]
}
