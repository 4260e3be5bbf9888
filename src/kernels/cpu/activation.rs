//! Activations and their gradients, a vector at a time.

use super::simd::{Kernel, Simd, run};
use crate::kernels::activation::Activation;

/// eˣ for x ≤ 0 to about 2 units in the last place: Cody and Waite's reduction
/// to |r| ≤ ½ ln 2, then the polynomial of Cephes' `expf`.
#[inline(always)]
unsafe fn exp<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as the caller promises.
    unsafe {
        // In this order NaN stays NaN.
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

/// The activations whose gradient follows from their result. `Silu`'s does not:
/// it is applied as a separate operation.
#[inline(always)]
pub(super) unsafe fn activate<S: Simd>(x: S::V, activation: Activation) -> S::V {
    // SAFETY: as the caller promises.
    unsafe {
        let zero = S::splat(0.0);
        match activation {
            // In this order NaN stays NaN.
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
