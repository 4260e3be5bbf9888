//! A convolution's three passes through Winograd's transforms: pieces of
//! pictures small enough for the second cache go through all stages at once.

use super::buffer::{SyncPtr, with_scratch};
use super::gemm::{GemmNn, GemmTn, Panels, gemm_nn, gemm_tn};
use super::microkernel::{Row, Run};
use super::simd;
use super::threads::{parallel_for, threads};
use super::winograd::{
    InputGradientTransform, InputTransform, OutputGradientTransform, OutputTransform, TileGrid,
    TileLayout, WeightGradientTransform, WeightTransform, transform,
};
use super::{Activation, Pooling};

/// The shapes of a 3×3 convolution with padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConvShape {
    pub pictures: usize,
    pub height: usize,
    pub width: usize,
    pub inputs: usize,
    pub outputs: usize,
}

/// Most tiles that go through the stages together.
const MAX_TILES: usize = 96;
/// Fewest, unless there are no more: a register tile's rows.
const MIN_TILES: usize = 12;
/// Outputs whose products are kept at a time on the way forward.
const OUTPUTS_PER_PASS: usize = 64;

impl ConvShape {
    /// Whether this way pays and fits.
    pub fn suits_winograd(self) -> bool {
        self.height.is_multiple_of(2)
            && self.width.is_multiple_of(2)
            && self.inputs.is_multiple_of(16)
            && self.outputs.is_multiple_of(16)
    }

    fn input_tiles(self) -> TileGrid {
        TileGrid {
            height: self.height,
            width: self.width,
            channels: self.inputs,
        }
    }

    fn output_tiles(self) -> TileGrid {
        TileGrid {
            channels: self.outputs,
            ..self.input_tiles()
        }
    }

    /// Pieces that the backward pass sums weight gradients of separately. A
    /// function of the shape alone, so that results do not depend on threads.
    fn gradient_parts(self) -> usize {
        let sums = 16 * self.inputs * self.outputs;
        ((1 << 20) / sums).clamp(4, 16).min(self.pictures)
    }
}

fn tile_rows(count: usize, a: TileLayout, c: TileLayout) -> Vec<Row> {
    (0..count)
        .map(|i| Row {
            a: (i * a.pitch) as u32,
            c: (i * c.pitch) as u32,
        })
        .collect()
}

/// The results; `winner` only with a pool. Both must have room for them.
#[allow(clippy::too_many_arguments)]
pub(super) fn forward(
    shape: ConvShape,
    x: &[f32],
    weights: &[f32],
    bias: &[f32],
    activation: Activation,
    pool: Pooling,
    y: SyncPtr,
    winner: SyncPtr,
) {
    let ConvShape {
        inputs, outputs, ..
    } = shape;
    let panels = Panels {
        depth: inputs,
        columns: outputs,
    };
    let matrix = inputs * outputs;
    let total = shape.pictures * shape.input_tiles().count();
    // As many pieces for every thread; each reads the weights once more, so no
    // more than that. How they are cut changes no result.
    let pieces = total.div_ceil(MAX_TILES).next_multiple_of(threads());
    let whole = total.div_ceil(pieces).max(MIN_TILES.min(total));
    let v_layout = TileLayout::new(whole, inputs);
    let m_layout = TileLayout::new(whole, OUTPUTS_PER_PASS.min(outputs));
    let rows = tile_rows(whole, v_layout, m_layout);
    let zeros = vec![0.0; inputs];
    with_scratch(16 * matrix, |u| {
        let place = SyncPtr::new(u);
        parallel_for(inputs / 8, |item| {
            transform(WeightTransform {
                weights,
                inputs,
                outputs,
                channels: item * 8..item * 8 + 8,
                panel: simd::panel_width(),
                u: place.at(0),
                matrix,
            });
        });
        let u = &*u;
        parallel_for(total.div_ceil(whole), |item| {
            let first = item * whole;
            let count = whole.min(total - first);
            with_scratch(v_layout.len() + m_layout.len(), |scratch| {
                let (v, m) = scratch.split_at_mut(v_layout.len());
                transform(InputTransform {
                    x,
                    tiles: shape.input_tiles(),
                    first,
                    count,
                    v,
                    layout: v_layout,
                    zeros: &zeros,
                });
                for column in (0..outputs).step_by(OUTPUTS_PER_PASS) {
                    let channels = OUTPUTS_PER_PASS.min(outputs - column);
                    for i in 0..16 {
                        let panel = column / simd::panel_width();
                        let last = (column + channels).div_ceil(simd::panel_width());
                        for panel in panel..last {
                            // SAFETY: rows, panel and products lie in scratch
                            // memory laid out for them.
                            unsafe {
                                gemm_nn(GemmNn {
                                    a: v[i * v_layout.matrix..].as_ptr(),
                                    rows: &rows[..count],
                                    segments: &[super::microkernel::Segment {
                                        a: 0,
                                        b: 0,
                                        len: inputs,
                                    }],
                                    b: u[i * matrix + panels.start(panel)..].as_ptr(),
                                    width: panels.width(panel),
                                    c: m[i * m_layout.matrix + panel * simd::panel_width()
                                        - column..]
                                        .as_mut_ptr(),
                                    columns: panels.used_columns(panel),
                                    bias: std::ptr::null(),
                                    floor: f32::NEG_INFINITY,
                                });
                            }
                        }
                    }
                    transform(OutputTransform {
                        m,
                        layout: m_layout,
                        tiles: shape.output_tiles(),
                        first,
                        count,
                        column,
                        channels,
                        bias,
                        activation,
                        pool,
                        y: y.at(0),
                        winner: winner.at(0),
                    });
                }
            });
        });
    });
}

