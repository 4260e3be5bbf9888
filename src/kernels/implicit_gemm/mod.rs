//! Convolutions as sums of matrix products over shifted pixels, without a
//! padded copy: pixels are sorted into classes by which of their taps fall
//! inside the picture, so that none on the padding is computed.

mod weight_gradient;

use super::Activation;
use super::buffer::{SyncPtr, UninitBuffer, with_scratch};
use super::elementwise::{self, lower_bound};
use super::gemm::{GemmNn, Panels, gemm_nn};
use super::microkernel::{Row, Segment};
use super::threads::parallel_for;

pub(super) use weight_gradient::WeightGradient;

/// How outputs look at inputs along both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConvKind {
    /// Output p reads inputs p − 1, p, p + 1: a convolution, and its gradient
    /// with taps in opposite order.
    Stride1,
    /// Output 2i reads input i by tap 1; output 2i + 1 reads i by tap 2 and
    /// i + 1 by tap 0: a transposed convolution of stride 2.
    TransposedStride2,
    /// Output i reads inputs 2i − 1, 2i, 2i + 1: that one's gradient.
    Stride2,
}

/// Outputs along one axis that have the same taps inside.
struct AxisClass {
    /// Output position and the input position that offsets count from.
    positions: Vec<(usize, usize)>,
    /// Place of the tap in the packed order, and its offset.
    taps: Vec<(usize, isize)>,
}

impl ConvKind {
    /// The taps in packed order: neighbours that are read together stand together.
    pub fn tap_order(self) -> [usize; 3] {
        match self {
            Self::Stride1 | Self::Stride2 => [0, 1, 2],
            Self::TransposedStride2 => [2, 0, 1],
        }
    }

    fn output_size(self, input: usize) -> usize {
        match self {
            Self::Stride1 => input,
            Self::TransposedStride2 => 2 * input,
            Self::Stride2 => input / 2,
        }
    }

    fn axis_classes(self, input: usize) -> Vec<AxisClass> {
        let reach = |position: usize| -> Vec<(usize, isize)> {
            let (base, taps): (usize, &[(usize, isize)]) = match self {
                Self::Stride1 => (position, &[(0, -1), (1, 0), (2, 1)]),
                Self::TransposedStride2 if position.is_multiple_of(2) => (position / 2, &[(2, 0)]),
                Self::TransposedStride2 => (position / 2, &[(0, 0), (1, 1)]),
                Self::Stride2 => (2 * position, &[(0, -1), (1, 0), (2, 1)]),
            };
            taps.iter()
                .filter(|&&(_, offset)| {
                    base.checked_add_signed(offset).is_some_and(|at| at < input)
                })
                .copied()
                .collect()
        };
        let base = |position: usize| match self {
            Self::Stride1 => position,
            Self::TransposedStride2 => position / 2,
            Self::Stride2 => 2 * position,
        };
        let mut classes: Vec<AxisClass> = Vec::new();
        for position in 0..self.output_size(input) {
            let taps = reach(position);
            let entry = (position, base(position));
            match classes.iter_mut().find(|class| class.taps == taps) {
                Some(class) => class.positions.push(entry),
                None => classes.push(AxisClass {
                    positions: vec![entry],
                    taps,
                }),
            }
        }
        classes
    }

    /// Where output and input overlap for a tap: (first output, first input, count).
    fn overlap(self, tap: usize, input: usize) -> (usize, usize, usize) {
        match self {
            Self::Stride1 => match tap {
                0 => (1, 0, input - 1),
                1 => (0, 0, input),
                _ => (0, 1, input - 1),
            },
            Self::TransposedStride2 | Self::Stride2 => match tap {
                0 => (1, 1, input - 1),
                1 => (0, 0, input),
                _ => (1, 0, input),
            },
        }
    }
}

/// Pixels with the same taps inside the picture.
struct TapClass {
    rows: Vec<Row>,
    rows_per_picture: usize,
    segments: Vec<Segment>,
}

fn tap_classes(
    geometry: ConvKind,
    [height, width]: [usize; 2],
    [a_step, c_step]: [usize; 2],
    pictures: usize,
) -> Vec<TapClass> {
    let (out_height, out_width) = (geometry.output_size(height), geometry.output_size(width));
    let columns = geometry.axis_classes(width);
    let mut classes = Vec::new();
    for down in geometry.axis_classes(height) {
        for across in &columns {
            let mut segments: Vec<Segment> = Vec::new();
            for &(row_tap, row_offset) in &down.taps {
                for (i, &(tap, offset)) in across.taps.iter().enumerate() {
                    let joins = i > 0 && across.taps[i - 1] == (tap.wrapping_sub(1), offset - 1);
                    if let (true, Some(last)) = (joins, segments.last_mut()) {
                        last.len += a_step;
                        continue;
                    }
                    segments.push(Segment {
                        a: (row_offset * width as isize + offset) * a_step as isize,
                        b: (row_tap * 3 + tap) * a_step,
                        len: a_step,
                    });
                }
            }
            let mut rows =
                Vec::with_capacity(pictures * down.positions.len() * across.positions.len());
            for picture in 0..pictures {
                let a0 = picture * height * width * a_step;
                let c0 = picture * out_height * out_width * c_step;
                for &(y, from_y) in &down.positions {
                    for &(x, from_x) in &across.positions {
                        rows.push(Row {
                            a: (a0 + (from_y * width + from_x) * a_step) as u32,
                            c: (c0 + (y * out_width + x) * c_step) as u32,
                        });
                    }
                }
            }
            classes.push(TapClass {
                rows,
                rows_per_picture: down.positions.len() * across.positions.len(),
                segments,
            });
        }
    }
    classes
}

