//! The mean squared error with a weight for each picture, as one operation.

use candle_core::{Device, Shape, Tensor};

use super::autograd::{CpuValues, Operation};
use super::buffer::{SyncPtr, UninitBuffer};
use super::threads::parallel_for;

/// The operation; see [`super::weighted_mse`]. A weight for each picture.
pub(super) struct WeightedMse(pub Vec<f32>);

impl Operation for WeightedMse {
    fn name(&self) -> &'static str {
        "weighted_mse"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[prediction, target] = inputs else {
            candle_core::bail!("weighted_mse takes two tensors");
        };
        let stride = prediction.len() / self.0.len().max(1);
        let mut sums = vec![0f32; self.0.len()];
        let place = SyncPtr::new(&mut sums);
        parallel_for(self.0.len(), |picture| {
            let range = picture * stride..(picture + 1) * stride;
            let pairs = prediction[range.clone()].iter().zip(&target[range]);
            let sum: f32 = pairs.map(|(p, t)| (p - t) * (p - t)).sum();
            // SAFETY: each picture has its own sum.
            unsafe { place.slice(picture, 1)[0] = sum * self.0[picture] };
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
            candle_core::bail!("weighted_mse takes two tensors");
        };
        let (p_values, t_values) = (CpuValues::of(prediction)?, CpuValues::of(target)?);
        let (p, t) = (p_values.as_slice()?, t_values.as_slice()?);
        let stride = p.len() / self.0.len().max(1);
        let factor = 2.0 * gradient.to_scalar::<f32>()? / p.len() as f32;
        let mut slope = UninitBuffer::new(p.len());
        let place = slope.as_sync_ptr();
        parallel_for(self.0.len(), |picture| {
            let factor = factor * self.0[picture];
            for i in picture * stride..(picture + 1) * stride {
                // SAFETY: `slope` is as long as `p`; each picture has its own range.
                unsafe { place.at(i).write((p[i] - t[i]) * factor) };
            }
        });
        // SAFETY: the pictures are all there is.
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
