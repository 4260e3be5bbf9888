//! The state of a run: all that is needed to resume it.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::scores::Scores;
use crate::number_format::json_numbers;

/// The position of a run. The order of pictures and their noise are functions of the seed and the
/// step, so no state of a generator is needed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Steps done.
    pub step: u64,
    /// Sum of the losses of this epoch's pictures so far.
    #[serde(deserialize_with = "json_numbers::number")]
    pub epoch_loss_sum: f64,
    /// Number of those pictures.
    pub epoch_pictures: u64,
    /// The lowest held-out mean squared error of an epoch so far.
    #[serde(default, deserialize_with = "json_numbers::optional")]
    pub best_held_out: Option<f64>,
    /// Epochs since that one.
    #[serde(default)]
    pub epochs_since_best: u32,
}

impl Position {
    /// Resets the sums for the next epoch, and records this epoch's held-out error.
    pub(super) fn end_epoch(&mut self, held_out: Option<Scores>) {
        (self.epoch_loss_sum, self.epoch_pictures) = (0.0, 0);
        let Some(Scores { mse, .. }) = held_out else {
            return;
        };
        // An error that is not finite is never better.
        if mse.is_finite() && self.best_held_out.is_none_or(|best| mse < best) {
            (self.best_held_out, self.epochs_since_best) = (Some(mse), 0);
        } else {
            self.epochs_since_best = self.epochs_since_best.saturating_add(1);
        }
    }
}

/// Everything that changes in training.
#[derive(Debug, Clone)]
pub struct TrainerState {
    /// The run's position.
    pub(crate) position: Position,
    /// Weights by name.
    pub parameters: Vec<(String, Tensor)>,
    /// Their moving average, if the run has one.
    pub ema: Option<Vec<(String, Tensor)>>,
    /// The optimizer's moments by name.
    pub optimizer: Vec<(String, Tensor)>,
}
