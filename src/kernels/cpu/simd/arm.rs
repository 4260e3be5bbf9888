//! NEON.

use std::arch::aarch64::*;

use super::super::microkernel::{nn_tile, tn_tile};
use super::super::tile::{NnTile, TnTile};
use super::intrinsics::intrinsics;
use super::tiles::tiles;
use super::vector::{Kernel, Simd};

#[derive(Clone, Copy)]
pub(super) struct Neon;

#[target_feature(enable = "neon")]
unsafe fn call_neon<K: Kernel>(kernel: K) {
    // SAFETY: every aarch64 processor that Rust's targets name has NEON.
    unsafe { kernel.run::<Neon>() }
}

impl Simd for Neon {
    type V = float32x4_t;
    const LANES: usize = 4;
    const TILE_ROWS: usize = 6;
    const TILE_VECTORS: usize = 4;

    intrinsics! {
        splat(x: f32) -> float32x4_t = vdupq_n_f32(x);
        load(p: *const f32) -> float32x4_t = vld1q_f32(p);
        store(p: *mut f32, v: float32x4_t) -> () = vst1q_f32(p, v);
        add(a: float32x4_t, b: float32x4_t) -> float32x4_t = vaddq_f32(a, b);
        sub(a: float32x4_t, b: float32x4_t) -> float32x4_t = vsubq_f32(a, b);
        mul(a: float32x4_t, b: float32x4_t) -> float32x4_t = vmulq_f32(a, b);
        div(a: float32x4_t, b: float32x4_t) -> float32x4_t = vdivq_f32(a, b);
        sqrt(a: float32x4_t) -> float32x4_t = vsqrtq_f32(a);
        max(a: float32x4_t, b: float32x4_t) -> float32x4_t = vbslq_f32(vcgtq_f32(a, b), a, b);
        fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t = vfmaq_f32(c, a, b);
        if_greater(a: float32x4_t, b: float32x4_t, yes: float32x4_t, no: float32x4_t) -> float32x4_t =
            vbslq_f32(vcgtq_f32(a, b), yes, no);
        round(a: float32x4_t) -> float32x4_t = vrndnq_f32(a);
        exp2i(n: float32x4_t) -> float32x4_t = {
            let biased = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased))
        };
    }

    #[inline(always)]
    unsafe fn call<K: Kernel>(kernel: K) {
        // SAFETY: as the caller promises.
        unsafe { call_neon(kernel) }
    }
    tiles!(4; 1 2 3 4 5 6);
}
