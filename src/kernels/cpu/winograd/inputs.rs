//! Transforms of a convolution's inputs and of their gradient.

// Small matrices: the indices are those of the formulas.
#![allow(clippy::needless_range_loop)]

use super::super::simd::{Kernel, Simd};
use super::both_axes::both_axes;
use super::tiles::{TileLayout, TileRange};

/// Bᵀ d: one axis of the inputs' transform.
#[inline(always)]
unsafe fn input_axis<S: Simd>(d: [S::V; 4]) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        [
            S::sub(d[0], d[2]),
            S::add(d[1], d[2]),
            S::sub(d[2], d[1]),
            S::sub(d[1], d[3]),
        ]
    }
}

/// B v: its transpose.
#[inline(always)]
unsafe fn input_axis_transposed<S: Simd>(v: [S::V; 4]) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        [
            v[0],
            S::add(S::sub(v[1], v[2]), v[3]),
            S::sub(S::add(v[1], v[2]), v[0]),
            S::sub(S::splat(0.0), v[3]),
        ]
    }
}

/// Some tiles of the inputs `[n, height, width, channels]`, transformed to `v`.
pub(super) struct InputTransform<'a> {
    pub x: &'a [f32],
    pub tiles: TileRange,
    pub v: &'a mut [f32],
    pub layout: TileLayout,
    /// At least `channels` zeros.
    pub zeros: &'a [f32],
}

impl Kernel for InputTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileRange { grid, first, count } = self.tiles;
        let (height, width, channels) = (grid.height, grid.width, grid.channels);
        assert!(channels.is_multiple_of(S::LANES) && self.zeros.len() >= channels);
        assert!(self.layout.fits(self.v.len(), count, channels));
        assert!(self.x.len() >= (first + count).div_ceil(grid.count()) * height * width * channels);
        for tile in 0..count {
            let (picture, top, left) = grid.origin(first + tile);
            let picture = &self.x[picture * height * width * channels..];
            let mut from = [[self.zeros.as_ptr(); 4]; 4];
            for (i, row) in from.iter_mut().enumerate() {
                let y = top + i;
                for (j, pointer) in row.iter_mut().enumerate() {
                    let x = left + j;
                    if (1..=height).contains(&y) && (1..=width).contains(&x) {
                        *pointer = picture[((y - 1) * width + x - 1) * channels..].as_ptr();
                    }
                }
            }
            let to = self.v[tile * self.layout.pitch..].as_mut_ptr();
            let mut channel = 0;
            // SAFETY: pointers are into `x` with a pixel's channels after
            // them, or to as many zeros; the asserts bound `v`.
            unsafe {
                while channel < channels {
                    let mut d = [[S::splat(0.0); 4]; 4];
                    for i in 0..4 {
                        for j in 0..4 {
                            d[i][j] = S::load(from[i][j].add(channel));
                        }
                    }
                    let v = both_axes!(input_axis, d, 4 => 4);
                    for i in 0..4 {
                        for j in 0..4 {
                            S::store(to.add((4 * i + j) * self.layout.matrix + channel), v[i][j]);
                        }
                    }
                    channel += S::LANES;
                }
            }
        }
    }
}

/// The inputs' gradient of whole pictures from that of their transform: the
/// overlapping 4×4 patches are added up. `out` starts with the first tile's picture.
pub(super) struct InputGradientTransform<'a> {
    pub v: &'a [f32],
    pub layout: TileLayout,
    pub tiles: TileRange,
    /// `[pictures, height, width, channels]`, overwritten.
    pub out: &'a mut [f32],
    /// Room for `channels` floats that fall on the padding and are not read.
    pub discard: &'a mut [f32],
}

impl Kernel for InputGradientTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileRange { grid, first, count } = self.tiles;
        let (height, width, channels) = (grid.height, grid.width, grid.channels);
        assert!(channels.is_multiple_of(S::LANES) && self.discard.len() >= channels);
        assert!(self.layout.fits(self.v.len(), count, channels));
        self.out.fill(0.0);
        self.discard.fill(0.0);
        for tile in 0..count {
            let (picture, top, left) = grid.origin(first + tile);
            let from = self.v[tile * self.layout.pitch..].as_ptr();
            let discard = self.discard.as_mut_ptr();
            let mut to = [[discard; 4]; 4];
            for (i, row) in to.iter_mut().enumerate() {
                let y = top + i;
                for (j, pointer) in row.iter_mut().enumerate() {
                    let x = left + j;
                    if (1..=height).contains(&y) && (1..=width).contains(&x) {
                        let at = ((picture * height + y - 1) * width + x - 1) * channels;
                        *pointer = self.out[at..at + channels].as_mut_ptr();
                    }
                }
            }
            let mut channel = 0;
            // SAFETY: the slices above checked the places, the asserts the rest.
            unsafe {
                while channel < channels {
                    let mut v = [[S::splat(0.0); 4]; 4];
                    for i in 0..4 {
                        for j in 0..4 {
                            v[i][j] = S::load(from.add((4 * i + j) * self.layout.matrix + channel));
                        }
                    }
                    let d = both_axes!(input_axis_transposed, v, 4 => 4);
                    for i in 0..4 {
                        for j in 0..4 {
                            let to = to[i][j].add(channel);
                            S::store(to, S::add(S::load(to), d[i][j]));
                        }
                    }
                    channel += S::LANES;
                }
            }
        }
    }
}
