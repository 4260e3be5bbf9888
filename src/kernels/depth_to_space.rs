//! Channels laid out as pixels: `[n, h, w, 4c]` to `[n, 2h, 2w, c]`, and back.

use candle_core::{Device, Shape, Tensor};

use super::buffer::Fresh;
use super::node::{Node, Values};
use super::threads::parallel;

/// The operation; see [`super::depth_to_space`].
pub(super) struct DepthToSpace {
    pub pictures: usize,
    pub height: usize,
    pub width: usize,
    /// Of the result.
    pub channels: usize,
}

impl DepthToSpace {
    /// Moves every run of channels of one pixel of the result; `back` the other way.
    fn moved(&self, from: &[f32], back: bool) -> Vec<f32> {
        let &Self {
            pictures,
            height,
            width,
            channels,
        } = self;
        let mut out = Fresh::new(from.len());
        let place = out.share();
        parallel(pictures * height, |row| {
            for column in 0..width {
                for (part, (down, across)) in [(0, 0), (0, 1), (1, 0), (1, 1)].iter().enumerate() {
                    let deep = (row * width + column) * 4 * channels + part * channels;
                    let wide = ((2 * row + down) * 2 * width + 2 * column + across) * channels;
                    let (source, target) = if back { (wide, deep) } else { (deep, wide) };
                    for (i, &value) in from[source..source + channels].iter().enumerate() {
                        // SAFETY: both layouts have as many values, and each
                        // row of the deep one is four rows' halves of its own.
                        unsafe { place.at(target + i).write(value) };
                    }
                }
            }
        });
        // SAFETY: a permutation writes every value.
        unsafe { out.written() }
    }
}

impl Node for DepthToSpace {
    fn name(&self) -> &'static str {
        "depth_to_space"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[x] = inputs else {
            candle_core::bail!("depth_to_space takes one tensor");
        };
        let shape = [
            self.pictures,
            2 * self.height,
            2 * self.width,
            self.channels,
        ];
        Ok((self.moved(x, false), Shape::from(shape.to_vec())))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let values = Values::of(gradient)?;
        let moved = self.moved(values.get()?, true);
        Ok(vec![Some(Tensor::from_vec(
            moved,
            inputs[0].shape(),
            &Device::Cpu,
        )?)])
    }
}
