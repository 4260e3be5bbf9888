//! Without any particular instruction set.

use super::super::microkernel::{nn_tile, tn_tile};
use super::super::tile::{NnTile, TnTile};
use super::tiles::tiles;
use super::vector::{Kernel, Simd};

/// Plain Rust, for machines without any of the others; the compiler
/// vectorizes it as far as the target's baseline allows.
#[derive(Clone, Copy)]
pub(super) struct Portable;

type F32x8 = [f32; 8];

#[inline(always)]
fn zip(a: F32x8, b: F32x8, f: impl Fn(f32, f32) -> f32) -> F32x8 {
    let mut out = a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = f(*a, b);
    }
    out
}

impl Simd for Portable {
    type V = F32x8;
    const LANES: usize = 8;
    const TILE_ROWS: usize = 4;
    const TILE_VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn splat(x: f32) -> F32x8 {
        [x; 8]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> F32x8 {
        // SAFETY: as the caller promises.
        unsafe { p.cast::<F32x8>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: F32x8) {
        // SAFETY: as the caller promises.
        unsafe { p.cast::<F32x8>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn add(a: F32x8, b: F32x8) -> F32x8 {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: F32x8, b: F32x8) -> F32x8 {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: F32x8, b: F32x8) -> F32x8 {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: F32x8, b: F32x8) -> F32x8 {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn sqrt(a: F32x8) -> F32x8 {
        a.map(f32::sqrt)
    }
    #[inline(always)]
    unsafe fn max(a: F32x8, b: F32x8) -> F32x8 {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn fma(a: F32x8, b: F32x8, c: F32x8) -> F32x8 {
        zip(zip(a, b, |a, b| a * b), c, |p, c| p + c)
    }
    #[inline(always)]
    unsafe fn if_greater(a: F32x8, b: F32x8, yes: F32x8, no: F32x8) -> F32x8 {
        std::array::from_fn(|i| if a[i] > b[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    unsafe fn round(a: F32x8) -> F32x8 {
        a.map(f32::round_ties_even)
    }
    #[inline(always)]
    unsafe fn exp2i(n: F32x8) -> F32x8 {
        n.map(|n| f32::from_bits(((n as i32 + 127) << 23) as u32))
    }
    #[inline(always)]
    unsafe fn call<K: Kernel>(kernel: K) {
        // SAFETY: needs nothing beyond the target's baseline.
        unsafe { kernel.run::<Self>() }
    }
    tiles!(1; 1 2 3 4);
}
