//! Vectors of f32 over the instruction sets that a machine may have.
//!
//! Kernels are written once, generic over [`Simd`], and compiled once for each
//! instruction set inside a function that enables it; [`run`] picks the widest
//! that this machine has. All generic code is `#[inline(always)]`: that is
//! what carries the enabled features into it.

use std::sync::atomic::{AtomicU8, Ordering};

use super::microkernel::{NnTile, TnTile, nn_tile, tn_tile};

/// One instruction set.
///
/// # Safety
/// Every method needs the instruction set to be present, and pointers to be
/// readable or writable for `LANES` floats; alignment is not needed.
pub(super) trait Simd: Copy + Send + Sync + 'static {
    /// `LANES` floats.
    type V: Copy;
    const LANES: usize;
    /// Most rows in a register tile.
    const ROWS: usize;
    /// Vectors in the row of a wide register tile.
    const VECTORS: usize;

    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(p: *const f32) -> Self::V;
    unsafe fn store(p: *mut f32, v: Self::V);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sqrt(a: Self::V) -> Self::V;
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// a · b + c
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// Lane by lane, a > b ? yes : no.
    unsafe fn if_greater(a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// To the nearest integer.
    unsafe fn round(a: Self::V) -> Self::V;
    /// 2ⁿ of an integer n in −126 ..= 127.
    unsafe fn exp2i(n: Self::V) -> Self::V;

    /// Calls the task compiled for this instruction set.
    unsafe fn call<T: Task>(task: T);
    /// The matrix-product tile of up to `ROWS` rows; `wide` or one vector across.
    unsafe fn nn(rows: usize, wide: bool, tile: &NnTile<'_>);
    /// The outer-product tile, likewise.
    unsafe fn tn(rows: usize, wide: bool, tile: &TnTile<'_>);
}

/// Something to compute, compiled for each instruction set.
pub(super) trait Task {
    /// Does it.
    ///
    /// # Safety
    /// The instruction set `S` must be present. Implementations are `#[inline(always)]`.
    unsafe fn run<S: Simd>(self);
}

const UNKNOWN: u8 = 0;
const SCALAR: u8 = 1;
const AVX2: u8 = 2;
const AVX512: u8 = 3;
const NEON: u8 = 4;
static CHOSEN: AtomicU8 = AtomicU8::new(UNKNOWN);

fn detect() -> u8 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("fma") {
            return AVX512;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return AVX2;
        }
    }
    if cfg!(target_arch = "aarch64") {
        return NEON;
    }
    SCALAR
}

