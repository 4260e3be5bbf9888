//! Our operations in candle's autograd, and a faster backward pass.
//!
//! Each operation is a candle `CustomOp`, so `loss.backward()` works. But candle adds
//! every gradient to a new tensor of zeros, on one thread, which costs a tenth of a
//! training step. [`backward()`] walks the same graph without that.

mod backward;
mod candle_op;
mod operation;

use std::sync::Arc;

use candle_core::Tensor;

use crate::error::{Error, Result};

pub use backward::backward;
#[cfg(any(test, feature = "cudnn"))]
pub(super) use candle_op::cpu_slice;
pub(super) use operation::{BackwardPass, CandleResult, Operation};

use candle_op::CandleOp;
use operation::AppliedOperation;

/// Applies an operation that has a forward kernel.
pub(super) fn apply<const N: usize>(
    operation: impl Operation<N>,
    inputs: [&Tensor; N],
) -> Result<Tensor> {
    record(operation, inputs, None)
}

/// Adds a result that is already computed to candle's graph. On a GPU its memory is
/// taken over, so nothing else may share it.
pub(super) fn apply_precomputed<const N: usize>(
    operation: impl Operation<N>,
    inputs: [&Tensor; N],
    result: Tensor,
) -> Result<Tensor> {
    record(operation, inputs, Some(result.contiguous()?))
}

fn record<const N: usize>(
    operation: impl Operation<N>,
    inputs: [&Tensor; N],
    precomputed: Option<Tensor>,
) -> Result<Tensor> {
    let is_tracked = inputs.iter().any(|input| input.track_op());
    if let (Some(result), false) = (&precomputed, is_tracked) {
        return Ok(result.clone());
    }
    let applied = Arc::new(AppliedOperation::new(operation, inputs)?);
    let op = CandleOp {
        applied: applied.clone(),
        precomputed,
    };
    let result = match applied.inputs.as_slice() {
        [a] => a.apply_op1(op)?,
        [a, b] => a.apply_op2(b, op)?,
        [a, b, c] => a.apply_op3(b, c, op)?,
        other => {
            return Err(Error::invalid(
                applied.operation.name(),
                format!("{} inputs instead of one to three", other.len()),
            ));
        }
    };
    if is_tracked {
        backward::register(&result, &applied);
    }
    Ok(result)
}