/// What the backward pass starts from.
#[derive(Clone, Copy)]
pub(super) struct BackwardInputs<'a> {
    pub x: &'a [f32],
    pub weights: &'a [f32],
    pub y: &'a [f32],
    /// Empty without a pool.
    pub winner: &'a [f32],
    pub gradient: &'a [f32],
    pub activation: Activation,
}

/// Gradients of weights and bias, and of the inputs where there is a place for
/// it. All are overwritten.
pub(super) fn backward(
    shape: ConvShape,
    from: BackwardInputs<'_>,
    inputs_gradient: Option<SyncPtr>,
    weights_gradient: SyncPtr,
    bias_gradient: &mut [f32],
) {
    let ConvShape {
        inputs, outputs, ..
    } = shape;
    let matrix = inputs * outputs;
    let panels = Panels {
        depth: outputs,
        columns: inputs,
    };
    let parts = shape.gradient_parts();
    let tiles = shape.input_tiles().count();
    // Pictures that go through the stages together.
    let most = shape.pictures.div_ceil(parts);
    let group = (MAX_TILES / tiles).clamp(1, most);
    let group = most.div_ceil(most.div_ceil(group));
    let v_layout = TileLayout::new(group * tiles, inputs);
    let m_layout = TileLayout::new(group * tiles, outputs);
    let rows = tile_rows(group * tiles, m_layout, v_layout);
    let zeros = vec![0.0; inputs];
    let packed_len = if inputs_gradient.is_some() {
        16 * panels.len()
    } else {
        0
    };
    with_scratch(packed_len + parts * (16 * matrix + outputs), |memory| {
        let (packed, sums) = memory.split_at_mut(packed_len);
        let (sums, bias_sums) = sums.split_at_mut(parts * 16 * matrix);
        if inputs_gradient.is_some() {
            pack_transposed(shape, from.weights, panels, packed);
        }
        let packed = &*packed;
        let (sums_place, bias_place) = (SyncPtr::new(sums), SyncPtr::new(bias_sums));
        parallel_for(parts, |part| {
            let pictures = part * shape.pictures / parts..(part + 1) * shape.pictures / parts;
            // SAFETY: each part has its own sums.
            let bias_sums = unsafe { bias_place.slice(part * outputs, outputs) };
            bias_sums.fill(0.0);
            with_scratch(2 * v_layout.len() + m_layout.len() + inputs, |scratch| {
                let (v, rest) = scratch.split_at_mut(v_layout.len());
                let (dv, rest) = rest.split_at_mut(v_layout.len());
                let (m, nowhere) = rest.split_at_mut(m_layout.len());
                let mut picture = pictures.start;
                while picture < pictures.end {
                    let here = group.min(pictures.end - picture);
                    let (first, count) = (picture * tiles, here * tiles);
                    transform(InputTransform {
                        x: from.x,
                        tiles: shape.input_tiles(),
                        first,
                        count,
                        v,
                        layout: v_layout,
                        zeros: &zeros,
                    });
                    transform(OutputGradientTransform {
                        gradient: from.gradient,
                        y: from.y,
                        winner: from.winner,
                        tiles: shape.output_tiles(),
                        first,
                        count,
                        activation: from.activation,
                        m,
                        layout: m_layout,
                        sums: bias_sums,
                    });
                    let runs = [Run {
                        a: 0,
                        b: 0,
                        len: count,
                    }];
                    for i in 0..16 {
                        let m = &m[i * m_layout.matrix..];
                        // SAFETY: rows are in scratch memory and whole
                        // vectors long; each part has its own sums.
                        unsafe {
                            gemm_tn(GemmTn {
                                a: v[i * v_layout.matrix..].as_ptr(),
                                b: m.as_ptr(),
                                runs: &runs,
                                a_step: v_layout.pitch,
                                b_step: m_layout.pitch,
                                m: inputs,
                                n: outputs,
                                c: sums_place.at((part * 16 + i) * matrix),
                                c_step: outputs,
                                add: picture > pictures.start,
                            });
                        }
                        if inputs_gradient.is_none() {
                            continue;
                        }
                        for panel in 0..panels.count() {
                            // SAFETY: as above.
                            unsafe {
                                gemm_nn(GemmNn {
                                    a: m.as_ptr(),
                                    rows: &rows[..count],
                                    segments: &[super::microkernel::Segment {
                                        a: 0,
                                        b: 0,
                                        len: outputs,
                                    }],
                                    b: packed[i * panels.len() + panels.start(panel)..].as_ptr(),
                                    width: panels.width(panel),
                                    c: dv[i * v_layout.matrix + panel * simd::panel_width()..]
                                        .as_mut_ptr(),
                                    columns: panels.used_columns(panel),
                                    bias: std::ptr::null(),
                                    floor: f32::NEG_INFINITY,
                                });
                            }
                        }
                    }
                    if let Some(place) = inputs_gradient {
                        let size = shape.height * shape.width * inputs;
                        transform(InputGradientTransform {
                            v: dv,
                            layout: v_layout,
                            tiles: shape.input_tiles(),
                            count,
                            // SAFETY: these pictures are this part's.
                            out: unsafe { place.slice(picture * size, here * size) },
                            discard: nowhere,
                        });
                    }
                    picture += here;
                }
            });
        });
        let sums = &*sums;
        parallel_for(inputs / 8, |item| {
            transform(WeightGradientTransform {
                u: sums,
                parts,
                inputs,
                outputs,
                channels: item * 8..item * 8 + 8,
                out: weights_gradient.at(0),
            });
        });
        super::elementwise::sum_rows(bias_sums, outputs, parts, bias_gradient);
    });
}

/// The transformed weights' transposes in panels, matrix after matrix.
fn pack_transposed(shape: ConvShape, weights: &[f32], panels: Panels, packed: &mut [f32]) {
    let ConvShape {
        inputs, outputs, ..
    } = shape;
    let matrix = inputs * outputs;
    with_scratch(16 * matrix, |u| {
        let place = SyncPtr::new(u);
        parallel_for(inputs / 8, |item| {
            transform(WeightTransform {
                weights,
                inputs,
                outputs,
                channels: item * 8..item * 8 + 8,
                panel: outputs,
                u: place.at(0),
                matrix,
            });
        });
        let (u, place) = (&*u, SyncPtr::new(packed));
        parallel_for(16, |i| {
            for panel in 0..panels.count() {
                let start = i * panels.len() + panels.start(panel);
                // SAFETY: panels do not overlap.
                let to = unsafe { place.slice(start, panels.width(panel) * outputs) };
                panels.pack_transposed(panel, u, to, i * matrix, outputs);
            }
        });
    });
}
