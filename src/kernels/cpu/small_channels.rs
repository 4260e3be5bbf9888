//! Weight gradients where one side has so few channels (a picture's three)
//! that all three taps of a row make one row of a register tile.

use super::buffer::with_scratch;
use super::gemm::{GemmTn, gemm_tn};
use super::tile::Run;

/// Adds one picture's part to the gradient `sums` `[3, 3 · channels, columns]`:
/// Σ over the pixels (i, j) of `wide` of its values times the neighbourhood
/// of (stride · i, stride · j) in `narrow` `[height, width, channels]`, with zeros around it.
/// `wide` is `[rows, across, columns]` with `pitch` floats a pixel, at least
/// [`super::gemm::tn_padded_width`] of the columns.
pub(super) fn add_weight_gradient(
    narrow: &[f32],
    [height, width, channels]: [usize; 3],
    stride: usize,
    wide: &[f32],
    [rows, across, columns, pitch]: [usize; 4],
    sums: &mut [f32],
) {
    let line = (width + 2) * channels;
    assert!(wide.len() >= rows * across * pitch && sums.len() >= 9 * channels * columns);
    assert!(narrow.len() >= height * width * channels);
    assert!(stride * (rows - 1) < height && stride * (across - 1) < width);
    with_scratch((height + 2) * line, |padded| {
        padded.fill(0.0);
        for y in 0..height {
            padded[(y + 1) * line + channels..][..width * channels]
                .copy_from_slice(&narrow[y * width * channels..][..width * channels]);
        }
        for tap in 0..3 {
            let runs: Vec<Run> = (0..rows)
                .map(|row| Run {
                    a: (stride * row + tap) * line,
                    b: row * across * pitch,
                    len: across,
                })
                .collect();
            // SAFETY: the asserts bound the runs; three taps' channels are
            // consecutive in the padded picture.
            unsafe {
                gemm_tn(GemmTn {
                    a: padded.as_ptr(),
                    b: wide.as_ptr(),
                    runs: &runs,
                    a_stride: stride * channels,
                    b_stride: pitch,
                    m: 3 * channels,
                    n: columns,
                    c: sums[tap * 3 * channels * columns..].as_mut_ptr(),
                    c_stride: columns,
                    add: true,
                });
            }
        }
    });
}
