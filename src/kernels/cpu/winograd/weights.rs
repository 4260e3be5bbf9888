//! Transforms of the weights and of their gradient.

// Small matrices: the indices are those of the formulas.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use super::super::buffer::{SyncPtr, with_scratch};
use super::super::gemm::Panels;
use super::super::simd::{self, Kernel, Simd};
use super::super::threads::parallel_for;
use super::both_axes::both_axes;
use crate::kernels::conv_shape::ConvShape;

/// Calls `transform` for a few input channels at a time, on all threads.
fn for_channels(inputs: usize, transform: impl Fn(Range<usize>) + Sync) {
    const CHANNELS: usize = 8;
    parallel_for(inputs / CHANNELS, |item| {
        transform(item * CHANNELS..(item + 1) * CHANNELS);
    });
}

/// Transforms the weights to sixteen matrices in panels `panel` columns wide (which
/// may be all outputs), on all threads.
pub(super) fn transform_weights(shape: ConvShape, weights: &[f32], panel: usize, u: &mut [f32]) {
    let (inputs, outputs) = (shape.inputs, shape.outputs);
    let u = SyncPtr::new(u);
    for_channels(inputs, |channels| {
        simd::run(WeightTransform {
            weights,
            inputs,
            outputs,
            channels,
            panel,
            u: u.at(0),
            matrix: inputs * outputs,
        });
    });
}

/// The transformed weights' transposes in panels, matrix after matrix.
pub(super) fn pack_transposed(
    shape: ConvShape,
    weights: &[f32],
    panels: Panels,
    packed: &mut [f32],
) {
    let matrix = shape.inputs * shape.outputs;
    with_scratch(16 * matrix, |u| {
        transform_weights(shape, weights, shape.outputs, u);
        let (u, packed) = (&*u, SyncPtr::new(packed));
        parallel_for(16, |i| {
            for panel in 0..panels.count() {
                let start = i * panels.len() + panels.start(panel);
                // SAFETY: panels do not overlap.
                let to = unsafe { packed.slice(start, panels.width(panel) * shape.outputs) };
                panels.pack_transposed(panel, u, to, i * matrix, shape.outputs);
            }
        });
    });
}

/// The weights' gradient from `parts` sums of that of their transform, on all threads.
pub(super) fn transform_weight_gradient(shape: ConvShape, u: &[f32], parts: usize, out: SyncPtr) {
    let (inputs, outputs) = (shape.inputs, shape.outputs);
    for_channels(inputs, |channels| {
        simd::run(WeightGradientTransform {
            u,
            parts,
            inputs,
            outputs,
            channels,
            out: out.at(0),
        });
    });
}

unsafe fn weights_axis<S: Simd>(g: [S::V; 3]) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        let half = S::splat(0.5);
        let (outer, middle) = (S::mul(S::add(g[0], g[2]), half), S::mul(g[1], half));
        [g[0], S::add(outer, middle), S::sub(outer, middle), g[2]]
    }
}

/// Gᵀ u: its transpose.
#[inline(always)]
unsafe fn weights_axis_transposed<S: Simd>(u: [S::V; 4]) -> [S::V; 3] {
    // SAFETY: as the caller promises.
    unsafe {
        let half = S::splat(0.5);
        let sum = S::mul(S::add(u[1], u[2]), half);
        [
            S::add(u[0], sum),
            S::mul(S::sub(u[1], u[2]), half),
            S::add(sum, u[3]),
        ]
    }
}

/// Weights `[3, 3, inputs, outputs]` transformed for some input channels.
/// Element (channel, output) of matrix i goes to `u[i · matrix + place]` with
/// `place` = panel start + channel · panel width + column for panels `panel`
/// columns wide (which may be all outputs).
struct WeightTransform<'a> {
    pub weights: &'a [f32],
    pub inputs: usize,
    pub outputs: usize,
    pub channels: Range<usize>,
    pub panel: usize,
    pub u: *mut f32,
    pub matrix: usize,
}

impl Kernel for WeightTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        assert!(outputs.is_multiple_of(S::LANES) && self.panel.is_multiple_of(S::LANES));
        assert!(self.weights.len() == 9 * inputs * outputs && self.channels.end <= inputs);
        for channel in self.channels {
            let mut column = 0;
            while column < outputs {
                let width = self.panel.min(outputs - column / self.panel * self.panel);
                let place = column / self.panel * self.panel * inputs
                    + channel * width
                    + column % self.panel;
                // SAFETY: the asserts bound the reads; `u` has room for
                // sixteen matrices, and these channels of it are ours.
                unsafe {
                    let mut g = [[S::splat(0.0); 3]; 3];
                    for i in 0..3 {
                        for j in 0..3 {
                            let at = ((3 * i + j) * inputs + channel) * outputs + column;
                            g[i][j] = S::load(self.weights.as_ptr().add(at));
                        }
                    }
                    let u = both_axes!(weights_axis, g, 3 => 4);
                    for i in 0..4 {
                        for j in 0..4 {
                            S::store(self.u.add((4 * i + j) * self.matrix + place), u[i][j]);
                        }
                    }
                }
                column += S::LANES;
            }
        }
    }
}

/// The weights' gradient for some input channels from `parts` sums of that of
/// their transform, each sixteen matrices `[inputs, outputs]`.
struct WeightGradientTransform<'a> {
    pub u: &'a [f32],
    pub parts: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub channels: Range<usize>,
    /// `[3, 3, inputs, outputs]`
    pub out: *mut f32,
}

impl Kernel for WeightGradientTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let matrix = inputs * outputs;
        assert!(outputs.is_multiple_of(S::LANES) && self.channels.end <= inputs);
        assert!(self.u.len() >= self.parts * 16 * matrix && self.parts > 0);
        for channel in self.channels {
            let mut column = 0;
            while column < outputs {
                let at = channel * outputs + column;
                // SAFETY: the asserts bound the reads; `out` has nine
                // matrices, and these channels of it are ours.
                unsafe {
                    let mut u = [[S::splat(0.0); 4]; 4];
                    for i in 0..4 {
                        for j in 0..4 {
                            let from = self.u.as_ptr().add((4 * i + j) * matrix + at);
                            let mut sum = S::load(from);
                            for part in 1..self.parts {
                                sum = S::add(sum, S::load(from.add(part * 16 * matrix)));
                            }
                            u[i][j] = sum;
                        }
                    }
                    let g = both_axes!(weights_axis_transposed, u, 4 => 3);
                    for i in 0..3 {
                        for j in 0..3 {
                            S::store(self.out.add((3 * i + j) * matrix + at), g[i][j]);
                        }
                    }
                }
                column += S::LANES;
            }
        }
    }
}
