//! A step of the optimizer for all weights.

use candle_core::{DType, Result, Tensor, Var};

use super::launch::{Launch, MAX_POINTERS, MAX_SIZES, aligned};
use crate::kernels::optimizer::{Algorithm, ParamUpdate};

/// As many weights as one launch takes: the numbers, and four tensors for each.
const PARAMS_PER_LAUNCH: usize = (MAX_POINTERS - 1) / 4;
const _: () = assert!(
    PARAMS_PER_LAUNCH + 2 <= MAX_SIZES,
    "there is a size for each, and two more"
);

/// Changes weights and their two moments in place. `numbers` are the step's, as
/// [`crate::kernels::optimizer::Step::numbers`] gives them, where the weights are.
pub(in super::super) fn apply(
    rule: Algorithm,
    numbers: &Tensor,
    changes: &[&ParamUpdate],
) -> Result<()> {
    for some in changes.chunks(PARAMS_PER_LAUNCH) {
        let gradients = some
            .iter()
            .map(|change| aligned(&change.gradient.detach()))
            .collect::<Result<Vec<_>>>()?;
        let changed: Vec<_> = some
            .iter()
            .flat_map(|change| [change.weight, change.first_moment, change.second_moment])
            .map(Var::as_detached_tensor)
            .collect();
        // Where each one's values end among the threads.
        let mut ends = vec![rule as usize, some.len()];
        let mut end = 0;
        for gradient in &gradients {
            end += gradient.elem_count();
            ends.push(end);
        }
        let read: Vec<_> = std::iter::once(numbers).chain(&gradients).collect();
        Launch::new("optimize", DType::F32, end)
            .sizes(&ends)
            .read(&read)
            .write(&changed.iter().collect::<Vec<_>>())?;
    }
    Ok(())
}
