//! The sum of two tensors of one shape, the second times a number, as a residual
//! block needs it.

use candle_core::{Shape, Tensor};

use super::autograd::Operation;
use super::buffer::UninitBuffer;
use super::threads::parallel_for;

/// The operation; see [`super::add_scaled`].
pub(super) struct AddScaled {
    pub shape: Shape,
    pub factor: f32,
}

/// Values that one thread adds at a time.
const CHUNK: usize = 16 * 1024;

impl Operation for AddScaled {
    fn name(&self) -> &'static str {
        "add"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[a, b] = inputs else {
            candle_core::bail!("add takes two tensors");
        };
        let mut sum = UninitBuffer::new(a.len());
        let (place, factor) = (sum.as_sync_ptr(), self.factor);
        parallel_for(a.len().div_ceil(CHUNK), |piece| {
            let range = piece * CHUNK..a.len().min((piece + 1) * CHUNK);
            let first = range.start;
            for (i, (a, b)) in a[range.clone()].iter().zip(&b[range]).enumerate() {
                // SAFETY: `sum` is as long as both; each piece has its own range.
                unsafe { place.at(first + i).write(a + factor * b) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.assume_init() }, self.shape.clone()))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[a, b] = inputs else {
            candle_core::bail!("add takes two tensors");
        };
        let to_b = match (b.track_op(), self.factor == 1.0) {
            (false, _) => None,
            // Nobody writes into a gradient, so both may share it.
            (true, true) => Some(gradient.clone()),
            (true, false) => Some(gradient.affine(f64::from(self.factor), 0.0)?),
        };
        Ok(vec![a.track_op().then(|| gradient.clone()), to_b])
    }
}

/// a + scale · b, element by element, the scale being no variable; see
/// [`super::add_product`].
pub(super) struct AddProduct(pub Shape);

impl Operation for AddProduct {
    fn name(&self) -> &'static str {
        "add_product"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[a, scale, b] = inputs else {
            candle_core::bail!("add_product takes three tensors");
        };
        let mut sum = UninitBuffer::new(a.len());
        let place = sum.as_sync_ptr();
        parallel_for(a.len().div_ceil(CHUNK), |piece| {
            for i in piece * CHUNK..a.len().min((piece + 1) * CHUNK) {
                // SAFETY: `sum` is as long as all three; each piece has its own range.
                unsafe { place.at(i).write(a[i] + scale[i] * b[i]) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.assume_init() }, self.0.clone()))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[a, scale, b] = inputs else {
            candle_core::bail!("add_product takes three tensors");
        };
        let to_b = if b.track_op() {
            Some((gradient * scale)?)
        } else {
            None
        };
        Ok(vec![a.track_op().then(|| gradient.clone()), None, to_b])
    }
}
