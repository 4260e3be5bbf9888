//! How many steps and epochs a run has.

use super::spec::TrainSpec;

/// The length of a run. Fixed when the run begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunLength {
    /// Steps in an epoch, at least 1. The last one takes the pictures that do not fill a
    /// batch. A closed-form model has one.
    pub steps_per_epoch: u64,
    /// Epochs of the run; 1 for a closed-form model.
    pub epochs: u32,
    /// Whether the model is fitted at once instead of trained in steps.
    pub is_closed_form: bool,
}

impl RunLength {
    /// The length of a run that trains on `pictures` pictures.
    pub(super) fn new(spec: &TrainSpec, pictures: usize) -> Self {
        let is_closed_form = spec.model.kind.is_closed_form();
        let (steps_per_epoch, epochs) = if is_closed_form {
            (1, 1)
        } else {
            let steps = pictures.div_ceil(spec.batch_size as usize);
            (steps as u64, spec.epochs)
        };
        Self {
            steps_per_epoch,
            epochs,
            is_closed_form,
        }
    }

    /// Steps of the whole run. A closed-form model counts one, which evaluates it.
    pub(super) fn total_steps(self) -> u64 {
        self.steps_per_epoch * u64::from(self.epochs)
    }

    /// Steps of the whole run that change weights.
    pub(super) fn gradient_steps(self) -> u64 {
        if self.is_closed_form {
            0
        } else {
            self.total_steps()
        }
    }

    /// The epoch, from 1, of a step counted from 1.
    pub(super) fn epoch_of(self, step: u64) -> u32 {
        (step.saturating_sub(1) / self.steps_per_epoch) as u32 + 1
    }

    /// Whether an epoch ends with this step, counted from 1.
    pub(super) fn ends_epoch(self, step: u64) -> bool {
        step.is_multiple_of(self.steps_per_epoch)
    }

    /// Steps left in the epoch after `done` steps.
    pub(super) fn steps_left_in_epoch(self, done: u64) -> u64 {
        self.steps_per_epoch - done % self.steps_per_epoch
    }
}
