//! What the register tiles of [`super::microkernel`] are given.

/// A run of consecutive inputs: where it starts relative to a row's pointer,
/// where its weights start in the panel (in rows of the panel), how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub a: isize,
    pub b: usize,
    pub len: usize,
}

impl Segment {
    /// The first `len` values of a row, for a product with the whole panel.
    pub(crate) const fn all(len: usize) -> Self {
        Self { a: 0, b: 0, len }
    }
}

/// Where a row's inputs start and where its outputs go, in floats from a base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub a: u32,
    pub c: u32,
}

/// What an *nn* tile computes: for each row i and each of the panel's columns,
/// max(floor, bias + Σ over segments of a · b). A floor of 0 is `ReLU`; anything
/// more would push the sums out of the registers.
#[derive(Clone, Copy)]
pub(super) struct NnTile<'a> {
    pub a: *const f32,
    pub rows: *const Row,
    pub segments: &'a [Segment],
    /// The panel: rows of as many floats as the tile is wide.
    pub b: *const f32,
    pub c: *mut f32,
    /// Columns to store; the panel's others are padding.
    pub columns: usize,
    /// As wide as the tile, or null.
    pub bias: *const f32,
    pub floor: f32,
}

/// A run of pixels at constant distances: where it starts in both operands, and its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub a: usize,
    pub b: usize,
    pub len: usize,
}

impl Run {
    /// The first `len` rows of both operands.
    pub(crate) const fn all(len: usize) -> Self {
        Self { a: 0, b: 0, len }
    }
}

/// What a *tn* tile computes: `c[i][j]` (+)= Σ over the runs' pixels p of `a[p][i] · b[p][j]`.
#[derive(Clone, Copy)]
pub(super) struct TnTile<'a> {
    pub a: *const f32,
    pub b: *const f32,
    pub runs: &'a [Run],
    pub a_stride: usize,
    pub b_stride: usize,
    pub c: *mut f32,
    pub c_stride: usize,
    pub columns: usize,
    /// Whether to add to what `c` holds.
    pub add: bool,
}
