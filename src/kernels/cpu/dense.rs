//! Dense layer with activation.

use candle_core::Shape;

use super::activation::{finish_activation, lower_bound};
use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::gemm::{GemmNn, GemmTn, Panels, gemm_nn, gemm_tn, pad_to_panels, tn_padded_width};
use super::operation::{CpuOperation, LayerGradients};
use super::pre_activation::PreActivationGradient;
use super::simd;
use super::threads::parallel_for;
use super::tile::{Row, Run, Segment};
use crate::kernels::activation::Activation;
use crate::kernels::autograd::BackwardPass;

/// activation(x · weight + bias); see [`crate::kernels::dense`].
pub(in super::super) struct Dense {
    pub rows: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub activation: Activation,
}

/// `c` `[rows, columns]` = activation(`a` `[rows, a_stride]` · weights + bias), with
/// the weights as they are or transposed, panel by panel on all threads.
struct PanelMatmul<'a> {
    a: &'a [f32],
    rows: usize,
    a_stride: usize,
    panels: Panels,
    weights: &'a [f32],
    transposed: bool,
    bias: &'a [f32],
    activation: Activation,
}

impl PanelMatmul<'_> {
    fn run(&self, out: SyncPtr) {
        let (depth, columns) = (self.panels.depth, self.panels.columns);
        let rows: Vec<Row> = (0..self.rows)
            .map(|row| Row {
                a: (row * self.a_stride) as u32,
                c: (row * columns) as u32,
            })
            .collect();
        let segments = [Segment::all(depth)];
        parallel_for(self.panels.count(), |index| {
            let width = self.panels.width(index);
            let column = index * simd::panel_width();
            with_scratch(depth * width, |panel| {
                if self.transposed {
                    self.panels
                        .pack_transposed(index, self.weights, panel, 0, depth);
                } else {
                    self.panels
                        .pack(index, self.weights, panel, |k| Some((k * columns, 1)));
                }
                // SAFETY: rows are `depth` floats and more, `out` has
                // `rows` × `columns`, and these columns are ours.
                unsafe {
                    gemm_nn(GemmNn {
                        a: self.a.as_ptr(),
                        rows: &rows,
                        segments: &segments,
                        b: panel.as_ptr(),
                        width,
                        c: out.at(column),
                        columns: self.panels.used_columns(index),
                        bias: if self.bias.is_empty() {
                            std::ptr::null()
                        } else {
                            self.bias[column..].as_ptr()
                        },
                        floor: lower_bound(self.activation),
                    });
                }
            });
        });
    }
}

impl Dense {
    /// xᵀ · `gradient`, whose rows are `pitch` floats apart; blocks of rows on all threads.
    fn weight_gradient(&self, x: &[f32], gradient: &[f32], pitch: usize, out: SyncPtr) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let runs = [Run::all(self.rows)];
        let blocks = inputs.div_ceil(48);
        parallel_for(blocks, |block| {
            let (from, to) = (block * inputs / blocks, (block + 1) * inputs / blocks);
            // SAFETY: rows are as long as the strides say; these rows of
            // the gradient are ours.
            unsafe {
                gemm_tn(GemmTn {
                    a: x[from..].as_ptr(),
                    b: gradient.as_ptr(),
                    runs: &runs,
                    a_stride: inputs,
                    b_stride: pitch,
                    m: to - from,
                    n: outputs,
                    c: out.at(from * outputs),
                    c_stride: outputs,
                    add: false,
                });
            }
        });
    }

    /// `gradient` · weightsᵀ.
    fn input_gradient(&self, gradient: &[f32], pitch: usize, weights: &[f32], out: SyncPtr) {
        PanelMatmul {
            a: gradient,
            rows: self.rows,
            a_stride: pitch,
            panels: Panels {
                depth: self.outputs,
                columns: self.inputs,
            },
            weights,
            transposed: true,
            bias: &[],
            activation: Activation::Linear,
        }
        .run(out);
    }
}

impl CpuOperation<3> for Dense {
    const NAME: &'static str = "dense";

    fn forward(&self, [x, weights, bias]: [&[f32]; 3]) -> (Vec<f32>, Shape) {
        let mut y = UninitBuffer::new(self.rows * self.outputs);
        PanelMatmul {
            a: x,
            rows: self.rows,
            a_stride: self.inputs,
            panels: Panels {
                depth: self.inputs,
                columns: self.outputs,
            },
            weights,
            transposed: false,
            bias: &pad_to_panels(bias),
            activation: self.activation,
        }
        .run(y.as_sync_ptr());
        let shape = Shape::from((self.rows, self.outputs));
        // SAFETY: the product wrote every value.
        let mut y = unsafe { y.assume_init() };
        finish_activation(&mut y, self.activation);
        (y, shape)
    }

    fn backward(&self, pass: &BackwardPass<'_, [f32], 3>) -> [Option<Vec<f32>>; 3] {
        let [x, weights, _] = pass.inputs;
        let pitch = tn_padded_width(self.outputs);
        let mut gradients = LayerGradients::new(pass);
        with_scratch(self.rows * pitch, |before| {
            simd::run(PreActivationGradient {
                gradient: pass.gradient,
                y: pass.result,
                activation: self.activation,
                columns: self.outputs,
                pitch,
                out: &mut *before,
                sums: &mut gradients.bias,
            });
            self.weight_gradient(x, before, pitch, gradients.weight.as_sync_ptr());
            if let Some(input) = &mut gradients.input {
                self.input_gradient(before, pitch, weights, input.as_sync_ptr());
            }
        });
        // SAFETY: the products wrote both as a whole.
        unsafe { gradients.assume_init() }
    }
}
