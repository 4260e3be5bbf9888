//! A step of the optimizer for one weight.

use candle_core::{DType, Result, Tensor, Var};

use super::launch::{Launch, aligned};
use crate::kernels::optimizer::Rule;

/// Changes a weight and its two moments in place. `numbers` are the step's, as
/// [`crate::kernels::optimizer::Step::numbers`] gives them, where the weight is.
pub(in super::super) fn apply(
    rule: Rule,
    numbers: &Tensor,
    gradient: &Tensor,
    changed: [&Var; 3],
) -> Result<()> {
    let [weight, first, second] = changed.map(Var::as_detached_tensor);
    Launch::new("optimize", DType::F32, gradient.elem_count())
        .sizes([rule as usize])
        .read([&aligned(gradient)?, numbers])
        .write(&[&weight, &first, &second])
}
