//! Convolutions as sums of matrix products over shifted pixels, without a
//! padded copy: pixels are sorted into classes by which of their taps fall
//! inside the picture, so that none on the padding is computed.

use super::Activation;
use super::buffer::{Shared, with_scratch};
use super::elementwise::{self, floor};
use super::gemm::{Nn, Panels, Tn, nn, tn, tn_width};
use super::microkernel::{Row, Run, Segment};
use super::threads::parallel;

/// How outputs look at inputs along both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Geometry {
    /// Output p reads inputs p − 1, p, p + 1: a convolution, and its gradient
    /// with taps in opposite order.
    Same,
    /// Output 2i reads input i by tap 1; output 2i + 1 reads i by tap 2 and
    /// i + 1 by tap 0: a transposed convolution of stride 2.
    Up,
    /// Output i reads inputs 2i − 1, 2i, 2i + 1: that one's gradient.
    Down,
}

/// Outputs along one axis that have the same taps inside.
struct Axis {
    /// Output position and the input position that offsets count from.
    positions: Vec<(usize, usize)>,
    /// Place of the tap in the packed order, and its offset.
    taps: Vec<(usize, isize)>,
}

impl Geometry {
    /// The taps in packed order: neighbours that are read together stand together.
    pub fn tap_order(self) -> [usize; 3] {
        match self {
            Self::Same | Self::Down => [0, 1, 2],
            Self::Up => [2, 0, 1],
        }
    }

    fn output(self, input: usize) -> usize {
        match self {
            Self::Same => input,
            Self::Up => 2 * input,
            Self::Down => input / 2,
        }
    }

