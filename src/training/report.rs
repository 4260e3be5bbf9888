//! What the training loop reports to its observer, and the observer's responses.

use serde::{Deserialize, Serialize};

use super::scores::Scores;

/// An observer's response to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Continue with the next step.
    Continue,
    /// Return from [`Trainer::run`](super::Trainer::run) with [`Outcome::Checkpoint`], so
    /// that the caller can save or inspect the model. Calling `run` again continues as if it had never
    /// returned.
    Checkpoint,
    /// Return with [`Outcome::Stopped`].
    Stop,
}

/// Why [`Trainer::run`](super::Trainer::run) returned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// All epochs are done, or the run stopped early.
    Finished,
    /// The observer asked for a checkpoint.
    Checkpoint,
    /// The observer asked to stop.
    Stopped,
    /// The loss of a step was not finite. The step was not applied.
    Diverged {
        /// The step, counted from 1.
        step: u64,
        /// Its loss.
        loss: f32,
    },
}

/// A report on one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Steps done, this one included.
    pub step: u64,
    /// Steps of the whole run.
    pub(crate) total_steps: u64,
    /// The epoch that the step belongs to, from 1.
    pub epoch: u32,
    /// Epochs of the whole run.
    pub(crate) epochs: u32,
    /// Steps in an epoch.
    pub(crate) steps_per_epoch: u64,
    /// Loss before the step: the mean squared error of the step's pictures. Under noise of any
    /// level it is weighted by the noise; with observation noise it includes the KL term.
    pub loss: f32,
    /// Mean of the losses of this epoch's pictures so far.
    pub epoch_loss: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
    /// Training pictures per second, averaged over about 20 steps, without the time of evaluation
    /// and of the observer.
    pub images_per_s: f64,
    /// Scores after the last step of an epoch, if there are held-out pictures.
    pub held_out: Option<Scores>,
}
