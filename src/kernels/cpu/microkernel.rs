//! The two register-blocked inner loops that do nearly all arithmetic.
//!
//! *nn* multiplies rows gathered from anywhere (pixels of a picture with their
//! neighbourhoods, rows of a matrix) by a packed panel of weights; *tn* sums
//! outer products of two rows over many pixels, for the weights' gradients.

use super::simd::vector::Simd;
use super::tile::{NnTile, TnTile};

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
                // In this order NaN stays NaN.
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
                a = a.wrapping_add(tile.a_stride);
                b = b.wrapping_add(tile.b_stride);
            }
        }
        if tile.columns == width {
            for (i, row) in sums.iter().enumerate() {
                let c = tile.c.add(i * tile.c_stride);
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
                let c = tile.c.add(i * tile.c_stride);
                for (j, &sum) in whole.iter().enumerate().take(tile.columns) {
                    *c.add(j) = if tile.add { *c.add(j) + sum } else { sum };
                }
            }
        }
    }
}
