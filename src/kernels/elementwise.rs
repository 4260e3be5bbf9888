//! Activations and their gradients, a vector at a time.

use super::Activation;
use super::buffer::SyncPtr;
use super::simd::{Kernel, Simd, run};
use super::threads::parallel_for;

/// eˣ for x ≤ 0 to about 2 units in the last place: Cody and Waite's reduction
/// to |r| ≤ ½ ln 2, then the polynomial of Cephes' `expf`.
#[inline(always)]
unsafe fn exp<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as the caller promises.
    unsafe {
        // In this order what is not a number stays so.
        let x = S::max(S::splat(-87.0), x);
        let n = S::round(S::mul(x, S::splat(std::f32::consts::LOG2_E)));
        let r = S::fma(n, S::splat(-0.693_359_4), x);
        let r = S::fma(n, S::splat(2.121_944_4e-4), r);
        let mut p = S::splat(1.987_569_1e-4);
        for c in [
            1.398_199_9e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            0.5,
        ] {
            p = S::fma(p, r, S::splat(c));
        }
        let p = S::fma(p, S::mul(r, r), S::add(r, S::splat(1.0)));
        S::mul(p, S::exp2i(n))
    }
}

/// The activations whose gradient follows from their result. `Silu`'s does
/// not: the operations apply it as one of its own.
#[inline(always)]
pub(super) unsafe fn activate<S: Simd>(x: S::V, activation: Activation) -> S::V {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = S::splat(0.0);
        match activation {
            // In this order what is not a number stays so.
            Activation::Relu => S::max(zero, x),
            Activation::Elu => {
                let below = S::sub(exp::<S>(S::if_greater(x, zero, zero, x)), S::splat(1.0));
                S::if_greater(x, zero, x, below)
            }
            Activation::Linear | Activation::Silu => x,
        }
    }
}

/// The gradient before the activation, from the one after it and its result `y`.
#[inline(always)]
pub(super) unsafe fn activation_gradient<S: Simd>(
    gradient: S::V,
    y: S::V,
    activation: Activation,
) -> S::V {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = S::splat(0.0);
        match activation {
            Activation::Relu => S::if_greater(y, zero, gradient, zero),
            Activation::Elu => {
                let slope = S::add(y, S::splat(1.0));
                S::if_greater(y, zero, gradient, S::mul(gradient, slope))
            }
            Activation::Linear | Activation::Silu => gradient,
        }
    }
}

/// [`activation_gradient`] of one number.
#[inline(always)]
pub(super) fn activation_gradient_scalar(gradient: f32, y: f32, activation: Activation) -> f32 {
    match activation {
        Activation::Relu if y > 0.0 => gradient,
        Activation::Relu => 0.0,
        Activation::Elu if y > 0.0 => gradient,
        Activation::Elu => gradient * (y + 1.0),
        Activation::Linear | Activation::Silu => gradient,
    }
}

/// The lower bound that makes a linear result `ReLU`'s.
pub(super) fn lower_bound(activation: Activation) -> f32 {
    match activation {
        Activation::Relu => 0.0,
        Activation::Linear | Activation::Elu | Activation::Silu => f32::NEG_INFINITY,
    }
}

/// Applies to results what [`lower_bound`] does not cover, in place.
pub(super) fn finish_activation(values: &mut [f32], activation: Activation) {
    if activation == Activation::Elu {
        run(Elu(values));
    }
}

struct Elu<'a>(&'a mut [f32]);

impl Kernel for Elu<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut pieces = self.0.chunks_exact_mut(S::LANES);
        // SAFETY: each piece is a vector long; the rest goes through one of its own.
        unsafe {
            for piece in &mut pieces {
                let y = activate::<S>(S::load(piece.as_ptr()), Activation::Elu);
                S::store(piece.as_mut_ptr(), y);
            }
            let rest = pieces.into_remainder();
            let mut spare = [0f32; 64];
            spare[..rest.len()].copy_from_slice(rest);
            let y = activate::<S>(S::load(spare.as_ptr()), Activation::Elu);
            S::store(spare.as_mut_ptr(), y);
            rest.copy_from_slice(&spare[..rest.len()]);
        }
    }
}

