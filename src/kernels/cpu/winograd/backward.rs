//! The backward pass.

use std::ops::Range;

use super::super::buffer::{SyncPtr, with_scratch};
use super::super::gemm::{GemmTn, Panels, gemm_tn};
use super::super::simd;
use super::super::sum_rows::sum_rows;
use super::super::threads::parallel_for;
use super::super::tile::{Row, Run};
use super::inputs::{InputGradientTransform, InputTransform};
use super::outputs::OutputGradientTransform;
use super::products::{multiply_panels, tile_rows};
use super::tiles::{MAX_TILES, TileGrid, TileLayout, TileRange};
use super::weights::{pack_transposed, transform_weight_gradient};
use crate::kernels::activation::Activation;
use crate::kernels::conv_shape::ConvShape;

/// What the backward pass starts from.
#[derive(Clone, Copy)]
pub(in super::super) struct BackwardInputs<'a> {
    pub x: &'a [f32],
    pub weights: &'a [f32],
    pub y: &'a [f32],
    /// Empty without a pooling.
    pub winner: &'a [f32],
    pub gradient: &'a [f32],
    pub activation: Activation,
}

/// Parts of the batch whose weight gradients are summed separately. A function
/// of the shape alone, so that results do not depend on threads.
fn gradient_parts(shape: ConvShape) -> usize {
    let sums = 16 * shape.inputs * shape.outputs;
    ((1 << 20) / sums).clamp(4, 16).min(shape.pictures)
}

/// Pictures that go through the stages together.
fn group_size(shape: ConvShape, parts: usize) -> usize {
    let most = shape.pictures.div_ceil(parts);
    let group = (MAX_TILES / TileGrid::of_inputs(shape).count()).clamp(1, most);
    most.div_ceil(most.div_ceil(group))
}

/// Gradients of weights and bias, and of the inputs where there is memory for
/// them. All are overwritten.
pub(in super::super) fn backward(
    shape: ConvShape,
    from: BackwardInputs<'_>,
    input_gradient: Option<SyncPtr>,
    weight_gradient: SyncPtr,
    bias_gradient: &mut [f32],
) {
    let (inputs, outputs) = (shape.inputs, shape.outputs);
    let matrix = inputs * outputs;
    let panels = Panels {
        depth: outputs,
        columns: inputs,
    };
    let parts = gradient_parts(shape);
    let group = group_size(shape, parts);
    let tiles = group * TileGrid::of_inputs(shape).count();
    let (v_layout, m_layout) = (
        TileLayout::new(tiles, inputs),
        TileLayout::new(tiles, outputs),
    );
    let packed_len = match input_gradient {
        Some(_) => 16 * panels.len(),
        None => 0,
    };
    with_scratch(packed_len + parts * (16 * matrix + outputs), |memory| {
        let (packed, sums) = memory.split_at_mut(packed_len);
        let (sums, bias_sums) = sums.split_at_mut(parts * 16 * matrix);
        if input_gradient.is_some() {
            pack_transposed(shape, from.weights, panels, packed);
        }
        let pass = Pass {
            shape,
            from,
            input_gradient,
            panels,
            packed,
            parts,
            group,
            v_layout,
            m_layout,
            rows: &tile_rows(tiles, m_layout, v_layout),
            zeros: &vec![0.0; inputs],
            sums: SyncPtr::new(sums),
            bias_sums: SyncPtr::new(bias_sums),
        };
        parallel_for(parts, |part| pass.run(part));
        transform_weight_gradient(shape, sums, parts, weight_gradient);
        sum_rows(bias_sums, outputs, parts, bias_gradient);
    });
}

/// The pass once the weights are transformed.
struct Pass<'a> {
    shape: ConvShape,
    from: BackwardInputs<'a>,
    input_gradient: Option<SyncPtr>,
    /// The layout of `packed`.
    panels: Panels,
    /// The transformed weights' transposes; empty without an input gradient.
    packed: &'a [f32],
    parts: usize,
    /// Pictures that go through the stages together.
    group: usize,
    v_layout: TileLayout,
    m_layout: TileLayout,
    rows: &'a [Row],
    zeros: &'a [f32],
    /// For each part, the gradient of the transformed weights.
    sums: SyncPtr,
    /// For each part, the bias' gradient.
    bias_sums: SyncPtr,
}

/// One thread's memory: sixteen matrices each of transformed inputs, their gradient, and
/// the results' gradient.
struct Scratch<'a> {
    v: &'a mut [f32],
    dv: &'a mut [f32],
    m: &'a mut [f32],
    /// Room for what falls on the padding.
    discard: &'a mut [f32],
}

