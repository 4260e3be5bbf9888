//! Saving a run, and waiting when that fails.

use std::time::{Duration, Instant};

use super::Session;
use crate::error::{Error, Result};
use crate::runs::checkpoint::{self, CheckpointMetadata};
use crate::runs::status::{BestCheckpoint, Phase};
use crate::runs::worker::WorkerEvent;
use crate::runs::{Desired, retention};

/// While it cannot be saved, it is tried again this often.
const RETRY_INTERVAL: Duration = Duration::from_secs(3);

impl Session<'_> {
    /// A checkpoint, unless this very step is saved already, or must not be.
    pub(super) fn save_checkpoint_if_needed(&mut self) -> Result<()> {
        let step = self.trainer.steps_done();
        let saved = self.recorder.state.status().checkpoint == Some(step);
        if step == 0 || saved || self.has_anomaly() {
            return Ok(());
        }
        self.save_checkpoint()
    }

    /// Saves. When that fails the run pauses until it succeeds: training on
    /// unsaved for hours would be worse.
    pub(super) fn save_checkpoint(&mut self) -> Result<()> {
        if let Err(error) = self.try_save_checkpoint() {
            if self.recorder.state.control_state().run_removed || !self.run.exists() {
                return Err(error);
            }
            self.pause_until_saved(error)?;
        }
        Ok(())
    }

    fn try_save_checkpoint(&mut self) -> Result<()> {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        let held_out = self
            .last_scores
            .filter(|(at, _)| *at == step)
            .map(|(_, scores)| scores);
        let spec = self.trainer.spec();
        self.recorder.flush()?;
        self.recorder.log.sync()?;
        let record = CheckpointMetadata {
            step,
            epoch: (step / self.trainer.steps_per_epoch()) as u32,
            seconds: self.recorder.seconds,
            learning_rate: spec.optimizer.learning_rate,
            noise: spec.noise,
            held_out,
        };
        let best = held_out
            .filter(|new| {
                let old = self.recorder.best.as_ref();
                new.mse.is_finite() && old.is_none_or(|old| new.mse < old.held_out.mse)
            })
            .map(|held_out| BestCheckpoint {
                step,
                epoch: record.epoch,
                held_out,
            });
        checkpoint::write(self.run, &self.trainer, &record, best.is_some())?;
        self.recorder.best = best.or(self.recorder.best);
        let best = self.recorder.best;
        let steps: Vec<u64> = checkpoint::all(self.run)
            .iter()
            .map(|one| one.step)
            .collect();
        let actions =
            retention::checkpoints_to_remove(self.retention, &steps, best.map(|best| best.step));
        checkpoint::apply_retention(self.run, &actions)?;
        self.recorder.last_checkpoint = Instant::now();
        self.recorder.eta.record_checkpoint(began.elapsed());
        self.recorder.add_other_work(began.elapsed());
        self.recorder.state.update(|status| {
            status.checkpoint = Some(step);
            status.best = best;
        });
        Ok(())
    }

    /// Waits in memory until what could not be saved can be: tries again by
    /// itself, and at once when somebody wants something. A signal ends it.
    pub(super) fn pause_until_saved(&mut self, mut error: Error) -> Result<()> {
        let mut told = String::new();
        loop {
            let version = self.recorder.state.control_version();
            let wish = self.recorder.state.control_state();
            if wish.run_removed || wish.interrupted {
                return Err(error);
            }
            let text = self.waiting_message(&error, wish.desired());
            if text != told {
                (self.observer)(WorkerEvent::Note(&text));
            }
            self.recorder.state.publish(|status| {
                status.state = Phase::Paused;
                status.error = Some(text.clone());
                status.seconds_left = None;
                status.images_per_s = None;
                status.control_seq = wish.control.seq;
            });
            told = text;
            let again = Instant::now() + RETRY_INTERVAL;
            self.recorder
                .state
                .wait_for_change_until(version, Some(again));
            if self.recorder.state.control_state().run_removed {
                return Err(error);
            }
            match self.try_save_checkpoint() {
                Ok(()) => break,
                Err(again) => error = again,
            }
        }
        // Whatever was wanted meanwhile is done after the next step.
        self.recorder.control_version = 0;
        self.recorder.step_began = Instant::now();
        self.transition(Phase::Running, "continued", None)
    }

    fn waiting_message(&self, error: &Error, desired: Desired) -> String {
        let id = self.run.id();
        let next = match desired {
            Desired::Stop | Desired::StopAfterEpoch => format!(
                "it stops as soon as it is saved; `kill {}` ends it without its last steps",
                std::process::id()
            ),
            Desired::Pause => "it pauses as soon as it is saved".to_string(),
            Desired::Run => format!(
                "it goes on by itself when that is put right, or at once with \
                 lfw-tui runs resume {id}"
            ),
        };
        format!("{error}. Nothing was lost: the run waits in memory; {next}")
    }
}
