//! Whether a run has diverged, checked when it ends.

use super::Session;
use crate::error::Result;
use crate::number_format;
use crate::progress::unwatched;
use crate::training::schedule::format_learning_rate;
use crate::training::{Baselines, evaluate};

/// Training pictures that a run without held-out pictures is evaluated on.
const MAX_EVALUATED: usize = 256;

impl Session<'_> {
    /// Compares the last error with the mean picture's, on the held-out pictures
    /// or, without any, on some training pictures, and notes the result in the status.
    pub(super) fn check_divergence(&self) -> Result<()> {
        let trainer = &self.trainer;
        let (split, spec) = (trainer.split(), trainer.spec());
        if !spec.model.kind.has_decoder() {
            return Ok(());
        }
        let (rows, last) = match split.held_out.as_slice() {
            [] if trainer.is_closed_form() => return Ok(()),
            [] => {
                let rows = &split.training[..split.training.len().min(MAX_EVALUATED)];
                let (model, faces) = (trainer.model(), trainer.faces());
                let evaluation =
                    evaluate(model, faces, rows, spec.noise, spec.seed, &mut unwatched)?;
                (rows, Some(evaluation.scores))
            }
            rows => (rows, self.state.status().held_out),
        };
        let baselines = Baselines::measure(trainer.faces(), &split.training, rows);
        let Some((baselines, last)) = baselines.zip(last) else {
            return Ok(());
        };
        let diverged = baselines.is_diverged(&last, trainer.best_held_out());
        let advice = diverged.then(|| {
            format!(
                "its last {} error is {}, the mean picture's is {}; go back to its last good \
                 checkpoint with a lower rate: lfw-tui runs resume {} --rollback --lr {}",
                if split.held_out.is_empty() {
                    "training"
                } else {
                    "held-out"
                },
                number_format::error(last.mse),
                number_format::error(baselines.mean_mse),
                self.run.id(),
                format_learning_rate(spec.optimizer.learning_rate / 10.0),
            )
        });
        self.state.update(|status| {
            status.mean_picture_mse = Some(baselines.mean_mse);
            status.diverged = diverged;
            status.error = advice;
        });
        Ok(())
    }
}
