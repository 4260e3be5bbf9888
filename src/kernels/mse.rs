//! The mean squared error as one operation.

use candle_core::{Device, Shape, Tensor};

use super::autograd::{CpuValues, Operation};
use super::buffer::{SyncPtr, UninitBuffer};
use super::threads::parallel_for;

/// The operation; see [`super::mse`].
pub(super) struct MeanSquaredError;

/// Values that are summed together; their sums are added in order.
const CHUNK: usize = 16 * 1024;

impl Operation for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mse"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[prediction, target] = inputs else {
            candle_core::bail!("mse takes two tensors");
        };
        let mut sums = vec![0f32; prediction.len().div_ceil(CHUNK)];
        let place = SyncPtr::new(&mut sums);
        parallel_for(prediction.len().div_ceil(CHUNK), |piece| {
            let range = piece * CHUNK..prediction.len().min((piece + 1) * CHUNK);
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
            // SAFETY: each piece has its own sum.
            unsafe { place.slice(piece, 1)[0] = lanes.iter().sum() };
        });
        let total: f64 = sums.iter().map(|&sum| f64::from(sum)).sum();
        let mean = total / prediction.len() as f64;
        Ok((vec![mean as f32], Shape::from(())))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[prediction, target] = inputs else {
            candle_core::bail!("mse takes two tensors");
        };
        let (p_values, t_values) = (CpuValues::of(prediction)?, CpuValues::of(target)?);
        let (p, t) = (p_values.as_slice()?, t_values.as_slice()?);
        let factor = 2.0 * gradient.to_scalar::<f32>()? / p.len() as f32;
        let mut slope = UninitBuffer::new(p.len());
        let place = slope.as_sync_ptr();
        parallel_for(p.len().div_ceil(CHUNK), |piece| {
            let range = piece * CHUNK..p.len().min((piece + 1) * CHUNK);
            for i in range {
                // SAFETY: `slope` is as long as `p`; each piece has its own range.
                unsafe { place.at(i).write((p[i] - t[i]) * factor) };
            }
        });
        // SAFETY: written as a whole.
        let slope = Tensor::from_vec(
            unsafe { slope.assume_init() },
            prediction.shape(),
            &Device::Cpu,
        )?;
        let to_target = if target.track_op() {
            Some(slope.neg()?)
        } else {
            None
        };
        Ok(vec![Some(slope), to_target])
    }
}
