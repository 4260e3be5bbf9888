//! Sums of two tensors of one shape, the second scaled, as residual blocks need them.

use candle_core::{Shape, Tensor};

use super::buffer::UninitBuffer;
use super::threads::parallel_for;
use crate::kernels::autograd::{BackwardPass, CandleResult, Operation};

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
    const NAME: &'static str = "add";

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

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 2>) -> CandleResult<[Option<Tensor>; 2]> {
        let ([needs_a, needs_b], gradient) = (pass.needs_gradient, pass.gradient);
        let to_b = match (needs_b, self.factor == 1.0) {
            (false, _) => None,
            // Nobody writes into a gradient, so both may share it.
            (true, true) => Some(gradient.clone()),
            (true, false) => Some(gradient.affine(f64::from(self.factor), 0.0)?),
        };
        Ok([needs_a.then(|| gradient.clone()), to_b])
    }
}

/// a + scale · b, element by element. The scale gets no gradient; see
/// [`crate::kernels::add_product`].
pub(in super::super) struct AddProduct(pub Shape);

impl Operation<3> for AddProduct {
    const NAME: &'static str = "add_product";

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

    fn backward(&self, pass: &BackwardPass<'_, Tensor, 3>) -> CandleResult<[Option<Tensor>; 3]> {
        let ([needs_a, _, needs_b], gradient) = (pass.needs_gradient, pass.gradient);
        let [_, scale, _] = pass.inputs;
        let to_b = if needs_b {
            Some((gradient * scale)?)
        } else {
            None
        };
        Ok([needs_a.then(|| gradient.clone()), None, to_b])
    }
}