/// Rows of `columns` gradients before the activation, written `pitch` apart
/// with zeros between, and their column sums.
pub(super) struct PreActivationGradient<'a> {
    pub gradient: &'a [f32],
    pub y: &'a [f32],
    pub activation: Activation,
    pub columns: usize,
    pub pitch: usize,
    pub out: &'a mut [f32],
    /// Added to; `columns` long.
    pub sums: &'a mut [f32],
}

impl Kernel for PreActivationGradient<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (columns, pitch) = (self.columns, self.pitch);
        let rows = self.gradient.len() / columns;
        assert!(self.y.len() == self.gradient.len() && self.out.len() >= rows * pitch);
        assert!(pitch >= columns && self.sums.len() >= columns);
        let whole = columns / S::LANES * S::LANES;
        let (g, y, out) = (
            self.gradient.as_ptr(),
            self.y.as_ptr(),
            self.out.as_mut_ptr(),
        );
        let sums = self.sums.as_mut_ptr();
        for row in 0..rows {
            let mut column = 0;
            // SAFETY: the asserts above bound every access.
            unsafe {
                while column < whole {
                    let at = row * columns + column;
                    let value = activation_gradient::<S>(
                        S::load(g.add(at)),
                        S::load(y.add(at)),
                        self.activation,
                    );
                    S::store(sums.add(column), S::add(S::load(sums.add(column)), value));
                    S::store(out.add(row * pitch + column), value);
                    column += S::LANES;
                }
            }
        }
        if whole < pitch {
            for row in 0..rows {
                for column in whole..columns {
                    let at = row * columns + column;
                    let value =
                        activation_gradient_scalar(self.gradient[at], self.y[at], self.activation);
                    self.sums[column] += value;
                    self.out[row * pitch + column] = value;
                }
                self.out[row * pitch + columns..(row + 1) * pitch].fill(0.0);
            }
        }
    }
}

/// The same through a 2×2 maximum: `gradient`, `y` and `winner` (0–3 in row
/// order) are of the windows of one picture; writes the whole picture of
/// `height` × `width` pixels.
pub(super) struct PreActivationGradientUnpooled<'a> {
    pub gradient: &'a [f32],
    pub y: &'a [f32],
    pub winner: &'a [f32],
    pub activation: Activation,
    pub height: usize,
    pub width: usize,
    pub columns: usize,
    pub pitch: usize,
    pub out: &'a mut [f32],
    pub sums: &'a mut [f32],
}

impl Kernel for PreActivationGradientUnpooled<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let (columns, pitch) = (self.columns, self.pitch);
        let (rows, across) = (self.height / 2, self.width / 2);
        let values = rows * across * columns;
        assert!(self.gradient.len() >= values && self.y.len() >= values);
        assert!(self.winner.len() >= values && self.sums.len() >= columns);
        assert!(self.out.len() >= self.height * self.width * pitch && pitch >= columns);
        let whole = columns / S::LANES * S::LANES;
        if !self.height.is_multiple_of(2) || !self.width.is_multiple_of(2) || whole < pitch {
            self.out.fill(0.0);
        }
        let out = self.out.as_mut_ptr();
        for row in 0..rows {
            for window in 0..across {
                let from = (row * across + window) * columns;
                let to = (2 * row * self.width + 2 * window) * pitch;
                let places = [0, pitch, self.width * pitch, (self.width + 1) * pitch];
                let mut column = 0;
                // SAFETY: the asserts above bound every access.
                unsafe {
                    while column < whole {
                        let at = from + column;
                        let value = activation_gradient::<S>(
                            S::load(self.gradient.as_ptr().add(at)),
                            S::load(self.y.as_ptr().add(at)),
                            self.activation,
                        );
                        let winner = S::load(self.winner.as_ptr().add(at));
                        let sums = self.sums.as_mut_ptr().add(column);
                        S::store(sums, S::add(S::load(sums), value));
                        for (place, part) in places.iter().zip(route_to_max::<S>(value, winner)) {
                            S::store(out.add(to + place + column), part);
                        }
                        column += S::LANES;
                    }
                }
                for column in whole..columns {
                    let at = from + column;
                    let value =
                        activation_gradient_scalar(self.gradient[at], self.y[at], self.activation);
                    self.sums[column] += value;
                    self.out[to + places[self.winner[at] as usize & 3] + column] = value;
                }
            }
        }
    }
}

