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
    const TILE_ROWS: usize;
    /// Vectors in the row of a wide register tile.
    const TILE_VECTORS: usize;

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
    unsafe fn call<T: Kernel>(task: T);
    /// The matrix-product tile of up to `TILE_ROWS` rows; `wide` or one vector across.
    unsafe fn nn(rows: usize, wide: bool, tile: &NnTile<'_>);
    /// The outer-product tile, likewise.
    unsafe fn tn(rows: usize, wide: bool, tile: &TnTile<'_>);
}

/// Something to compute, compiled for each instruction set.
pub(super) trait Kernel {
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
static INSTRUCTION_SET: AtomicU8 = AtomicU8::new(UNKNOWN);

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
fn active() -> u8 {
    match INSTRUCTION_SET.load(Ordering::Relaxed) {
        UNKNOWN => {
            let found = detect();
            INSTRUCTION_SET.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// The instruction set in use, by name.
pub fn instruction_set() -> &'static str {
    match active() {
        AVX512 => "AVX-512",
        AVX2 => "AVX2",
        NEON => "NEON",
        _ => "portable",
    }
}

/// Uses portable code instead of the machine's vector instructions, for
/// comparing the two; `false` goes back to the best.
pub fn force_portable(portable: bool) {
    INSTRUCTION_SET.store(if portable { SCALAR } else { UNKNOWN }, Ordering::Relaxed);
}

/// Floats across a wide register tile, which is also the width of packed panels.
#[inline]
pub(super) fn panel_width() -> usize {
    match active() {
        AVX512 => 32,
        AVX2 | NEON => 16,
        _ => Portable::LANES * Portable::TILE_VECTORS,
    }
}

/// Floats in a vector.
#[inline]
pub(super) fn lanes() -> usize {
    match active() {
        AVX512 => 16,
        NEON => 4,
        _ => 8,
    }
}

/// Runs a task with the widest instructions of this machine.
#[inline]
pub(super) fn run<T: Kernel>(task: T) {
    // SAFETY: `chosen` names an instruction set only after detecting it.
    unsafe {
        match active() {
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
    unsafe fn call<T: Kernel>(task: T) {
        // SAFETY: needs nothing beyond the target's baseline.
        unsafe { task.run::<Self>() }
    }
    tiles!(1; 1 2 3 4);
}

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
mod arm;
