//! The sum of two tensors of one shape, as a residual block needs it.

use candle_core::{Shape, Tensor};

use super::buffer::Fresh;
use super::node::Node;
use super::threads::parallel;

/// The operation; see [`super::add`].
pub(super) struct Add(pub Shape);

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
        let place = sum.share();
        parallel(a.len().div_ceil(PIECE), |piece| {
            let range = piece * PIECE..a.len().min((piece + 1) * PIECE);
            let first = range.start;
            for (i, (a, b)) in a[range.clone()].iter().zip(&b[range]).enumerate() {
                // SAFETY: `sum` is as long as both; each piece has its own range.
                unsafe { place.at(first + i).write(a + b) };
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
        // Nobody writes into a gradient, so both may share it.
        let share = |input: &&Tensor| input.track_op().then(|| gradient.clone());
        Ok(inputs.iter().map(share).collect())
    }
}
