//! A step of the optimizer for all weights.

use candle_core::{DType, Result, Tensor, Var};

use super::launch::{Launch, POINTERS, SIZES, aligned};
use crate::kernels::optimizer::{Change, Rule};

/// As many weights as one launch takes: the numbers, and four tensors for each.
const TOGETHER: usize = (POINTERS - 1) / 4;
const _: () = assert!(
    TOGETHER + 2 <= SIZES,
    "there is a size for each, and two more"
);

/// Changes weights and their two moments in place. `numbers` are the step's, as
/// [`crate::kernels::optimizer::Step::numbers`] gives them, where the weights are.
pub(in super::super) fn apply(rule: Rule, numbers: &Tensor, changes: &[&Change]) -> Result<()> {
    for some in changes.chunks(TOGETHER) {
        let gradients = some
            .iter()
            .map(|change| aligned(&change.gradient.detach()))
            .collect::<Result<Vec<_>>>()?;
        let changed: Vec<_> = some
            .iter()
            .flat_map(|change| [change.weight, change.first, change.second])
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
