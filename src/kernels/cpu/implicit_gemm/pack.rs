//! Packing a convolution's weights into panels.

use super::super::buffer::UninitBuffer;
use super::super::gemm::Panels;
use super::super::threads::parallel_for;
use super::kind::ConvKind;
use crate::kernels::conv_shape::ConvShape;

/// What the packed weights compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pass {
    /// The layer's results.
    Forward,
    /// The gradient of the layer's inputs: outputs become the depth and inputs the columns.
    Backward,
}

/// A convolution's weights in panels, 9 · `a_stride` deep.
pub(in super::super) struct PackedWeights {
    pub panels: Panels,
    pub values: Vec<f32>,
}

/// Packs weights `[3, 3, inputs, outputs]` for a product of pixels of `a_stride`
/// channels, of which those beyond the weights' are padding.
pub(in super::super) fn pack_weights(
    weights: &[f32],
    shape: ConvShape,
    kind: ConvKind,
    pass: Pass,
    a_stride: usize,
) -> PackedWeights {
    let (inputs, outputs) = (shape.inputs, shape.outputs);
    let transposed = pass == Pass::Backward;
    // The gradient of a convolution of stride 1 is one with the taps in opposite order.
    let flipped = transposed && kind == ConvKind::Stride1;
    let columns = if transposed { inputs } else { outputs };
    let depth = if transposed { outputs } else { inputs };
    let panels = Panels {
        depth: 9 * a_stride,
        columns,
    };
    let mut packed = UninitBuffer::new(panels.len());
    let place = packed.as_sync_ptr();
    let order = kind.tap_order();
    let tap = |position: usize| {
        let tap = order[position / 3] * 3 + order[position % 3];
        if flipped { 8 - tap } else { tap }
    };
    parallel_for(panels.count(), |index| {
        let width = panels.width(index);
        // SAFETY: panels do not overlap.
        let panel = unsafe { place.slice(panels.start(index), panels.depth * width) };
        if transposed {
            let one = Panels { depth, columns };
            for (position, rows) in panel.chunks_exact_mut(a_stride * width).enumerate() {
                let (rows, padding) = rows.split_at_mut(depth * width);
                one.pack_transposed(
                    index,
                    weights,
                    rows,
                    tap(position) * inputs * outputs,
                    outputs,
                );
                padding.fill(0.0);
            }
        } else {
            panels.pack(index, weights, panel, |k| {
                let (position, channel) = (k / a_stride, k % a_stride);
                (channel < depth).then(|| ((tap(position) * inputs + channel) * outputs, 1))
            });
        }
    });
    PackedWeights {
        panels,
        // SAFETY: every panel was written as a whole.
        values: unsafe { packed.assume_init() },
    }
}
