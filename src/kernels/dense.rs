//! Dense layer + activation as one operation.

use candle_core::{Device, Shape, Tensor};

use super::Activation;
use super::autograd::{CpuValues, Operation};
use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::conv::pad_to_panels;
use super::elementwise::{PreActivationGradient, finish_activation, lower_bound};
use super::gemm::{GemmNn, GemmTn, Panels, gemm_nn, gemm_tn, tn_padded_width};
use super::microkernel::{Row, Run, Segment};
use super::simd;
use super::threads::parallel_for;

/// The operation; see [`super::dense`].
pub(super) struct Dense {
    pub rows: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub activation: Activation,
}

/// `c` `[rows, columns]` = activation(`a` `[rows, a_step]` · weights + bias), with
/// the weights as they are or transposed, panel by panel on all threads.
struct PanelMatmul<'a> {
    a: &'a [f32],
    rows: usize,
    a_step: usize,
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
                a: (row * self.a_step) as u32,
                c: (row * columns) as u32,
            })
            .collect();
        let segments = [Segment {
            a: 0,
            b: 0,
            len: depth,
        }];
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

impl Operation for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("dense takes three tensors");
        };
        let mut y = UninitBuffer::new(self.rows * self.outputs);
        PanelMatmul {
            a: x,
            rows: self.rows,
            a_step: self.inputs,
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
        Ok((y, shape))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let &[x, weights, bias] = inputs else {
            candle_core::bail!("dense takes three tensors");
        };
        let (rows, inputs, outputs) = (self.rows, self.inputs, self.outputs);
        let wants_input = x.track_op();
        let (x_values, w_values) = (CpuValues::of(x)?, CpuValues::of(weights)?);
        let (y_values, g_values) = (CpuValues::of(result)?, CpuValues::of(gradient)?);
        let (x_slice, w_slice) = (x_values.as_slice()?, w_values.as_slice()?);
        let (y_slice, g_slice) = (y_values.as_slice()?, g_values.as_slice()?);
        let pitch = tn_padded_width(outputs);
        let mut dx = UninitBuffer::new(if wants_input { rows * inputs } else { 0 });
        let mut dw = UninitBuffer::new(inputs * outputs);
        let mut db = vec![0.0; outputs];
        with_scratch(rows * pitch, |before| {
            simd::run(PreActivationGradient {
                gradient: g_slice,
                y: y_slice,
                activation: self.activation,
                columns: outputs,
                pitch,
                out: &mut *before,
                sums: &mut db,
            });
            let before = &*before;
            let place = dw.as_sync_ptr();
            let runs = [Run {
                a: 0,
                b: 0,
                len: rows,
            }];
            let blocks = inputs.div_ceil(48);
            parallel_for(blocks, |block| {
                let (from, to) = (block * inputs / blocks, (block + 1) * inputs / blocks);
                // SAFETY: rows are as long as the steps say; these rows of
                // the gradient are ours.
                unsafe {
                    gemm_tn(GemmTn {
                        a: x_slice[from..].as_ptr(),
                        b: before.as_ptr(),
                        runs: &runs,
                        a_step: inputs,
                        b_step: pitch,
                        m: to - from,
                        n: outputs,
                        c: place.at(from * outputs),
                        c_step: outputs,
                        add: false,
                    });
                }
            });
            if wants_input {
                PanelMatmul {
                    a: before,
                    rows,
                    a_step: pitch,
                    panels: Panels {
                        depth: outputs,
                        columns: inputs,
                    },
                    weights: w_slice,
                    transposed: true,
                    bias: &[],
                    activation: Activation::Linear,
                }
                .run(dx.as_sync_ptr());
            }
        });
        // SAFETY: both were written as a whole.
        let (dx, dw) = unsafe { (dx.assume_init(), dw.assume_init()) };
        let cpu = &Device::Cpu;
        let dx = if wants_input {
            Some(Tensor::from_vec(dx, x.shape(), cpu)?)
        } else {
            None
        };
        Ok(vec![
            dx,
            Some(Tensor::from_vec(dw, weights.shape(), cpu)?),
            Some(Tensor::from_vec(db, bias.shape(), cpu)?),
        ])
    }
}
