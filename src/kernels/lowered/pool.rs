//! The 2×2 maximum with its exact gradient.

use candle_core::{Result, Tensor};

use super::taps;

/// The four pixels of every window of `[n, h, w, c]`, each `[n, h/2, w/2, c]`, in
/// row order; odd rows and columns at the end are dropped.
fn windows(x: &Tensor) -> Result<[Tensor; 4]> {
    let (_, h, w, _) = x.dims4()?;
    let even = x
        .narrow(1, 0, h / 2 * 2)?
        .narrow(2, 0, w / 2 * 2)?
        .contiguous()?;
    let phases = taps::phases(&even)?;
    let of = |row, column| phases.get(row)?.get(column);
    Ok([of(0, 0)?, of(0, 1)?, of(1, 0)?, of(1, 1)?])
}

/// The maxima.
pub(super) fn forward(x: &Tensor) -> Result<Tensor> {
    let [a, b, c, d] = windows(x)?;
    a.maximum(&b)?.maximum(&c.maximum(&d)?)
}

/// The gradient of `x` whose maxima are `y`: all of it to the first of a
/// window's equal maxima.
pub(super) fn backward(x: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let (_, height, width, _) = x.dims4()?;
    let (_, h, w, _) = y.dims4()?;
    // 1 where no earlier pixel of the window was the maximum.
    let mut free = y.ones_like()?;
    let mut parts = Vec::with_capacity(4);
    for pixel in windows(x)? {
        let wins = (pixel.eq(y)?.to_dtype(y.dtype())? * &free)?;
        free = (free - &wins)?;
        parts.push((gradient * wins)?);
    }
    taps::interleaved(&parts)?
        .pad_with_zeros(1, 0, height - 2 * h)?
        .pad_with_zeros(2, 0, width - 2 * w)
}
