//! The forward pass.

use super::super::buffer::{SyncPtr, with_scratch};
use super::super::gemm::Panels;
use super::super::simd;
use super::super::threads::{parallel_for, threads};
use super::super::tile::Row;
use super::inputs::InputTransform;
use super::outputs::OutputTransform;
use super::products::{multiply_panels, tile_rows};
use super::tiles::{MAX_TILES, TileGrid, TileLayout, TileRange};
use super::weights::transform_weights;
use crate::kernels::activation::{Activation, Pooling};
use crate::kernels::conv_shape::ConvShape;

/// Fewest tiles that go through the stages together, unless there are no more: a
/// register tile's rows.
const MIN_TILES: usize = 12;
/// Outputs whose products are kept at a time.
const OUTPUTS_PER_PASS: usize = 64;

/// What the forward pass starts from.
#[derive(Clone, Copy)]
pub(in super::super) struct ForwardInputs<'a> {
    pub x: &'a [f32],
    pub weights: &'a [f32],
    pub bias: &'a [f32],
    pub activation: Activation,
    pub pooling: Pooling,
}

impl ForwardInputs<'_> {
    /// Writes the results to `y`; `winner` is written only with a pooling. Both must
    /// have room for all of them.
    pub(crate) fn run(self, shape: ConvShape, y: SyncPtr, winner: SyncPtr) {
        let (inputs, outputs) = (shape.inputs, shape.outputs);
        let total = shape.pictures * TileGrid::of_inputs(shape).count();
        // As many pieces for every thread; each reads the weights once more, so no
        // more than that. How they are cut changes no result.
        let pieces = total.div_ceil(MAX_TILES).next_multiple_of(threads());
        let tiles = total.div_ceil(pieces).max(MIN_TILES.min(total));
        let v_layout = TileLayout::new(tiles, inputs);
        let m_layout = TileLayout::new(tiles, OUTPUTS_PER_PASS.min(outputs));
        let rows = tile_rows(tiles, v_layout, m_layout);
        let zeros = vec![0.0; inputs];
        with_scratch(16 * inputs * outputs, |u| {
            transform_weights(shape, self.weights, simd::panel_width(), u);
            let pass = ForwardPass {
                shape,
                operands: self,
                u,
                v_layout,
                m_layout,
                rows: &rows,
                zeros: &zeros,
                y,
                winner,
            };
            parallel_for(total.div_ceil(tiles), |piece| {
                let first = piece * tiles;
                pass.run(first, tiles.min(total - first));
            });
        });
    }
}

/// The pass once the weights are transformed.
struct ForwardPass<'a> {
    shape: ConvShape,
    operands: ForwardInputs<'a>,
    /// The transformed weights: sixteen matrices in panels.
    u: &'a [f32],
    v_layout: TileLayout,
    m_layout: TileLayout,
    rows: &'a [Row],
    zeros: &'a [f32],
    y: SyncPtr,
    winner: SyncPtr,
}

impl ForwardPass<'_> {
    /// All stages of the tiles `first .. first + count`.
    fn run(&self, first: usize, count: usize) {
        let (v_layout, m_layout) = (self.v_layout, self.m_layout);
        with_scratch(v_layout.len() + m_layout.len(), |scratch| {
            let (v, m) = scratch.split_at_mut(v_layout.len());
            simd::run(InputTransform {
                x: self.operands.x,
                tiles: TileRange {
                    grid: TileGrid::of_inputs(self.shape),
                    first,
                    count,
                },
                v,
                layout: v_layout,
                zeros: self.zeros,
            });
            for column in (0..self.shape.outputs).step_by(OUTPUTS_PER_PASS) {
                let channels = OUTPUTS_PER_PASS.min(self.shape.outputs - column);
                self.multiply(v, count, column, channels, m);
                simd::run(OutputTransform {
                    m,
                    layout: m_layout,
                    tiles: TileRange {
                        grid: TileGrid::of_outputs(self.shape),
                        first,
                        count,
                    },
                    column,
                    channels,
                    bias: self.operands.bias,
                    activation: self.operands.activation,
                    pooling: self.operands.pooling,
                    y: self.y.at(0),
                    winner: self.winner.at(0),
                });
            }
        });
    }

    /// The sixteen products of `channels` outputs from `column` on.
    fn multiply(&self, v: &[f32], count: usize, column: usize, channels: usize, m: &mut [f32]) {
        let (inputs, outputs) = (self.shape.inputs, self.shape.outputs);
        let panels = Panels {
            depth: inputs,
            columns: outputs,
        };
        let first = column / simd::panel_width();
        let last = (column + channels).div_ceil(simd::panel_width());
        for i in 0..16 {
            // SAFETY: rows, panels and products are in scratch
            // memory laid out for them.
            unsafe {
                multiply_panels(
                    panels,
                    first..last,
                    &v[i * self.v_layout.matrix..],
                    &self.rows[..count],
                    &self.u[i * inputs * outputs..],
                    &mut m[i * self.m_layout.matrix..],
                );
            }
        }
    }
}