    fn axis(self, input: usize) -> Vec<Axis> {
        let reach = |position: usize| -> Vec<(usize, isize)> {
            let (base, taps): (usize, &[(usize, isize)]) = match self {
                Self::Same => (position, &[(0, -1), (1, 0), (2, 1)]),
                Self::Up if position.is_multiple_of(2) => (position / 2, &[(2, 0)]),
                Self::Up => (position / 2, &[(0, 0), (1, 1)]),
                Self::Down => (2 * position, &[(0, -1), (1, 0), (2, 1)]),
            };
            taps.iter()
                .filter(|&&(_, offset)| {
                    base.checked_add_signed(offset).is_some_and(|at| at < input)
                })
                .copied()
                .collect()
        };
        let base = |position: usize| match self {
            Self::Same => position,
            Self::Up => position / 2,
            Self::Down => 2 * position,
        };
        let mut classes: Vec<Axis> = Vec::new();
        for position in 0..self.output(input) {
            let taps = reach(position);
            let entry = (position, base(position));
            match classes.iter_mut().find(|class| class.taps == taps) {
                Some(class) => class.positions.push(entry),
                None => classes.push(Axis {
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
            Self::Same => match tap {
                0 => (1, 0, input - 1),
                1 => (0, 0, input),
                _ => (0, 1, input - 1),
            },
            Self::Up | Self::Down => match tap {
                0 => (1, 1, input - 1),
                1 => (0, 0, input),
                _ => (1, 0, input),
            },
        }
    }
}

/// Pixels with the same taps inside the picture.
struct Class {
    rows: Vec<Row>,
    per_picture: usize,
    segments: Vec<Segment>,
}

fn classes(
    geometry: Geometry,
    [height, width]: [usize; 2],
    [a_step, c_step]: [usize; 2],
    pictures: usize,
) -> Vec<Class> {
    let (out_height, out_width) = (geometry.output(height), geometry.output(width));
    let columns = geometry.axis(width);
    let mut classes = Vec::new();
    for down in geometry.axis(height) {
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
            classes.push(Class {
                rows,
                per_picture: down.positions.len() * across.positions.len(),
                segments,
            });
        }
    }
    classes
}

/// A 3×3 gather over pictures `[n, height, width, a_step]` (of whose channels
/// any beyond the weights' depth meet zero weights).
pub(super) struct Gather<'a> {
    pub geometry: Geometry,
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

impl Gather<'_> {
    /// Pictures that are worked on together: enough to fill tiles, few enough
    /// for the second cache, and several pieces for the threads.
    fn group(&self) -> usize {
        let floats = self.height * self.width * self.a_step
            + self.geometry.output(self.height)
                * self.geometry.output(self.width)
                * self.panels.columns;
        (98_304 / floats.max(1))
            .clamp(1, 16)
            .min(self.pictures.div_ceil(8))
            .max(1)
    }

    /// Floats that a picture of the result takes.
    fn result(&self) -> usize {
        self.geometry.output(self.height) * self.geometry.output(self.width) * self.panels.columns
    }

    /// Computes groups of pictures. `finish(first, pictures, place)` gets each
    /// group's result: in `out` where that is given, else in scratch memory.
    pub fn run(&self, out: Option<Shared>, finish: impl Fn(usize, usize, Shared) + Sync) {
        let group = self.group();
        let classes = classes(
            self.geometry,
            [self.height, self.width],
            [self.a_step, self.panels.columns],
            group,
        );
        let result = self.result();
        parallel(self.pictures.div_ceil(group), |item| {
            let first = item * group;
            let pictures = group.min(self.pictures - first);
            let compute = |place: Shared| {
                let x = &self.x[first * self.height * self.width * self.a_step..];
                for panel in 0..self.panels.count() {
                    let column = self.panels.start(panel) / self.panels.depth;
                    for class in &classes {
                        // SAFETY: the classes' rows and segments lie within the group's
                        // pictures, `place` has room for its results, and the group is ours.
                        unsafe {
                            nn(Nn {
                                a: x.as_ptr(),
                                rows: &class.rows[..class.per_picture * pictures],
                                segments: &class.segments,
                                b: self.packed[self.panels.start(panel)..].as_ptr(),
                                width: self.panels.width(panel),
                                c: place.at(column),
                                columns: self.panels.used(panel),
                                bias: if self.bias.is_empty() {
                                    std::ptr::null()
                                } else {
                                    self.bias[column..].as_ptr()
                                },
                                floor: floor(self.activation),
                            });
                        }
                    }
                }
                // SAFETY: the tiles above wrote all of it.
                let results = unsafe { place.slice(0, pictures * result) };
                elementwise::finish(results, self.activation);
                finish(first, pictures, place);
            };
            match out {
                Some(out) => compute(Shared::from_pointer(out.at(first * result))),
                None => with_scratch(pictures * result, |scratch| compute(Shared::of(scratch))),
            }
        });
    }
}

/// Packs a convolution's weights `[3, 3, inputs, outputs]` for a [`Gather`].
///
/// `transposed` makes outputs the depth and inputs the columns; `flipped`
/// reverses the taps. Pixels have `a_step` channels, of which those beyond the depth are padding.
pub(super) fn pack(
    weights: &[f32],
    [inputs, outputs]: [usize; 2],
    geometry: Geometry,
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
    let mut packed = vec![0.0; panels.len()];
    let place = Shared::of(&mut packed);
    let order = geometry.tap_order();
    let tap = |position: usize| {
        let tap = order[position / 3] * 3 + order[position % 3];
        if flipped { 8 - tap } else { tap }
    };
    parallel(panels.count(), |index| {
        let width = panels.width(index);
        // SAFETY: panels do not overlap.
        let panel = unsafe { place.slice(panels.start(index), panels.depth * width) };
        if transposed {
            for position in 0..9 {
                let one = Panels { depth, columns };
                one.pack_transposed(
                    index,
                    weights,
                    &mut panel[position * a_step * width..],
                    tap(position) * inputs * outputs,
                    outputs,
                );
            }
        } else {
            panels.pack(index, weights, panel, |k| {
                let (position, channel) = (k / a_step, k % a_step);
                (channel < depth).then(|| ((tap(position) * inputs + channel) * outputs, 1))
            });
        }
    });
    (panels, packed)
}

/// The weights' gradient `[3, 3, inputs, outputs]` of a [`Geometry::Same`] or
/// [`Geometry::Up`] convolution from its inputs `[n, h, w, inputs]` and the
/// gradient of its results, `pitch` channels a pixel, of which those beyond `outputs` are zero.
pub(super) struct WeightGradient<'a> {
    pub geometry: Geometry,
    pub x: &'a [f32],
    pub gradient: &'a [f32],
    pub pictures: usize,
    pub height: usize,
    pub width: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub pitch: usize,
}

/// Pixels of one call of *tn*: their rows stay in the first cache.
const PIXELS: usize = 192;

