//! Vectors of f32 over the instruction sets that a machine may have.
//!
//! Kernels are written once, generic over [`Simd`], and compiled once for each
//! instruction set inside a function that enables it; [`run`] picks the widest
//! that this machine has. All generic code is `#[inline(always)]`: that is
//! what carries the enabled features into it.

#[cfg(target_arch = "aarch64")]
mod arm;
// Portable code has no intrinsics.
#[cfg_attr(
    not(any(target_arch = "aarch64", target_arch = "x86_64")),
    allow(unused_macros, unused_imports)
)]
mod intrinsics;
mod portable;
mod tiles;
pub(super) mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::atomic::{AtomicU8, Ordering};

use portable::Portable;
pub(super) use vector::{Kernel, Simd};

/// The instruction sets, as they are kept in [`ACTIVE`].
const UNKNOWN: u8 = 0;
const PORTABLE: u8 = 1;
const AVX2: u8 = 2;
const AVX512: u8 = 3;
const NEON: u8 = 4;
static ACTIVE: AtomicU8 = AtomicU8::new(UNKNOWN);

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
    PORTABLE
}

#[inline]
fn active() -> u8 {
    match ACTIVE.load(Ordering::Relaxed) {
        UNKNOWN => {
            let found = detect();
            ACTIVE.store(found, Ordering::Relaxed);
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

/// Which vector instructions kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// The widest that the machine has.
    Native,
    /// Those of the target's baseline, to compare the others with.
    Portable,
}

/// Sets the vector instructions for the whole process; native until then.
pub fn set_instructions(instructions: Instructions) {
    let active = match instructions {
        Instructions::Native => detect(),
        Instructions::Portable => PORTABLE,
    };
    ACTIVE.store(active, Ordering::Relaxed);
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

/// Runs a kernel with the active instruction set.
#[inline]
pub(super) fn run<K: Kernel>(kernel: K) {
    // SAFETY: `active` names an instruction set only after detecting it.
    unsafe {
        match active() {
            #[cfg(target_arch = "x86_64")]
            AVX512 => x86::Avx512::call(kernel),
            #[cfg(target_arch = "x86_64")]
            AVX2 => x86::Avx2::call(kernel),
            #[cfg(target_arch = "aarch64")]
            NEON => arm::Neon::call(kernel),
            _ => Portable::call(kernel),
        }
    }
}