/// `value` at the lane's winner, zero at the three others.
#[inline(always)]
pub(super) unsafe fn route_to_max<S: Simd>(value: S::V, winner: S::V) -> [S::V; 4] {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = S::splat(0.0);
        let second_row = S::if_greater(winner, S::splat(1.5), value, zero);
        let first_row = S::if_greater(winner, S::splat(1.5), zero, value);
        [
            S::if_greater(winner, S::splat(0.5), zero, first_row),
            S::if_greater(winner, S::splat(0.5), first_row, zero),
            S::if_greater(winner, S::splat(2.5), zero, second_row),
            S::if_greater(winner, S::splat(2.5), second_row, zero),
        ]
    }
}

/// The maximum of four and which of them (0–3) came first.
#[inline(always)]
pub(super) unsafe fn max_of_four<S: Simd>(v: [S::V; 4]) -> (S::V, S::V) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut best = v[0];
        let mut index = S::splat(0.0);
        for (i, &v) in v.iter().enumerate().skip(1) {
            index = S::if_greater(v, best, S::splat(i as f32), index);
            best = S::if_greater(v, best, v, best);
        }
        (best, index)
    }
}

/// 2×2 maxima of one picture `[height, width, columns]` and their winners.
pub(super) struct MaxPool<'a> {
    pub x: &'a [f32],
    pub height: usize,
    pub width: usize,
    pub columns: usize,
    pub y: *mut f32,
    pub winner: *mut f32,
}

impl Kernel for MaxPool<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let columns = self.columns;
        assert!(self.x.len() >= self.height * self.width * columns);
        let x = self.x.as_ptr();
        let whole = columns / S::LANES * S::LANES;
        for row in 0..self.height / 2 {
            for window in 0..self.width / 2 {
                let from = (2 * row * self.width + 2 * window) * columns;
                let to = (row * (self.width / 2) + window) * columns;
                let places = [0, columns, self.width * columns, (self.width + 1) * columns];
                // SAFETY: the assert bounds the reads; the maker of `y` and
                // `winner` gave room for all windows.
                unsafe {
                    let mut column = 0;
                    while column < whole {
                        let (best, index) = max_of_four::<S>(
                            places.map(|place| S::load(x.add(from + place + column))),
                        );
                        S::store(self.y.add(to + column), best);
                        S::store(self.winner.add(to + column), index);
                        column += S::LANES;
                    }
                    for column in whole..columns {
                        let mut best = *x.add(from + column);
                        let mut index = 0;
                        for (i, place) in places.iter().enumerate().skip(1) {
                            let value = *x.add(from + place + column);
                            if value > best {
                                (best, index) = (value, i);
                            }
                        }
                        *self.y.add(to + column) = best;
                        *self.winner.add(to + column) = index as f32;
                    }
                }
            }
        }
    }
}

/// Adds the rows of `parts` (each `out.len()` long) in order.
pub(super) struct SumRows<'a> {
    pub parts: &'a [f32],
    pub stride: usize,
    pub count: usize,
    pub out: &'a mut [f32],
}

impl Kernel for SumRows<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let n = self.out.len();
        assert!(self.count > 0 && self.parts.len() >= (self.count - 1) * self.stride + n);
        let parts = self.parts.as_ptr();
        let whole = n / S::LANES * S::LANES;
        let mut at = 0;
        // SAFETY: the assert above bounds every access.
        unsafe {
            while at < whole {
                let mut sum = S::load(parts.add(at));
                for part in 1..self.count {
                    sum = S::add(sum, S::load(parts.add(part * self.stride + at)));
                }
                S::store(self.out.as_mut_ptr().add(at), sum);
                at += S::LANES;
            }
        }
        for at in whole..n {
            let mut sum = self.parts[at];
            for part in 1..self.count {
                sum += self.parts[part * self.stride + at];
            }
            self.out[at] = sum;
        }
    }
}

/// Values of a sum that one thread adds at a time.
const SUM_CHUNK: usize = 2 * 1024;

/// [`SumRows`] on all threads.
pub(super) fn sum_rows(parts: &[f32], stride: usize, count: usize, out: &mut [f32]) {
    let (len, place) = (out.len(), SyncPtr::new(out));
    parallel_for(len.div_ceil(SUM_CHUNK), |piece| {
        let first = piece * SUM_CHUNK;
        run(SumRows {
            parts: &parts[first..],
            stride,
            count,
            // SAFETY: each piece of the sum is one thread's; `SumRows` only writes it.
            out: unsafe { place.slice(first, SUM_CHUNK.min(len - first)) },
        });
    });
}
