//! What kernels are generic over: one instruction set.

use super::super::tile::{NnTile, TnTile};

/// One instruction set.
///
/// # Safety
/// Every method needs the instruction set to be present, and pointers to be
/// readable or writable for `LANES` floats; alignment is not needed.
pub(in super::super) trait Simd: Copy + Send + Sync + 'static {
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

    /// Runs the kernel compiled for this instruction set.
    unsafe fn call<K: Kernel>(kernel: K);
    /// The matrix-product tile of up to `TILE_ROWS` rows; `wide` or one vector across.
    unsafe fn nn(rows: usize, wide: bool, tile: &NnTile<'_>);
    /// The outer-product tile, likewise.
    unsafe fn tn(rows: usize, wide: bool, tile: &TnTile<'_>);
}

/// A computation that is compiled for each instruction set.
pub(in super::super) trait Kernel {
    /// Computes it.
    ///
    /// # Safety
    /// The instruction set `S` must be present. Implementations are `#[inline(always)]`.
    unsafe fn run<S: Simd>(self);
}
