//! The gradient before a layer's activation, and through its pooling.

use super::activation::{activation_gradient, activation_gradient_scalar};
use super::pooling::route_to_max;
use super::simd::{Kernel, Simd};
use crate::kernels::activation::Activation;

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

/// The same through a 2×2 maximum: the gradients are of the windows of one picture,
/// and the whole picture of `height` × `width` pixels is written.
pub(super) struct PreActivationGradientUnpooled<'a> {
    pub windows: PreActivationGradient<'a>,
    /// Which pixel of each window was the maximum: 0–3, in row order.
    pub winner: &'a [f32],
    pub height: usize,
    pub width: usize,
}

impl Kernel for PreActivationGradientUnpooled<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let windows = self.windows;
        let (columns, pitch) = (windows.columns, windows.pitch);
        let (rows, across) = (self.height / 2, self.width / 2);
        let values = rows * across * columns;
        assert!(windows.gradient.len() >= values && windows.y.len() >= values);
        assert!(self.winner.len() >= values && windows.sums.len() >= columns);
        assert!(windows.out.len() >= self.height * self.width * pitch && pitch >= columns);
        let whole = columns / S::LANES * S::LANES;
        if !self.height.is_multiple_of(2) || !self.width.is_multiple_of(2) || whole < pitch {
            windows.out.fill(0.0);
        }
        let out = windows.out.as_mut_ptr();
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
                            S::load(windows.gradient.as_ptr().add(at)),
                            S::load(windows.y.as_ptr().add(at)),
                            windows.activation,
                        );
                        let winner = S::load(self.winner.as_ptr().add(at));
                        let sums = windows.sums.as_mut_ptr().add(column);
                        S::store(sums, S::add(S::load(sums), value));
                        for (place, part) in places.iter().zip(route_to_max::<S>(value, winner)) {
                            S::store(out.add(to + place + column), part);
                        }
                        column += S::LANES;
                    }
                }
                for column in whole..columns {
                    let at = from + column;
                    let value = activation_gradient_scalar(
                        windows.gradient[at],
                        windows.y[at],
                        windows.activation,
                    );
                    windows.sums[column] += value;
                    windows.out[to + places[self.winner[at] as usize & 3] + column] = value;
                }
            }
        }
    }
}
