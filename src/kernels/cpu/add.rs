//! Sums of two tensors of one shape, the second scaled, as residual blocks need them.

use candle_core::{Shape, Tensor};

use super::buffer::UninitBuffer;
use super::threads::parallel_for;
use crate::kernels::autograd::{CandleResult, Operation};

/// a + factor · b; see [`crate::kernels::add_scaled`].
pub(in super::super) struct AddScaled {
    pub shape: Shape,
    pub factor: f32,
}

/// Values that one thread adds at a time.
const CHUNK: usize = 16 * 1024;

// Gradients that are passed on unchanged are not copied, so these two are not
// `CpuOperation`s, which return new memory.
impl Operation<2> for AddScaled {
    fn name(&self) -> &'static str {
        "add"
    }

    fn forward(&self, [a, b]: [&[f32]; 2]) -> CandleResult<(Vec<f32>, Shape)> {
        let mut sum = UninitBuffer::new(a.len());
        let (sum_ptr, factor) = (sum.as_sync_ptr(), self.factor);
        parallel_for(a.len().div_ceil(CHUNK), |chunk| {
            let range = chunk * CHUNK..a.len().min((chunk + 1) * CHUNK);
            let first = range.start;
            for (i, (a, b)) in a[range.clone()].iter().zip(&b[range]).enumerate() {
                // SAFETY: `sum` is as long as both; each chunk has its own range.
                unsafe { sum_ptr.at(first + i).write(a + factor * b) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.assume_init() }, self.shape.clone()))
    }

    fn backward(
        &self,
        [a, b]: [&Tensor; 2],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<[Option<Tensor>; 2]> {
        let to_b = match (b.track_op(), self.factor == 1.0) {
            (false, _) => None,
            // Nobody writes into a gradient, so both may share it.
            (true, true) => Some(gradient.clone()),
            (true, false) => Some(gradient.affine(f64::from(self.factor), 0.0)?),
        };
        Ok([a.track_op().then(|| gradient.clone()), to_b])
    }
}

/// a + scale · b, element by element. The scale gets no gradient; see
/// [`crate::kernels::add_product`].
pub(in super::super) struct AddProduct(pub Shape);

impl Operation<3> for AddProduct {
    fn name(&self) -> &'static str {
        "add_product"
    }

    fn forward(&self, [a, scale, b]: [&[f32]; 3]) -> CandleResult<(Vec<f32>, Shape)> {
        let mut sum = UninitBuffer::new(a.len());
        let sum_ptr = sum.as_sync_ptr();
        parallel_for(a.len().div_ceil(CHUNK), |chunk| {
            for i in chunk * CHUNK..a.len().min((chunk + 1) * CHUNK) {
                // SAFETY: `sum` is as long as all three; each chunk has its own range.
                unsafe { sum_ptr.at(i).write(a[i] + scale[i] * b[i]) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.assume_init() }, self.0.clone()))
    }

    fn backward(
        &self,
        [a, scale, b]: [&Tensor; 3],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<[Option<Tensor>; 3]> {
        let to_b = if b.track_op() {
            Some((gradient * scale)?)
        } else {
            None
        };
        Ok([a.track_op().then(|| gradient.clone()), None, to_b])
    }
}
