//! The sum of two tensors of one shape, the second times a number, as a residual
//! block needs it.

use candle_core::{Shape, Tensor};

use super::buffer::Fresh;
use super::node::Node;
use super::threads::parallel;

/// The operation; see [`super::add_scaled`].
pub(super) struct Add {
    pub shape: Shape,
    pub factor: f32,
}

/// Values that one thread adds at a time.
const PIECE: usize = 16 * 1024;

impl Node for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[a, b] = inputs else {
            candle_core::bail!("add takes two tensors");
        };
        let mut sum = Fresh::new(a.len());
        let (place, factor) = (sum.share(), self.factor);
        parallel(a.len().div_ceil(PIECE), |piece| {
            let range = piece * PIECE..a.len().min((piece + 1) * PIECE);
            let first = range.start;
            for (i, (a, b)) in a[range.clone()].iter().zip(&b[range]).enumerate() {
                // SAFETY: `sum` is as long as both; each piece has its own range.
                unsafe { place.at(first + i).write(a + factor * b) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.written() }, self.shape.clone()))
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

impl Node for AddProduct {
    fn name(&self) -> &'static str {
        "add_product"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[a, scale, b] = inputs else {
            candle_core::bail!("add_product takes three tensors");
        };
        let mut sum = Fresh::new(a.len());
        let place = sum.share();
        parallel(a.len().div_ceil(PIECE), |piece| {
            for i in piece * PIECE..a.len().min((piece + 1) * PIECE) {
                // SAFETY: `sum` is as long as all three; each piece has its own range.
                unsafe { place.at(i).write(a[i] + scale[i] * b[i]) };
            }
        });
        // SAFETY: written as a whole.
        Ok((unsafe { sum.written() }, self.0.clone()))
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
        let to_b = match b.track_op() {
            true => Some((gradient * scale)?),
            false => None,
        };
        Ok(vec![a.track_op().then(|| gradient.clone()), None, to_b])
    }
}