#[inline]
fn chosen() -> u8 {
    match CHOSEN.load(Ordering::Relaxed) {
        UNKNOWN => {
            let found = detect();
            CHOSEN.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// The instruction set in use, by name.
pub fn instruction_set() -> &'static str {
    match chosen() {
        AVX512 => "AVX-512",
        AVX2 => "AVX2",
        NEON => "NEON",
        _ => "portable",
    }
}

/// Uses portable code instead of the machine's vector instructions, for
/// comparing the two; `false` goes back to the best.
pub fn force_portable(portable: bool) {
    CHOSEN.store(if portable { SCALAR } else { UNKNOWN }, Ordering::Relaxed);
}

/// Floats across a wide register tile, which is also the width of packed panels.
#[inline]
pub(super) fn panel_width() -> usize {
    match chosen() {
        AVX512 => 32,
        AVX2 | NEON => 16,
        _ => Portable::LANES * Portable::VECTORS,
    }
}

/// Floats in a vector.
#[inline]
pub(super) fn lanes() -> usize {
    match chosen() {
        AVX512 => 16,
        NEON => 4,
        _ => 8,
    }
}

/// Runs a task with the widest instructions of this machine.
#[inline]
pub(super) fn run<T: Task>(task: T) {
    // SAFETY: `chosen` names an instruction set only after detecting it.
    unsafe {
        match chosen() {
            #[cfg(target_arch = "x86_64")]
            AVX512 => x86::Avx512::call(task),
            #[cfg(target_arch = "x86_64")]
            AVX2 => x86::Avx2::call(task),
            #[cfg(target_arch = "aarch64")]
            NEON => arm::Neon::call(task),
            _ => Portable::call(task),
        }
    }
}

/// The two tile entry points of an instruction set, one instance a row count.
macro_rules! tiles {
    ($vectors:literal; $($rows:literal)*) => {
        #[inline(always)]
        unsafe fn nn(rows: usize, wide: bool, tile: &NnTile<'_>) {
            // SAFETY: as the caller promises.
            unsafe {
                match (rows, wide) {
                    $(($rows, true) => nn_tile::<Self, $rows, $vectors>(tile),
                      ($rows, false) => nn_tile::<Self, $rows, 1>(tile),)*
                    _ => debug_assert!(false, "no tile of {rows} rows"),
                }
            }
        }
        #[inline(always)]
        unsafe fn tn(rows: usize, wide: bool, tile: &TnTile<'_>) {
            // SAFETY: as the caller promises.
            unsafe {
                match (rows, wide) {
                    $(($rows, true) => tn_tile::<Self, $rows, $vectors>(tile),
                      ($rows, false) => tn_tile::<Self, $rows, 1>(tile),)*
                    _ => debug_assert!(false, "no tile of {rows} rows"),
                }
            }
        }
    };
}

/// Plain Rust, for machines without any of the others; the compiler makes of
/// it what the target's baseline allows.
#[derive(Clone, Copy)]
pub(super) struct Portable;

type Eight = [f32; 8];

#[inline(always)]
fn zip(a: Eight, b: Eight, f: impl Fn(f32, f32) -> f32) -> Eight {
    let mut out = a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = f(*a, b);
    }
    out
}

impl Simd for Portable {
    type V = Eight;
    const LANES: usize = 8;
    const ROWS: usize = 4;
    const VECTORS: usize = 1;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Eight {
        [x; 8]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Eight {
        // SAFETY: as the caller promises.
        unsafe { p.cast::<Eight>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Eight) {
        // SAFETY: as the caller promises.
        unsafe { p.cast::<Eight>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn add(a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn sqrt(a: Eight) -> Eight {
        a.map(f32::sqrt)
    }
    #[inline(always)]
    unsafe fn max(a: Eight, b: Eight) -> Eight {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn fma(a: Eight, b: Eight, c: Eight) -> Eight {
        zip(zip(a, b, |a, b| a * b), c, |p, c| p + c)
    }
    #[inline(always)]
    unsafe fn if_greater(a: Eight, b: Eight, yes: Eight, no: Eight) -> Eight {
        std::array::from_fn(|i| if a[i] > b[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    unsafe fn round(a: Eight) -> Eight {
        a.map(f32::round_ties_even)
    }
    #[inline(always)]
    unsafe fn exp2i(n: Eight) -> Eight {
        n.map(|n| f32::from_bits(((n as i32 + 127) << 23) as u32))
    }
    #[inline(always)]
    unsafe fn call<T: Task>(task: T) {
        // SAFETY: needs nothing beyond the target's baseline.
        unsafe { task.run::<Self>() }
    }
    tiles!(1; 1 2 3 4);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{NnTile, Simd, Task, TnTile, nn_tile, tn_tile};

    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2;

    #[target_feature(enable = "avx2,fma")]
    unsafe fn call_avx2<T: Task>(task: T) {
        // SAFETY: the features are enabled here, and the caller has them.
        unsafe { task.run::<Avx2>() }
    }

    impl Simd for Avx2 {
        type V = __m256;
        const LANES: usize = 8;
        const ROWS: usize = 6;
        const VECTORS: usize = 2;

        #[inline(always)]
        unsafe fn splat(x: f32) -> __m256 {
            unsafe { _mm256_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> __m256 {
            unsafe { _mm256_loadu_ps(p) }
        }
        #[inline(always)]
        unsafe fn store(p: *mut f32, v: __m256) {
            unsafe { _mm256_storeu_ps(p, v) }
        }
        #[inline(always)]
        unsafe fn add(a: __m256, b: __m256) -> __m256 {
            unsafe { _mm256_add_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sub(a: __m256, b: __m256) -> __m256 {
            unsafe { _mm256_sub_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn mul(a: __m256, b: __m256) -> __m256 {
            unsafe { _mm256_mul_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: __m256, b: __m256) -> __m256 {
            unsafe { _mm256_div_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sqrt(a: __m256) -> __m256 {
            unsafe { _mm256_sqrt_ps(a) }
        }
        #[inline(always)]
        unsafe fn max(a: __m256, b: __m256) -> __m256 {
            unsafe { _mm256_max_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        unsafe fn if_greater(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
            unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(a, b)) }
        }
        #[inline(always)]
        unsafe fn round(a: __m256) -> __m256 {
            unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a) }
        }
        #[inline(always)]
        unsafe fn exp2i(n: __m256) -> __m256 {
            unsafe {
                let biased = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            }
        }
        #[inline(always)]
        unsafe fn call<T: Task>(task: T) {
            unsafe { call_avx2(task) }
        }
        tiles!(2; 1 2 3 4 5 6);
    }

    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512;

    #[target_feature(enable = "avx512f,avx2,fma")]
    unsafe fn call_avx512<T: Task>(task: T) {
        // SAFETY: the features are enabled here, and the caller has them.
        unsafe { task.run::<Avx512>() }
    }

    impl Simd for Avx512 {
        type V = __m512;
        const LANES: usize = 16;
        const ROWS: usize = 12;
        const VECTORS: usize = 2;

        #[inline(always)]
        unsafe fn splat(x: f32) -> __m512 {
            unsafe { _mm512_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> __m512 {
            unsafe { _mm512_loadu_ps(p) }
        }
        #[inline(always)]
        unsafe fn store(p: *mut f32, v: __m512) {
            unsafe { _mm512_storeu_ps(p, v) }
        }
        #[inline(always)]
        unsafe fn add(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_add_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sub(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_sub_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn mul(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_mul_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_div_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sqrt(a: __m512) -> __m512 {
            unsafe { _mm512_sqrt_ps(a) }
        }
        #[inline(always)]
        unsafe fn max(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_max_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        unsafe fn if_greater(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
            unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b), no, yes) }
        }
        #[inline(always)]
        unsafe fn round(a: __m512) -> __m512 {
            unsafe { _mm512_roundscale_ps::<0>(a) }
        }
        #[inline(always)]
        unsafe fn exp2i(n: __m512) -> __m512 {
            unsafe {
                let biased = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
                _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased))
            }
        }
        #[inline(always)]
        unsafe fn call<T: Task>(task: T) {
            unsafe { call_avx512(task) }
        }
        tiles!(2; 1 2 3 4 5 6 7 8 9 10 11 12);
    }
}

#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::{NnTile, Simd, Task, TnTile, nn_tile, tn_tile};

    #[derive(Clone, Copy)]
    pub(in super::super) struct Neon;

    #[target_feature(enable = "neon")]
    unsafe fn call_neon<T: Task>(task: T) {
        // SAFETY: every aarch64 processor that Rust's targets name has NEON.
        unsafe { task.run::<Neon>() }
    }

    impl Simd for Neon {
        type V = float32x4_t;
        const LANES: usize = 4;
        const ROWS: usize = 6;
        const VECTORS: usize = 4;

        #[inline(always)]
        unsafe fn splat(x: f32) -> float32x4_t {
            unsafe { vdupq_n_f32(x) }
        }
        #[inline(always)]
        unsafe fn load(p: *const f32) -> float32x4_t {
            unsafe { vld1q_f32(p) }
        }
        #[inline(always)]
        unsafe fn store(p: *mut f32, v: float32x4_t) {
            unsafe { vst1q_f32(p, v) }
        }
        #[inline(always)]
        unsafe fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
            unsafe { vaddq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn sub(a: float32x4_t, b: float32x4_t) -> float32x4_t {
            unsafe { vsubq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
            unsafe { vmulq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: float32x4_t, b: float32x4_t) -> float32x4_t {
            unsafe { vdivq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn sqrt(a: float32x4_t) -> float32x4_t {
            unsafe { vsqrtq_f32(a) }
        }
        #[inline(always)]
        unsafe fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
            unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
        }
        #[inline(always)]
        unsafe fn fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
            unsafe { vfmaq_f32(c, a, b) }
        }
        #[inline(always)]
        unsafe fn if_greater(
            a: float32x4_t,
            b: float32x4_t,
            yes: float32x4_t,
            no: float32x4_t,
        ) -> float32x4_t {
            unsafe { vbslq_f32(vcgtq_f32(a, b), yes, no) }
        }
        #[inline(always)]
        unsafe fn round(a: float32x4_t) -> float32x4_t {
            unsafe { vrndnq_f32(a) }
        }
        #[inline(always)]
        unsafe fn exp2i(n: float32x4_t) -> float32x4_t {
            unsafe {
                let biased = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
                vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased))
            }
        }
        #[inline(always)]
        unsafe fn call<T: Task>(task: T) {
            unsafe { call_neon(task) }
        }
        tiles!(4; 1 2 3 4 5 6);
    }
}