impl Pass<'_> {
    /// Sums a part's gradients, group by group.
    fn run(&self, part: usize) {
        let (pictures, outputs) = (self.shape.pictures, self.shape.outputs);
        let pictures = part * pictures / self.parts..(part + 1) * pictures / self.parts;
        // SAFETY: each part has its own sums.
        let bias_sums = unsafe { self.bias_sums.slice(part * outputs, outputs) };
        bias_sums.fill(0.0);
        let (v_len, m_len) = (self.v_layout.len(), self.m_layout.len());
        with_scratch(2 * v_len + m_len + self.shape.inputs, |scratch| {
            let (v, rest) = scratch.split_at_mut(v_len);
            let (dv, rest) = rest.split_at_mut(v_len);
            let (m, discard) = rest.split_at_mut(m_len);
            let mut scratch = Scratch { v, dv, m, discard };
            let mut picture = pictures.start;
            while picture < pictures.end {
                let group = picture..pictures.end.min(picture + self.group);
                picture = group.end;
                let is_first = group.start == pictures.start;
                self.transform(group.clone(), &mut scratch, bias_sums);
                self.multiply(part, group.len(), is_first, &mut scratch);
                if let Some(out) = self.input_gradient {
                    self.transform_input_gradient(group, &mut scratch, out);
                }
            }
        });
    }

    /// A group's inputs to `v` and its results' gradient to `m`.
    fn transform(&self, group: Range<usize>, scratch: &mut Scratch<'_>, bias_sums: &mut [f32]) {
        let grid = TileGrid::of_inputs(self.shape);
        let (first, count) = (group.start * grid.count(), group.len() * grid.count());
        simd::run(InputTransform {
            x: self.from.x,
            tiles: TileRange { grid, first, count },
            v: scratch.v,
            layout: self.v_layout,
            zeros: self.zeros,
        });
        simd::run(OutputGradientTransform {
            gradient: self.from.gradient,
            y: self.from.y,
            winner: self.from.winner,
            tiles: TileRange {
                grid: TileGrid::of_outputs(self.shape),
                first,
                count,
            },
            activation: self.from.activation,
            m: scratch.m,
            layout: self.m_layout,
            sums: bias_sums,
        });
    }

    /// The sixteen products for the weights' gradient, added to the part's sums unless
    /// the group is its first, and for the inputs' gradient.
    fn multiply(&self, part: usize, pictures: usize, is_first: bool, scratch: &mut Scratch<'_>) {
        let (inputs, outputs) = (self.shape.inputs, self.shape.outputs);
        let count = pictures * TileGrid::of_inputs(self.shape).count();
        let runs = [Run::all(count)];
        for i in 0..16 {
            let m = &scratch.m[i * self.m_layout.matrix..];
            // SAFETY: rows are in scratch memory and whole
            // vectors long; each part has its own sums.
            unsafe {
                gemm_tn(GemmTn {
                    a: scratch.v[i * self.v_layout.matrix..].as_ptr(),
                    b: m.as_ptr(),
                    runs: &runs,
                    a_stride: self.v_layout.pitch,
                    b_stride: self.m_layout.pitch,
                    m: inputs,
                    n: outputs,
                    c: self.sums.at((part * 16 + i) * inputs * outputs),
                    c_stride: outputs,
                    add: !is_first,
                });
            }
            if self.input_gradient.is_none() {
                continue;
            }
            // SAFETY: as above.
            unsafe {
                multiply_panels(
                    self.panels,
                    0..self.panels.count(),
                    m,
                    &self.rows[..count],
                    &self.packed[i * self.panels.len()..],
                    &mut scratch.dv[i * self.v_layout.matrix..],
                );
            }
        }
    }

    /// A group's inputs' gradient from that of their transform.
    fn transform_input_gradient(
        &self,
        group: Range<usize>,
        scratch: &mut Scratch<'_>,
        out: SyncPtr,
    ) {
        let grid = TileGrid::of_inputs(self.shape);
        let size = self.shape.height * self.shape.width * self.shape.inputs;
        simd::run(InputGradientTransform {
            v: scratch.dv,
            layout: self.v_layout,
            tiles: TileRange {
                grid,
                first: 0,
                count: group.len() * grid.count(),
            },
            // SAFETY: these pictures are this part's.
            out: unsafe { out.slice(group.start * size, group.len() * size) },
            discard: scratch.discard,
        });
    }
}
