//! Matrix products out of the register tiles: packing weights into panels, and
//! covering rows and columns with tiles.

use super::simd::{self, Kernel, Simd, run};
use super::tile::{NnTile, Row, Run, Segment, TnTile};

/// Weights packed for *nn*: panels of [`simd::panel_width`] columns (a last one
/// of a single vector where that is enough), `depth` rows each.
#[derive(Clone, Copy)]
pub(super) struct Panels {
    pub depth: usize,
    pub columns: usize,
}

impl Panels {
    pub(crate) fn count(self) -> usize {
        self.columns.div_ceil(simd::panel_width())
    }

    /// Floats that all panels take.
    pub(crate) fn len(self) -> usize {
        (0..self.count()).map(|i| self.depth * self.width(i)).sum()
    }

    /// Floats across panel `index`.
    pub(crate) fn width(self, index: usize) -> usize {
        let left = self.columns - index * simd::panel_width();
        if left <= simd::lanes() {
            simd::lanes()
        } else {
            simd::panel_width()
        }
    }

    /// Columns in panel `index` that are not padding.
    pub(crate) fn used_columns(self, index: usize) -> usize {
        (self.columns - index * simd::panel_width()).min(simd::panel_width())
    }

    /// Where panel `index` starts.
    pub(crate) fn start(self, index: usize) -> usize {
        index * simd::panel_width() * self.depth
    }

    /// Packs panel `index` to `to`: row `k` is made of `source(k)`, a slice
    /// position and the distance between its columns.
    ///
    /// Rows without a source (padding channels) become zeros.
    pub(crate) fn pack(
        self,
        index: usize,
        weights: &[f32],
        to: &mut [f32],
        source: impl Fn(usize) -> Option<(usize, usize)>,
    ) {
        let (width, used) = (self.width(index), self.used_columns(index));
        let first = index * simd::panel_width();
        for (k, row) in to.chunks_exact_mut(width).take(self.depth).enumerate() {
            match source(k) {
                Some((start, 1)) => {
                    row[..used].copy_from_slice(&weights[start + first..][..used]);
                    row[used..].fill(0.0);
                }
                Some((start, step)) => {
                    for (j, value) in row[..used].iter_mut().enumerate() {
                        *value = weights[start + (first + j) * step];
                    }
                    row[used..].fill(0.0);
                }
                None => row.fill(0.0),
            }
        }
    }

    /// Panel `index` of a matrix's transpose: column j is the row at `start + j · step`
    /// of `weights`, whose first `depth` floats are consecutive.
    pub(crate) fn pack_transposed(
        self,
        index: usize,
        weights: &[f32],
        to: &mut [f32],
        start: usize,
        step: usize,
    ) {
        let (width, used) = (self.width(index), self.used_columns(index));
        let first = index * simd::panel_width();
        // In blocks, so that both sides stay in the first cache.
        for from in (0..self.depth).step_by(16) {
            let rows = (self.depth - from).min(16);
            for j in 0..width {
                if j < used {
                    let source = &weights[start + (first + j) * step + from..][..rows];
                    for (k, &value) in source.iter().enumerate() {
                        to[(from + k) * width + j] = value;
                    }
                } else {
                    for k in 0..rows {
                        to[(from + k) * width + j] = 0.0;
                    }
                }
            }
        }
    }
}

/// One panel times many gathered rows.
pub(super) struct GemmNn<'a> {
    pub a: *const f32,
    pub rows: &'a [Row],
    pub segments: &'a [Segment],
    pub b: *const f32,
    pub width: usize,
    pub c: *mut f32,
    pub columns: usize,
    pub bias: *const f32,
    pub floor: f32,
}

impl Kernel for GemmNn<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut tile = NnTile {
            a: self.a,
            rows: self.rows.as_ptr(),
            segments: self.segments,
            b: self.b,
            c: self.c,
            columns: self.columns,
            bias: self.bias,
            floor: self.floor,
        };
        let wide = self.width > S::LANES || S::TILE_VECTORS == 1;
        let mut left = self.rows.len();
        // SAFETY: the caller vouches for rows, segments and panel.
        unsafe {
            while left > 0 {
                // The last two tiles share their rows evenly.
                let rows = if left >= 2 * S::TILE_ROWS || left == S::TILE_ROWS {
                    S::TILE_ROWS
                } else if left > S::TILE_ROWS {
                    left.div_ceil(2)
                } else {
                    left
                };
                S::nn(rows, wide, &tile);
                tile.rows = tile.rows.add(rows);
                left -= rows;
            }
        }
    }
}

/// Runs [`GemmNn`].
///
/// # Safety
/// Every row's segments must be readable from `a`, `columns` floats writable
/// at every row's place in `c` by this thread alone, and the panel complete.
pub(super) unsafe fn gemm_nn(product: GemmNn<'_>) {
    run(product);
}

/// `m` × `n` sums of outer products over the runs' pixels.
pub(super) struct GemmTn<'a> {
    pub a: *const f32,
    pub b: *const f32,
    pub runs: &'a [Run],
    pub a_stride: usize,
    pub b_stride: usize,
    pub m: usize,
    pub n: usize,
    pub c: *mut f32,
    pub c_stride: usize,
    pub add: bool,
}

impl Kernel for GemmTn<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let tiles = self.m.div_ceil(S::TILE_ROWS).max(1);
        let wide = S::TILE_VECTORS * S::LANES;
        let mut column = 0;
        while column < self.n {
            let is_wide = self.n - column > S::LANES || S::TILE_VECTORS == 1;
            for index in 0..tiles {
                let (from, to) = (index * self.m / tiles, (index + 1) * self.m / tiles);
                // SAFETY: the caller vouches for the runs and for
                // whole vectors at the end of `b`'s rows.
                unsafe {
                    let tile = TnTile {
                        a: self.a.add(from),
                        b: self.b.add(column),
                        runs: self.runs,
                        a_stride: self.a_stride,
                        b_stride: self.b_stride,
                        c: self.c.add(from * self.c_stride + column),
                        c_stride: self.c_stride,
                        columns: (self.n - column).min(wide),
                        add: self.add,
                    };
                    S::tn(to - from, is_wide, &tile);
                }
            }
            column += wide;
        }
    }
}

/// Runs [`GemmTn`].
///
/// # Safety
/// `a` must be readable for `m` floats at every pixel of the runs, `b` for `n`
/// rounded up to the tiles' width (a vector, or [`simd::panel_width`]), and `c` writable by this thread alone.
pub(super) unsafe fn gemm_tn(product: GemmTn<'_>) {
    run(product);
}

/// `n` rounded up to what *tn* reads of a row with `n` columns.
pub(super) fn tn_padded_width(n: usize) -> usize {
    let wide = simd::panel_width();
    let rest = n % wide;
    n - rest
        + if rest == 0 {
            0
        } else if rest <= simd::lanes() {
            simd::lanes()
        } else {
            wide
        }
}

/// The bias with zeros up to whole panels.
pub(super) fn pad_to_panels(bias: &[f32]) -> Vec<f32> {
    let mut padded = bias.to_vec();
    padded.resize(bias.len().next_multiple_of(simd::panel_width()), 0.0);
    padded
}
