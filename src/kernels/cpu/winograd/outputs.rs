//! Transforms of a convolution's outputs and of their gradient.

// Small matrices: the indices are those of the formulas.
#![allow(clippy::needless_range_loop)]

use super::super::activation::{activate, activation_gradient};
use super::super::pooling::{max_of_four, route_to_max};
use super::super::simd::{Kernel, Simd};
use super::both_axes::both_axes;
use super::tiles::{TileGrid, TileLayout};
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
    pub tiles: TileGrid,
    pub first: usize,
    pub count: usize,
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
        let TileGrid {
            height,
            width,
            channels: step,
        } = self.tiles;
        assert!(self.channels.is_multiple_of(S::LANES) && self.layout.pitch >= self.channels);
        assert!(
            self.m.len() >= self.layout.len() && self.bias.len() >= self.column + self.channels
        );
        assert!(self.layout.matrix >= self.count * self.layout.pitch);
        for tile in 0..self.count {
            let (picture, top, left) = self.tiles.origin(self.first + tile);
            let from = self.m[tile * self.layout.pitch..].as_ptr();
            let pooled = (self.first + tile) * step + self.column;
            let pixel = ((picture * height + top) * width + left) * step + self.column;
            let places = [
                pixel,
                pixel + step,
                pixel + width * step,
                pixel + (width + 1) * step,
            ];
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
                            for (place, value) in places.iter().zip(y.into_iter().flatten()) {
                                let value = activate::<S>(S::add(value, bias), self.activation);
                                S::store(self.y.add(place + channel), value);
                            }
                        }
                    }
                    channel += S::LANES;
                }
            }
        }
    }
}

/// The gradient of tiles `first ..`, through pooling and activation, transformed to `m`.
pub(super) struct OutputGradientTransform<'a> {
    pub gradient: &'a [f32],
    pub y: &'a [f32],
    /// Empty without a pooling.
    pub winner: &'a [f32],
    pub tiles: TileGrid,
    pub first: usize,
    pub count: usize,
    pub activation: Activation,
    pub m: &'a mut [f32],
    pub layout: TileLayout,
    /// The bias' gradient, added to.
    pub sums: &'a mut [f32],
}

impl Kernel for OutputGradientTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileGrid {
            height,
            width,
            channels,
        } = self.tiles;
        let is_pooled = !self.winner.is_empty();
        let pixels = if is_pooled { 1 } else { 4 };
        assert!(channels.is_multiple_of(S::LANES) && self.sums.len() >= channels);
        assert!(self.m.len() >= self.layout.len() && self.layout.pitch >= channels);
        assert!(self.layout.matrix >= self.count * self.layout.pitch);
        assert!(self.gradient.len() >= (self.first + self.count) * channels * pixels);
        assert!(self.y.len() == self.gradient.len());
        assert!(!is_pooled || self.winner.len() == self.gradient.len());
        for tile in 0..self.count {
            let (picture, top, left) = self.tiles.origin(self.first + tile);
            let pooled = (self.first + tile) * channels;
            let pixel = ((picture * height + top) * width + left) * channels;
            let places = [
                pixel,
                pixel + channels,
                pixel + width * channels,
                pixel + (width + 1) * channels,
            ];
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
                        z = [at(places[0]), at(places[1]), at(places[2]), at(places[3])];
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