impl WeightGradient<'_> {
    pub fn run(&self, out: &mut [f32]) {
        let size = 9 * self.inputs * self.outputs;
        let place = Shared::of(out);
        if size > 64 * 1024 {
            // Many weights: pieces of them, each summed over all pictures.
            let blocks = self.inputs.div_ceil(64);
            parallel(9 * blocks, |item| {
                let block = item % blocks;
                let channels = [
                    block * self.inputs / blocks,
                    (block + 1) * self.inputs / blocks,
                ];
                self.tap(item / blocks, channels, 0..self.pictures, place);
            });
            return;
        }
        // Few: every group of pictures sums all of them, and the groups are added in order.
        let groups = self.pictures.min(16);
        if groups == 1 {
            for tap in 0..9 {
                self.tap(tap, [0, self.inputs], 0..self.pictures, place);
            }
            return;
        }
        with_scratch(groups * size, |parts| {
            let parts_place = Shared::of(parts);
            parallel(groups, |group| {
                let pictures = group * self.pictures / groups..(group + 1) * self.pictures / groups;
                let part = Shared::from_pointer(parts_place.at(group * size));
                for tap in 0..9 {
                    self.tap(tap, [0, self.inputs], pictures.clone(), part);
                }
            });
            elementwise::sum_rows(parts, size, groups, out);
        });
    }

    /// One tap's gradient for some input channels over some pictures, written to `place`.
    fn tap(
        &self,
        tap: usize,
        [from, to]: [usize; 2],
        pictures: std::ops::Range<usize>,
        place: Shared,
    ) {
        let (out_height, out_width) = (
            self.geometry.output(self.height),
            self.geometry.output(self.width),
        );
        let step = if self.geometry == Geometry::Up { 2 } else { 1 };
        let (first_row, from_row, rows) = self.geometry.overlap(tap / 3, self.height);
        let (first_column, from_column, columns) = self.geometry.overlap(tap % 3, self.width);
        let c = place.at((tap * self.inputs + from) * self.outputs);
        let read = tn_width(self.outputs);
        let mut task = TapTask {
            owner: self,
            from,
            to,
            c,
            runs: Vec::with_capacity(PIXELS),
            pixels: 0,
            add: false,
            packs: columns < 8 || read > self.pitch,
        };
        if rows == 0 || columns == 0 {
            // SAFETY: this tap's part of the gradient is ours.
            for row in 0..to - from {
                unsafe { Shared::from_pointer(c).slice(row * self.outputs, self.outputs) }
                    .fill(0.0);
            }
            return;
        }
        for picture in pictures {
            for row in 0..rows {
                // `Up`: outputs are 2i + tap − 1, of inputs i.
                let y = (picture * out_height + first_row + step * row) * out_width + first_column;
                let x = (picture * self.height + from_row + row) * self.width + from_column;
                task.push(Run {
                    a: x * self.inputs,
                    b: y * self.pitch,
                    len: columns,
                });
            }
        }
        task.flush();
    }
}

/// Collects runs of pixels until there are enough for a call of *tn*.
struct TapTask<'a> {
    owner: &'a WeightGradient<'a>,
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

impl TapTask<'_> {
    fn push(&mut self, mut run: Run) {
        while run.len > 0 {
            let len = run.len.min(PIXELS - self.pixels);
            self.runs.push(Run { len, ..run });
            self.pixels += len;
            run.a += len * self.owner.inputs;
            run.b += len * self.b_step();
            run.len -= len;
            if self.pixels == PIXELS {
                self.flush();
            }
        }
    }

    fn b_step(&self) -> usize {
        self.owner.pitch
            * if self.owner.geometry == Geometry::Up {
                2
            } else {
                1
            }
    }

    fn flush(&mut self) {
        if self.pixels == 0 {
            return;
        }
        let owner = self.owner;
        let (m, n) = (self.to - self.from, owner.outputs);
        if self.packs {
            // One line more than a row takes spreads the rows over the cache's sets.
            let (a_step, b_step) = (m + 16, tn_width(n) + 16);
            with_scratch(self.pixels * (a_step + b_step), |scratch| {
                let (a, b) = scratch.split_at_mut(self.pixels * a_step);
                let mut pixel = 0;
                for run in &self.runs {
                    for i in 0..run.len {
                        let from = run.a + i * owner.inputs + self.from;
                        a[pixel * a_step..][..m].copy_from_slice(&owner.x[from..from + m]);
                        let from = run.b + i * self.b_step();
                        let row = &mut b[pixel * b_step..][..b_step];
                        row[..n].copy_from_slice(&owner.gradient[from..from + n]);
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
                    tn(Tn {
                        a: a.as_ptr(),
                        b: b.as_ptr(),
                        runs: &[run],
                        a_step,
                        b_step,
                        m,
                        n,
                        c: self.c,
                        c_step: n,
                        add: self.add,
                    });
                }
            });
        } else {
            // SAFETY: runs lie within the pictures, rows are `pitch` ≥ the width read.
            unsafe {
                tn(Tn {
                    a: owner.x[self.from..].as_ptr(),
                    b: owner.gradient.as_ptr(),
                    runs: &self.runs,
                    a_step: owner.inputs,
                    b_step: self.b_step(),
                    m,
                    n,
                    c: self.c,
                    c_step: n,
                    add: self.add,
                });
            }
        }
        self.add = true;
        self.pixels = 0;
        self.runs.clear();
    }
}
