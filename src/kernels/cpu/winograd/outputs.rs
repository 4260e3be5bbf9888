//! Transforms of a convolution's outputs and of their gradient.

// Small matrices: the indices are those of the formulas.
#![allow(clippy::needless_range_loop)]

use super::super::activation::{activate, activation_gradient};
use super::super::pooling::{max_of_four, route_to_max};
use super::super::simd::{Kernel, Simd};
use super::both_axes::both_axes;
use super::tiles::{TileLayout, TileRange};
use crate::kernels::activation::{Activation, Pooling};

/// Aᵀ m: one axis of the outputs' transform.
#[inline(always)]
unsafe fn output_axis<S: Simd>(m: [S::V; 4]) -> [S::V; 2] {
    // SAFETY: as the caller promises.
    unsafe {
        [
            S::add(S::add(m[0], m[1]), m[2]),
            S::sub(S::sub(m[1], m[2]), m[3]),
        ]
    }
}

/// A y: its transpose.
#[inline(always)]
unsafe fn output_axis_transposed<S: Simd>(y: [S::V; 2]) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        [
            y[0],
            S::add(y[0], y[1]),
            S::sub(y[0], y[1]),
            S::sub(S::splat(0.0), y[1]),
        ]
    }
}

/// Products `m` of `channels` outputs from `column` on, transformed to results
/// with bias, activation and pooling.
pub(super) struct OutputTransform<'a> {
    pub m: &'a [f32],
    pub layout: TileLayout,
    /// Of the results before the pooling; its `channels` are all outputs'.
    pub tiles: TileRange,
    pub column: usize,
    pub channels: usize,
    pub bias: &'a [f32],
    pub activation: Activation,
    pub pooling: Pooling,
    pub y: *mut f32,
    /// Written only with a pooling.
    pub winner: *mut f32,
}

impl Kernel for OutputTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileRange { grid, first, count } = self.tiles;
        assert!(self.channels.is_multiple_of(S::LANES));
        assert!(self.layout.fits(self.m.len(), count, self.channels));
        assert!(self.bias.len() >= self.column + self.channels);
        for tile in 0..count {
            let from = self.m[tile * self.layout.pitch..].as_ptr();
            let pooled = (first + tile) * grid.channels + self.column;
            let pixels = grid.pixels(first + tile).map(|pixel| pixel + self.column);
            let mut channel = 0;
            // SAFETY: the asserts bound the reads; whoever made `y` and
            // `winner` gave room for every tile, and this range of tiles is ours.
            unsafe {
                while channel < self.channels {
                    let mut m = [[S::splat(0.0); 4]; 4];
                    for i in 0..4 {
                        for j in 0..4 {
                            m[i][j] = S::load(from.add((4 * i + j) * self.layout.matrix + channel));
                        }
                    }
                    let y = both_axes!(output_axis, m, 4 => 2);
                    let bias = S::load(self.bias.as_ptr().add(self.column + channel));
                    match self.pooling {
                        Pooling::Max2x2 => {
                            // The activation is monotonic: it may follow the maximum.
                            let (best, index) =
                                max_of_four::<S>([y[0][0], y[0][1], y[1][0], y[1][1]]);
                            let best = activate::<S>(S::add(best, bias), self.activation);
                            S::store(self.y.add(pooled + channel), best);
                            S::store(self.winner.add(pooled + channel), index);
                        }
                        Pooling::None => {
                            for (pixel, value) in pixels.iter().zip(y.into_iter().flatten()) {
                                let value = activate::<S>(S::add(value, bias), self.activation);
                                S::store(self.y.add(pixel + channel), value);
                            }
                        }
                    }
                    channel += S::LANES;
                }
            }
        }
    }
}

/// The gradient of some tiles, through pooling and activation, transformed to `m`.
pub(super) struct OutputGradientTransform<'a> {
    pub gradient: &'a [f32],
    pub y: &'a [f32],
    /// Empty without a pooling.
    pub winner: &'a [f32],
    pub tiles: TileRange,
    pub activation: Activation,
    pub m: &'a mut [f32],
    pub layout: TileLayout,
    /// The bias' gradient, added to.
    pub sums: &'a mut [f32],
}

impl Kernel for OutputGradientTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileRange { grid, first, count } = self.tiles;
        let channels = grid.channels;
        let is_pooled = !self.winner.is_empty();
        let pixels = if is_pooled { 1 } else { 4 };
        assert!(channels.is_multiple_of(S::LANES) && self.sums.len() >= channels);
        assert!(self.layout.fits(self.m.len(), count, channels));
        assert!(self.gradient.len() >= (first + count) * channels * pixels);
        assert!(self.y.len() == self.gradient.len());
        assert!(!is_pooled || self.winner.len() == self.gradient.len());
        for tile in 0..count {
            let pooled = (first + tile) * channels;
            let pixels = grid.pixels(first + tile);
            let to = self.m[tile * self.layout.pitch..].as_mut_ptr();
            let (gradient, y) = (self.gradient.as_ptr(), self.y.as_ptr());
            let mut channel = 0;
            // SAFETY: the asserts bound every access.
            unsafe {
                while channel < channels {
                    let at = |place: usize| {
                        let place = place + channel;
                        activation_gradient::<S>(
                            S::load(gradient.add(place)),
                            S::load(y.add(place)),
                            self.activation,
                        )
                    };
                    let sums = self.sums.as_mut_ptr().add(channel);
                    let z: [S::V; 4];
                    let total: S::V;
                    if is_pooled {
                        let value = at(pooled);
                        z = route_to_max::<S>(
                            value,
                            S::load(self.winner.as_ptr().add(pooled + channel)),
                        );
                        total = value;
                    } else {
                        z = [at(pixels[0]), at(pixels[1]), at(pixels[2]), at(pixels[3])];
                        total = S::add(S::add(z[0], z[1]), S::add(z[2], z[3]));
                    }
                    S::store(sums, S::add(S::load(sums), total));
                    let m =
                        both_axes!(output_axis_transposed, [[z[0], z[1]], [z[2], z[3]]], 2 => 4);
                    for i in 0..4 {
                        for j in 0..4 {
                            S::store(to.add((4 * i + j) * self.layout.matrix + channel), m[i][j]);
                        }
                    }
                    channel += S::LANES;
                }
            }
        }
    }
}
