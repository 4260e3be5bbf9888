//! Sums by many threads, in an order that depends on the shape alone.

use candle_core::{DType, Result, Tensor};

use super::launch::{Launch, uninit};
use super::operands::activation_code;
use crate::kernels::activation::Activation;

/// Threads that keep a GPU busy reading.
pub(super) const MAX_THREADS: usize = 64 * 1024;
/// Values that one thread adds up when few are left. More would be slower than
/// another launch.
pub(super) const VALUES_PER_THREAD: usize = 64;

/// How many threads, at most `most`, add up this many values.
pub(super) fn thread_count(values: usize, most: usize) -> usize {
    values.div_ceil(VALUES_PER_THREAD).clamp(1, most.max(1))
}

/// The sum of each column of the gradient before the activation, from gradient
/// and result `[…, channels]`: the bias' gradient `[channels]`.
pub(super) fn pre_activation_gradient_sums(
    gradient: &Tensor,
    result: &Tensor,
    activation: Activation,
) -> Result<Tensor> {
    let channels = result.dim(candle_core::D::Minus1)?;
    let rows = result.elem_count() / channels.max(1);
    let parts = thread_count(rows, MAX_THREADS / channels.max(1));
    let partial = uninit((parts, channels), DType::F32, result.device())?;
    Launch::new("pre_activation_gradient_sums", DType::F32, parts * channels)
        .sizes(&[rows, channels, activation_code(activation)?])
        .read(&[gradient, result])
        .write(&[&partial])?;
    column_sums(partial, 1.0)?.reshape(channels)
}

/// factor · the sum of each column of `[rows, columns]`: `[1, columns]`.
pub(super) fn column_sums(mut x: Tensor, factor: f32) -> Result<Tensor> {
    loop {
        let (rows, channels) = x.dims2()?;
        let parts = if rows > VALUES_PER_THREAD {
            rows.div_ceil(VALUES_PER_THREAD)
        } else {
            1
        };
        let sum = uninit((parts, channels), DType::F32, x.device())?;
        Launch::new("column_sums", DType::F32, parts * channels)
            .sizes(&[rows, channels])
            .scalar(if parts == 1 { factor } else { 1.0 })
            .read(&[&x])
            .write(&[&sum])?;
        if parts == 1 {
            return Ok(sum);
        }
        x = sum;
    }
}

/// Overwrites `to` with `from`, both of one shape, f32 and on one GPU; may be recorded
/// in a [`super::graph::Graph`].
///
/// # Errors
/// When the shapes differ, or the tensors are not on a GPU.
pub(crate) fn copy_into(to: &Tensor, from: &Tensor) -> Result<()> {
    if from.dims() != to.dims() {
        candle_core::bail!("cannot copy {:?} to {:?}", from.dims(), to.dims());
    }
    // The column sums of a single row.
    Launch::new("column_sums", DType::F32, from.elem_count())
        .sizes(&[1, from.elem_count()])
        .scalar(1.0)
        .read(&[from])
        .write(&[to])
}
