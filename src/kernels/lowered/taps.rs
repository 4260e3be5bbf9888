//! The 3×3 neighbourhood of every pixel as a row of a matrix (im2col).

use candle_core::{Result, Tensor};

/// `[n, h, w, c]` to `[n·h·w, 9·c]`: the taps in row order, zeros outside.
pub(super) fn around(x: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = x.dims4()?;
    let padded = x.pad_with_zeros(1, 1, 1)?.pad_with_zeros(2, 1, 1)?;
    let across = side_by_side(&padded, 2, [0, 1, 2], w)?;
    side_by_side(&across, 1, [0, 1, 2], h)?.reshape((n * h * w, 9 * c))
}

/// The four phases of `[n, 2h, 2w, c]`, `[2, 2, n, h, w, c]`: by the row's and
/// the column's being even or odd.
pub(super) fn phases(x: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = x.dims4()?;
    x.reshape((n, h / 2, 2, w / 2, 2, c))?
        .permute((2, 4, 0, 1, 3, 5))?
        .contiguous()
}

/// [`phases`] the other way: from the four, each `[n, h, w, c]`, to `[n, 2h, 2w, c]`.
pub(super) fn interleaved(phases: &[Tensor]) -> Result<Tensor> {
    let stacked = Tensor::stack(phases, 3)?;
    let (n, h, w, _, c) = stacked.dims5()?;
    stacked
        .reshape((n, h, w, 2, 2, c))?
        .permute((0, 1, 3, 2, 4, 5))?
        .contiguous()?
        .reshape((n, 2 * h, 2 * w, c))
}

/// From `[n, 2h, 2w, c]`, the nine pixels around each second one, from the
/// second on in both directions (`2i − 1 … 2i + 1`): `[n·h·w, 9·c]`.
pub(super) fn around_seconds(x: &Tensor) -> Result<Tensor> {
    let (n, h, w, c) = x.dims4()?;
    let (h, w) = (h / 2, w / 2);
    let phases = phases(x)?;
    // Of a row 2i − 1, 2i, 2i + 1: which phase, and whether it lies one back.
    let reach = [(1, true), (0, false), (1, false)];
    let mut rows = Vec::with_capacity(9);
    for (row, up) in reach {
        for (column, left) in reach {
            let mut phase = phases.get(row)?.get(column)?;
            if up {
                phase = phase.narrow(1, 0, h - 1)?.pad_with_zeros(1, 1, 0)?;
            }
            if left {
                phase = phase.narrow(2, 0, w - 1)?.pad_with_zeros(2, 1, 0)?;
            }
            rows.push(phase.contiguous()?);
        }
    }
    Tensor::cat(&rows, 3)?.reshape((n * h * w, 9 * c))
}

/// Windows of `len` of a dimension, joined along the channels (the last).
fn side_by_side<const N: usize>(
    x: &Tensor,
    dim: usize,
    starts: [usize; N],
    len: usize,
) -> Result<Tensor> {
    let windows = starts
        .iter()
        .map(|&start| x.narrow(dim, start, len)?.contiguous())
        .collect::<Result<Vec<_>>>()?;
    Tensor::cat(&windows, 3)
}
