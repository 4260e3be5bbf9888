//! An optimizer step for all weights.

use candle_core::{DType, Result, Tensor, Var};

use super::args::{MAX_POINTERS, MAX_SIZES};
use super::launch::{Launch, aligned};
use crate::kernels::optimizer::step::{Algorithm, ParamUpdate};

/// Weights that one launch takes: its pointers are the coefficients and four for each weight.
const PARAMS_PER_LAUNCH: usize = (MAX_POINTERS - 1) / 4;
const _: () = assert!(
    PARAMS_PER_LAUNCH + 2 <= MAX_SIZES,
    "a launch has a size for each weight, and two more"
);

/// Changes weights and their two moments in place. `coefficients` are the step's, as
/// [`crate::kernels::optimizer::Step::coefficients`] gives them, on the weights' device.
pub(in super::super) fn apply(
    algorithm: Algorithm,
    coefficients: &Tensor,
    updates: &[&ParamUpdate],
) -> Result<()> {
    for group in updates.chunks(PARAMS_PER_LAUNCH) {
        let gradients = group
            .iter()
            .map(|update| aligned(&update.gradient.detach()))
            .collect::<Result<Vec<_>>>()?;
        let changed: Vec<_> = group
            .iter()
            .flat_map(|update| [update.weight, update.first_moment, update.second_moment])
            .map(Var::as_detached_tensor)
            .collect();
        // The thread after the last of each weight.
        let mut ends = vec![algorithm as usize, group.len()];
        let mut end = 0;
        for gradient in &gradients {
            end += gradient.elem_count();
            ends.push(end);
        }
        let read: Vec<_> = std::iter::once(coefficients).chain(&gradients).collect();
        Launch::new("optimizer_step", DType::F32, end)
            .sizes(&ends)
            .read(&read)
            .write(&changed.iter().collect::<Vec<_>>())?;
    }
    Ok(())
}
