//! The two register-blocked inner loops that do nearly all arithmetic.
//!
//! *nn* multiplies rows gathered from anywhere (pixels of a picture with their
//! neighbourhoods, rows of a matrix) by a packed panel of weights; *tn* sums
//! outer products of two rows over many pixels, for the weights' gradients.

use super::simd::Simd;

/// A run of consecutive inputs: where it starts relative to a row's pointer,
/// where its weights start in the panel (in rows of the panel), how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub a: isize,
    pub b: usize,
    pub len: usize,
}

/// Where a row's inputs start and where its outputs go, in floats from a base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub a: u32,
    pub c: u32,
}

/// What an *nn* tile computes: for each row i and each of the panel's columns,
/// max(floor, bias + Σ over segments of a · b). A floor of 0 is `ReLU`; anything
/// dearer would push the sums out of the registers.
#[derive(Clone, Copy)]
pub(super) struct NnTile<'a> {
    pub a: *const f32,
    pub rows: *const Row,
    pub segments: &'a [Segment],
    /// The panel: rows of as many floats as the tile is wide.
    pub b: *const f32,
    pub c: *mut f32,
    /// Columns to store; the panel's others are padding.
    pub columns: usize,
    /// As wide as the tile, or null.
    pub bias: *const f32,
    pub floor: f32,
}

/// # Safety
/// All that the tile names must be readable, its outputs writable by this
/// thread alone, and the instruction set present.
#[inline(always)]
pub(super) unsafe fn nn_tile<S: Simd, const M: usize, const N: usize>(tile: &NnTile<'_>) {
    // SAFETY: as the caller promises.
    unsafe {
        let width = N * S::LANES;
        let mut sums = [[S::splat(0.0); N]; M];
        let mut rows = [tile.a; M];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = tile.a.add((*tile.rows.add(i)).a as usize);
        }
        for segment in tile.segments {
            let mut a = rows;
            for pointer in &mut a {
                *pointer = pointer.offset(segment.a);
            }
            let mut b = tile.b.add(segment.b * width);
            for k in 0..segment.len {
                let mut weights = [S::splat(0.0); N];
                for (j, weight) in weights.iter_mut().enumerate() {
                    *weight = S::load(b.add(j * S::LANES));
                }
                for i in 0..M {
                    let input = S::splat(*a[i].add(k));
                    for j in 0..N {
                        sums[i][j] = S::fma(input, weights[j], sums[i][j]);
                    }
                }
                b = b.add(width);
            }
        }
        if !tile.bias.is_null() {
            for j in 0..N {
                let bias = S::load(tile.bias.add(j * S::LANES));
                for row in &mut sums {
                    row[j] = S::add(row[j], bias);
                }
            }
        }
        let floor = S::splat(tile.floor);
        for row in &mut sums {
            for sum in row {
                // In this order what is not a number stays so.
                *sum = S::max(floor, *sum);
            }
        }
        if tile.columns == width {
            for (i, row) in sums.iter().enumerate() {
                let c = tile.c.add((*tile.rows.add(i)).c as usize);
                for (j, &sum) in row.iter().enumerate() {
                    S::store(c.add(j * S::LANES), sum);
                }
            }
        } else {
            let mut whole = [0f32; 64];
            for (i, row) in sums.iter().enumerate() {
                let c = tile.c.add((*tile.rows.add(i)).c as usize);
                for (j, &sum) in row.iter().enumerate() {
                    S::store(whole.as_mut_ptr().add(j * S::LANES), sum);
                }
                std::ptr::copy_nonoverlapping(whole.as_ptr(), c, tile.columns);
            }
        }
    }
}

/// A run of pixels at constant distances: where it starts in both operands, and its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub a: usize,
    pub b: usize,
    pub len: usize,
}

/// What a *tn* tile computes: c[i][j] (+)= Σ over the runs' pixels p of a[p][i] · b[p][j].
#[derive(Clone, Copy)]
pub(super) struct TnTile<'a> {
    pub a: *const f32,
    pub b: *const f32,
    pub runs: &'a [Run],
    pub a_step: usize,
    pub b_step: usize,
    pub c: *mut f32,
    pub c_step: usize,
    pub columns: usize,
    /// Whether to add to what `c` holds.
    pub add: bool,
}

/// # Safety
/// As [`nn_tile`]; `b` must be readable for the tile's whole width at every pixel.
#[inline(always)]
pub(super) unsafe fn tn_tile<S: Simd, const M: usize, const N: usize>(tile: &TnTile<'_>) {
    // SAFETY: as the caller promises.
    unsafe {
        let width = N * S::LANES;
        let mut sums = [[S::splat(0.0); N]; M];
        for run in tile.runs {
            let mut a = tile.a.add(run.a);
            let mut b = tile.b.add(run.b);
            for _ in 0..run.len {
                let mut right = [S::splat(0.0); N];
                for (j, right) in right.iter_mut().enumerate() {
                    *right = S::load(b.add(j * S::LANES));
                }
                for (i, row) in sums.iter_mut().enumerate() {
                    let left = S::splat(*a.add(i));
                    for j in 0..N {
                        row[j] = S::fma(left, right[j], row[j]);
                    }
                }
                a = a.wrapping_add(tile.a_step);
                b = b.wrapping_add(tile.b_step);
            }
        }
        if tile.columns == width {
            for (i, row) in sums.iter().enumerate() {
                let c = tile.c.add(i * tile.c_step);
                for (j, &sum) in row.iter().enumerate() {
                    let c = c.add(j * S::LANES);
                    let sum = if tile.add {
                        S::add(S::load(c), sum)
                    } else {
                        sum
                    };
                    S::store(c, sum);
                }
            }
        } else {
            let mut whole = [0f32; 64];
            for (i, row) in sums.iter().enumerate() {
                for (j, &sum) in row.iter().enumerate() {
                    S::store(whole.as_mut_ptr().add(j * S::LANES), sum);
                }
                let c = tile.c.add(i * tile.c_step);
                for (j, &sum) in whole.iter().enumerate().take(tile.columns) {
                    *c.add(j) = if tile.add { *c.add(j) + sum } else { sum };
                }
            }
        }
    }
}
