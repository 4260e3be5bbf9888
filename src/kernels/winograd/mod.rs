//! 3×3 convolution with 2.25 times fewer multiplications: F(2×2, 3×3) of
//! Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016).
//!
//! A tile of 2×2 outputs needs 4×4 inputs d; with the matrices B, G and A of
//! section 4.1, it is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and summing ⊙ over channels
//! makes sixteen matrix products. The gradients are the transposes of the same
//! maps. The larger F(4×4, 3×3) loses more digits than the gradients may.

// Small matrices: the indices are those of the formulas.
#![allow(clippy::needless_range_loop)]

use super::elementwise::{activate, activation_gradient, max_of_four, route_to_max};
use super::simd::{Kernel, Simd, run};
use super::{Activation, Pooling};

/// Where the tiles of a picture lie and how wide its pixels are.
#[derive(Clone, Copy)]
pub(super) struct TileGrid {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl TileGrid {
    /// Tiles in a picture.
    pub fn count(self) -> usize {
        self.height / 2 * (self.width / 2)
    }

    /// Picture and upper left output pixel of a tile.
    fn origin(self, tile: usize) -> (usize, usize, usize) {
        let (picture, tile) = (tile / self.count(), tile % self.count());
        let across = self.width / 2;
        (picture, tile / across * 2, tile % across * 2)
    }
}

/// Sixteen matrices of `rows` × `channels`, rows `pitch` apart. A line more
/// than needed between rows and between matrices keeps their starts off each
/// other's place in the cache.
#[derive(Clone, Copy)]
pub(super) struct TileLayout {
    pub pitch: usize,
    pub matrix: usize,
}

impl TileLayout {
    pub fn new(rows: usize, channels: usize) -> Self {
        let pitch = channels + 16;
        Self {
            pitch,
            matrix: rows * pitch + 16,
        }
    }

    pub fn len(self) -> usize {
        16 * self.matrix
    }
}

/// Bᵀ d: one axis of the inputs' transform.
#[inline(always)]
unsafe fn input<S: Simd>(d: [S::V; 4]) -> [S::V; 4] {
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
unsafe fn input_transposed<S: Simd>(v: [S::V; 4]) -> [S::V; 4] {
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

/// Aᵀ m: one axis of the outputs' transform.
#[inline(always)]
unsafe fn output<S: Simd>(m: [S::V; 4]) -> [S::V; 2] {
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
unsafe fn output_transposed<S: Simd>(y: [S::V; 2]) -> [S::V; 4] {
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

/// Applies a map to the columns and then to the rows of a matrix of vectors.
macro_rules! both_axes {
    ($map:ident, $m:expr, $from:literal => $to:literal) => {{
        let m = $m;
        let mut half = [[S::splat(0.0); $from]; $to];
        for column in 0..$from {
            let mapped = $map::<S>(std::array::from_fn(|row| m[row][column]));
            for row in 0..$to {
                half[row][column] = mapped[row];
            }
        }
        let mut whole = [[S::splat(0.0); $to]; $to];
        for row in 0..$to {
            whole[row] = $map::<S>(half[row]);
        }
        whole
    }};
}

// Below the macro, which it uses.
mod weights;
pub(super) use weights::{WeightGradientTransform, WeightTransform};

/// Tiles `first ..` of the inputs `[n, height, width, channels]`, transformed to `v`.
pub(super) struct InputTransform<'a> {
    pub x: &'a [f32],
    pub tiles: TileGrid,
    pub first: usize,
    pub count: usize,
    pub v: &'a mut [f32],
    pub layout: TileLayout,
    /// At least `channels` zeros.
    pub zeros: &'a [f32],
}

impl Kernel for InputTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileGrid {
            height,
            width,
            channels,
        } = self.tiles;
        assert!(channels.is_multiple_of(S::LANES) && self.zeros.len() >= channels);
        assert!(self.v.len() >= self.layout.len() && self.layout.pitch >= channels);
        assert!(self.layout.matrix >= self.count * self.layout.pitch);
        assert!(
            self.x.len()
                >= (self.first + self.count).div_ceil(self.tiles.count())
                    * height
                    * width
                    * channels
        );
        for tile in 0..self.count {
            let (picture, top, left) = self.tiles.origin(self.first + tile);
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
                    let v = both_axes!(input, d, 4 => 4);
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

/// Products `m` of `channels` outputs from `column` on, transformed to results
/// with bias, activation and pool.
pub(super) struct OutputTransform<'a> {
    pub m: &'a [f32],
    pub layout: TileLayout,
    /// Of the results before the pool; its `channels` are all outputs'.
    pub tiles: TileGrid,
    pub first: usize,
    pub count: usize,
    pub column: usize,
    pub channels: usize,
    pub bias: &'a [f32],
    pub activation: Activation,
    pub pool: Pooling,
    pub y: *mut f32,
    /// Only with a pool.
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
                    let y = both_axes!(output, m, 4 => 2);
                    let bias = S::load(self.bias.as_ptr().add(self.column + channel));
                    match self.pool {
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

/// The gradient of tiles `first ..`, through pool and activation, transformed to `m`.
pub(super) struct OutputGradientTransform<'a> {
    pub gradient: &'a [f32],
    pub y: &'a [f32],
    /// Empty without a pool.
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
                    let m = both_axes!(output_transposed, [[z[0], z[1]], [z[2], z[3]]], 2 => 4);
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

/// The inputs' gradient of whole pictures from that of their transform: the
/// overlapping 4×4 patches are added up. Tile 0 is the first picture's.
pub(super) struct InputGradientTransform<'a> {
    pub v: &'a [f32],
    pub layout: TileLayout,
    pub tiles: TileGrid,
    pub count: usize,
    /// `[pictures, height, width, channels]`, overwritten.
    pub out: &'a mut [f32],
    /// Room for `channels` floats that nobody reads.
    pub discard: &'a mut [f32],
}

impl Kernel for InputGradientTransform<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let TileGrid {
            height,
            width,
            channels,
        } = self.tiles;
        assert!(channels.is_multiple_of(S::LANES) && self.discard.len() >= channels);
        assert!(self.v.len() >= self.layout.len() && self.layout.pitch >= channels);
        assert!(self.layout.matrix >= self.count * self.layout.pitch);
        self.out.fill(0.0);
        self.discard.fill(0.0);
        for tile in 0..self.count {
            let (picture, top, left) = self.tiles.origin(tile);
            let from = self.v[tile * self.layout.pitch..].as_ptr();
            let nowhere = self.discard.as_mut_ptr();
            let mut to = [[nowhere; 4]; 4];
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
                    let d = both_axes!(input_transposed, v, 4 => 4);
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

/// Runs one of the above.
pub(super) fn transform(task: impl Kernel) {
    run(task);
}
