//! The matrix products between the transforms.

use std::ops::Range;

use super::super::gemm::{GemmNn, Panels, gemm_nn};
use super::super::simd;
use super::super::tile::{Row, Segment};
use super::tiles::TileLayout;

/// Where the first `count` rows of `a` and of the product `c` start.
pub(super) fn tile_rows(count: usize, a: TileLayout, c: TileLayout) -> Vec<Row> {
    (0..count)
        .map(|i| Row {
            a: (i * a.pitch) as u32,
            c: (i * c.pitch) as u32,
        })
        .collect()
}

/// The products of `rows` of `a` with some panels of `b`, side by side in `c`.
///
/// # Safety
/// Each row must be readable from `a` for the panels' depth, its product writable in
/// `c` by this thread alone, and the panels complete in `b`.
pub(super) unsafe fn multiply_panels(
    panels: Panels,
    range: Range<usize>,
    a: &[f32],
    rows: &[Row],
    b: &[f32],
    c: &mut [f32],
) {
    for panel in range.clone() {
        // SAFETY: as the caller promises.
        unsafe {
            gemm_nn(GemmNn {
                a: a.as_ptr(),
                rows,
                segments: &[Segment::all(panels.depth)],
                b: b[panels.start(panel)..].as_ptr(),
                width: panels.width(panel),
                c: c[(panel - range.start) * simd::panel_width()..].as_mut_ptr(),
                columns: panels.used_columns(panel),
                bias: std::ptr::null(),
                floor: f32::NEG_INFINITY,
            });
        }
    }
}
