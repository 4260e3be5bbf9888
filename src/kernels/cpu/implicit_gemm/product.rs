//! The convolution itself.

use super::super::activation::{finish_activation, lower_bound};
use super::super::buffer::{SyncPtr, with_scratch};
use super::super::gemm::{GemmNn, gemm_nn};
use super::super::threads::parallel_for;
use super::classes::tap_classes;
use super::kind::ConvKind;
use super::pack::PackedWeights;
use crate::kernels::activation::Activation;

/// A 3×3 convolution of pictures `[n, height, width, a_stride]`. Channels beyond the
/// weights' are padding: they meet zero weights.
pub(in super::super) struct ImplicitGemm<'a> {
    pub kind: ConvKind,
    pub x: &'a [f32],
    /// Pictures, height and width of `x`.
    pub dims: [usize; 3],
    /// Channels of an input pixel, with padding.
    pub a_stride: usize,
    /// Packed for pixels of `a_stride` channels.
    pub weights: &'a PackedWeights,
    /// Padded to whole panels; or empty.
    pub bias: &'a [f32],
    pub activation: Activation,
}

impl ImplicitGemm<'_> {
    /// Pictures that are worked on together: enough to fill tiles, few enough
    /// for the second cache, and several pieces for the threads.
    fn pictures_per_group(&self) -> usize {
        let [pictures, height, width] = self.dims;
        let floats = height * width * self.a_stride + self.result_len();
        (98_304 / floats.max(1))
            .clamp(1, 16)
            .min(pictures.div_ceil(8))
            .max(1)
    }

    /// Floats that a picture of the result takes.
    fn result_len(&self) -> usize {
        let [_, height, width] = self.dims;
        self.kind.output_size(height) * self.kind.output_size(width) * self.weights.panels.columns
    }

    /// Computes groups of pictures. `finish(first, pictures, place)` gets each
    /// group's result: in `out` where that is given, else in scratch memory.
    pub(crate) fn run(&self, out: Option<SyncPtr>, finish: impl Fn(usize, usize, SyncPtr) + Sync) {
        let [total, height, width] = self.dims;
        let group = self.pictures_per_group();
        let classes = tap_classes(
            self.kind,
            [height, width],
            [self.a_stride, self.weights.panels.columns],
            group,
        );
        let result = self.result_len();
        let (panels, packed) = (self.weights.panels, &self.weights.values);
        parallel_for(total.div_ceil(group), |item| {
            let first = item * group;
            let pictures = group.min(total - first);
            let compute = |place: SyncPtr| {
                let x = &self.x[first * height * width * self.a_stride..];
                for panel in 0..panels.count() {
                    let column = panels.start(panel) / panels.depth;
                    for class in &classes {
                        // SAFETY: the classes' rows and segments lie within the group's
                        // pictures, `place` has room for its results, and the group is ours.
                        unsafe {
                            gemm_nn(GemmNn {
                                a: x.as_ptr(),
                                rows: &class.rows[..class.rows_per_picture * pictures],
                                segments: &class.segments,
                                b: packed[panels.start(panel)..].as_ptr(),
                                width: panels.width(panel),
                                c: place.at(column),
                                columns: panels.used_columns(panel),
                                bias: if self.bias.is_empty() {
                                    std::ptr::null()
                                } else {
                                    self.bias[column..].as_ptr()
                                },
                                floor: lower_bound(self.activation),
                            });
                        }
                    }
                }
                // SAFETY: the tiles above wrote all of it.
                let results = unsafe { place.slice(0, pictures * result) };
                finish_activation(results, self.activation);
                finish(first, pictures, place);
            };
            match out {
                Some(out) => compute(SyncPtr::from_ptr(out.at(first * result))),
                None => with_scratch(pictures * result, |scratch| compute(SyncPtr::new(scratch))),
            }
        });
    }
}