/// A 3×3 gather over pictures `[n, height, width, a_step]` (of whose channels
/// any beyond the weights' depth meet zero weights).
pub(super) struct ImplicitGemm<'a> {
    pub kind: ConvKind,
    pub x: &'a [f32],
    pub pictures: usize,
    pub height: usize,
    pub width: usize,
    /// Channels of an input pixel, with padding.
    pub a_step: usize,
    /// The packed weights; `depth` is 9 · `a_step`.
    pub panels: Panels,
    pub packed: &'a [f32],
    /// Padded to whole panels; or empty.
    pub bias: &'a [f32],
    pub activation: Activation,
}

impl ImplicitGemm<'_> {
    /// Pictures that are worked on together: enough to fill tiles, few enough
    /// for the second cache, and several pieces for the threads.
    fn pictures_per_group(&self) -> usize {
        let floats = self.height * self.width * self.a_step
            + self.kind.output_size(self.height)
                * self.kind.output_size(self.width)
                * self.panels.columns;
        (98_304 / floats.max(1))
            .clamp(1, 16)
            .min(self.pictures.div_ceil(8))
            .max(1)
    }

    /// Floats that a picture of the result takes.
    fn result_len(&self) -> usize {
        self.kind.output_size(self.height) * self.kind.output_size(self.width) * self.panels.columns
    }

    /// Computes groups of pictures. `finish(first, pictures, place)` gets each
    /// group's result: in `out` where that is given, else in scratch memory.
    pub fn run(&self, out: Option<SyncPtr>, finish: impl Fn(usize, usize, SyncPtr) + Sync) {
        let group = self.pictures_per_group();
        let classes = tap_classes(
            self.kind,
            [self.height, self.width],
            [self.a_step, self.panels.columns],
            group,
        );
        let result = self.result_len();
        parallel_for(self.pictures.div_ceil(group), |item| {
            let first = item * group;
            let pictures = group.min(self.pictures - first);
            let compute = |place: SyncPtr| {
                let x = &self.x[first * self.height * self.width * self.a_step..];
                for panel in 0..self.panels.count() {
                    let column = self.panels.start(panel) / self.panels.depth;
                    for class in &classes {
                        // SAFETY: the classes' rows and segments lie within the group's
                        // pictures, `place` has room for its results, and the group is ours.
                        unsafe {
                            gemm_nn(GemmNn {
                                a: x.as_ptr(),
                                rows: &class.rows[..class.rows_per_picture * pictures],
                                segments: &class.segments,
                                b: self.packed[self.panels.start(panel)..].as_ptr(),
                                width: self.panels.width(panel),
                                c: place.at(column),
                                columns: self.panels.used_columns(panel),
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
                elementwise::finish_activation(results, self.activation);
                finish(first, pictures, place);
            };
            match out {
                Some(out) => compute(SyncPtr::from_ptr(out.at(first * result))),
                None => with_scratch(pictures * result, |scratch| compute(SyncPtr::new(scratch))),
            }
        });
    }
}

/// Packs a convolution's weights `[3, 3, inputs, outputs]` for a [`ImplicitGemm`].
///
/// `transposed` makes outputs the depth and inputs the columns; `flipped`
/// reverses the taps. Pixels have `a_step` channels, of which those beyond the depth are padding.
pub(super) fn pack_weights(
    weights: &[f32],
    [inputs, outputs]: [usize; 2],
    geometry: ConvKind,
    transposed: bool,
    flipped: bool,
    a_step: usize,
) -> (Panels, Vec<f32>) {
    let columns = if transposed { inputs } else { outputs };
    let depth = if transposed { outputs } else { inputs };
    let panels = Panels {
        depth: 9 * a_step,
        columns,
    };
    let mut packed = UninitBuffer::new(panels.len());
    let place = packed.as_sync_ptr();
    let order = geometry.tap_order();
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
            for (position, rows) in panel.chunks_exact_mut(a_step * width).enumerate() {
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
                let (position, channel) = (k / a_step, k % a_step);
                (channel < depth).then(|| ((tap(position) * inputs + channel) * outputs, 1))
            });
        }
    });
    // SAFETY: every panel was written as a whole.
    (panels, unsafe { packed.assume_init() })
}
