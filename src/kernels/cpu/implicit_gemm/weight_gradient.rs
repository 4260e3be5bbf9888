//! The gradient of the weights.

use super::super::buffer::{SyncPtr, with_scratch};
use super::super::gemm::{GemmTn, gemm_tn, tn_padded_width};
use super::super::sum_rows::sum_rows;
use super::super::threads::parallel_for;
use super::super::tile::Run;
use super::kind::ConvKind;
use crate::kernels::conv_shape::ConvShape;

/// The weights' gradient `[3, 3, inputs, outputs]` of a [`ConvKind::Stride1`] or
/// [`ConvKind::TransposedStride2`] convolution from its inputs `[n, h, w, inputs]` and the
/// gradient of its results, `pitch` channels a pixel, of which those beyond `outputs` are zero.
pub(in super::super) struct WeightGradient<'a> {
    pub kind: ConvKind,
    pub x: &'a [f32],
    pub gradient: &'a [f32],
    pub shape: ConvShape,
    pub pitch: usize,
}

/// Pixels of one call of *tn*: their rows stay in the first cache.
const PIXELS_PER_CALL: usize = 192;

impl WeightGradient<'_> {
    pub(crate) fn run(&self, out: &mut [f32]) {
        let size = self.shape.weights();
        let place = SyncPtr::new(out);
        if size > 64 * 1024 {
            // Many weights: pieces of them, each summed over all pictures.
            let blocks = self.shape.inputs.div_ceil(64);
            parallel_for(9 * blocks, |item| {
                let block = item % blocks;
                let channels = [
                    block * self.shape.inputs / blocks,
                    (block + 1) * self.shape.inputs / blocks,
                ];
                self.tap_gradient(item / blocks, channels, 0..self.shape.pictures, place);
            });
            return;
        }
        // Few: every group of pictures sums all of them, and the groups are added in order.
        let groups = self.shape.pictures.min(16);
        if groups == 1 {
            for tap in 0..9 {
                self.tap_gradient(tap, [0, self.shape.inputs], 0..self.shape.pictures, place);
            }
            return;
        }
        with_scratch(groups * size, |parts| {
            let parts_place = SyncPtr::new(parts);
            parallel_for(groups, |group| {
                let pictures = group * self.shape.pictures / groups
                    ..(group + 1) * self.shape.pictures / groups;
                let part = SyncPtr::from_ptr(parts_place.at(group * size));
                for tap in 0..9 {
                    self.tap_gradient(tap, [0, self.shape.inputs], pictures.clone(), part);
                }
            });
            sum_rows(parts, size, groups, out);
        });
    }

    /// One tap's gradient for some input channels over some pictures, written to `place`.
    fn tap_gradient(
        &self,
        tap: usize,
        [from, to]: [usize; 2],
        pictures: std::ops::Range<usize>,
        place: SyncPtr,
    ) {
        let (out_height, out_width) = (
            self.kind.output_size(self.shape.height),
            self.kind.output_size(self.shape.width),
        );
        let step = if self.kind == ConvKind::TransposedStride2 {
            2
        } else {
            1
        };
        let (first_row, from_row, rows) = self.kind.overlap(tap / 3, self.shape.height);
        let (first_column, from_column, columns) = self.kind.overlap(tap % 3, self.shape.width);
        let c = place.at((tap * self.shape.inputs + from) * self.shape.outputs);
        let read = tn_padded_width(self.shape.outputs);
        let mut task = TapAccumulator {
            conv: self,
            from,
            to,
            c,
            runs: Vec::with_capacity(PIXELS_PER_CALL),
            pixels: 0,
            add: false,
            packs: columns < 8 || read > self.pitch,
        };
        if rows == 0 || columns == 0 {
            // SAFETY: this tap's part of the gradient is ours.
            for row in 0..to - from {
                unsafe { SyncPtr::from_ptr(c).slice(row * self.shape.outputs, self.shape.outputs) }
                    .fill(0.0);
            }
            return;
        }
        for picture in pictures {
            for row in 0..rows {
                // Transposed: outputs are 2i + tap − 1, of inputs i.
                let y = (picture * out_height + first_row + step * row) * out_width + first_column;
                let x =
                    (picture * self.shape.height + from_row + row) * self.shape.width + from_column;
                task.push(Run {
                    a: x * self.shape.inputs,
                    b: y * self.pitch,
                    len: columns,
                });
            }
        }
        task.flush();
    }
}

/// Collects runs of pixels until there are enough for a call of *tn*.
struct TapAccumulator<'a> {
    conv: &'a WeightGradient<'a>,
    from: usize,
    to: usize,
    c: *mut f32,
    runs: Vec<Run>,
    pixels: usize,
    add: bool,
    /// Whether pixels are gathered into rows next to each other first: short
    /// runs cost more than the copy, and narrow rows cannot be read in whole vectors.
    packs: bool,
}

impl TapAccumulator<'_> {
    fn push(&mut self, mut run: Run) {
        while run.len > 0 {
            let len = run.len.min(PIXELS_PER_CALL - self.pixels);
            self.runs.push(Run { len, ..run });
            self.pixels += len;
            run.a += len * self.conv.shape.inputs;
            run.b += len * self.b_stride();
            run.len -= len;
            if self.pixels == PIXELS_PER_CALL {
                self.flush();
            }
        }
    }

    fn b_stride(&self) -> usize {
        self.conv.pitch
            * if self.conv.kind == ConvKind::TransposedStride2 {
                2
            } else {
                1
            }
    }

    fn flush(&mut self) {
        if self.pixels == 0 {
            return;
        }
        let conv = self.conv;
        let (m, n) = (self.to - self.from, conv.shape.outputs);
        if self.packs {
            // One line more than a row takes spreads the rows over the cache's sets.
            let (a_stride, b_stride) = (m + 16, tn_padded_width(n) + 16);
            with_scratch(self.pixels * (a_stride + b_stride), |scratch| {
                let (a, b) = scratch.split_at_mut(self.pixels * a_stride);
                let mut pixel = 0;
                for run in &self.runs {
                    for i in 0..run.len {
                        let from = run.a + i * conv.shape.inputs + self.from;
                        a[pixel * a_stride..][..m].copy_from_slice(&conv.x[from..from + m]);
                        let from = run.b + i * self.b_stride();
                        let row = &mut b[pixel * b_stride..][..b_stride];
                        row[..n].copy_from_slice(&conv.gradient[from..from + n]);
                        row[n..].fill(0.0);
                        pixel += 1;
                    }
                }
                let run = Run {
                    a: 0,
                    b: 0,
                    len: self.pixels,
                };
                // SAFETY: rows are in scratch memory, as wide as is read; `c` is ours.
                unsafe {
                    gemm_tn(GemmTn {
                        a: a.as_ptr(),
                        b: b.as_ptr(),
                        runs: &[run],
                        a_stride,
                        b_stride,
                        m,
                        n,
                        c: self.c,
                        c_stride: n,
                        add: self.add,
                    });
                }
            });
        } else {
            // SAFETY: runs lie within the pictures, rows are `pitch` ≥ the width read.
            unsafe {
                gemm_tn(GemmTn {
                    a: conv.x[self.from..].as_ptr(),
                    b: conv.gradient.as_ptr(),
                    runs: &self.runs,
                    a_stride: conv.shape.inputs,
                    b_stride: self.b_stride(),
                    m,
                    n,
                    c: self.c,
                    c_stride: n,
                    add: self.add,
                });
            }
        }
        self.add = true;
        self.pixels = 0;
        self.runs.clear();
    }
}
