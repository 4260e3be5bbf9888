//! Writing checkpoints, waiting when that fails, and rolling back to one.

use std::time::{Duration, Instant};

use super::Session;
use crate::error::{Error, Result};
use crate::runs::checkpoint::{self, CheckpointMetadata};
use crate::runs::control::Desired;
use crate::runs::metrics_log::MetricRow;
use crate::runs::observer::WorkerEvent;
use crate::runs::spike_detector::SpikeDetector;
use crate::runs::status::{BestCheckpoint, RunState};
use crate::runs::{preview, retention};
use crate::training::{Scores, Trainer, checkpoint as trainer_state};

/// Time between two attempts to write a checkpoint.
const RETRY_INTERVAL: Duration = Duration::from_secs(3);

impl Session<'_> {
    /// Writes a checkpoint, unless this step has one or must not be saved.
    pub(super) fn save_checkpoint_if_needed(&mut self) -> Result<()> {
        let step = self.trainer.steps_done();
        let is_saved = self.state.status().checkpoint == Some(step);
        if step == 0 || is_saved || self.has_anomaly() {
            return Ok(());
        }
        self.save_checkpoint()
    }

    /// Writes a checkpoint. If that fails, the run pauses until it succeeds, rather
    /// than train for hours without being saved.
    pub(super) fn save_checkpoint(&mut self) -> Result<()> {
        if let Err(error) = self.try_save_checkpoint() {
            if self.state.control_state().run_removed || !self.run.exists() {
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
            .filter(|(scored, _)| *scored == step)
            .map(|(_, scores)| scores);
        let spec = self.trainer.spec();
        self.recorder.flush()?;
        self.recorder.log.sync()?;
        let metadata = CheckpointMetadata {
            step,
            epoch: (step / self.trainer.steps_per_epoch()) as u32,
            seconds: self.recorder.seconds,
            learning_rate: spec.optimizer.learning_rate,
            noise: spec.noise,
            held_out,
        };
        checkpoint::write(self.run, &self.trainer, &metadata)?;
        if let Some(held_out) = held_out.filter(|scores| self.is_best(scores)) {
            checkpoint::set_best(self.run, step)?;
            self.recorder.best = Some(BestCheckpoint {
                step,
                epoch: metadata.epoch,
                held_out,
            });
        }
        self.remove_old_checkpoints()?;
        self.recorder.last_checkpoint = Instant::now();
        self.recorder.eta.record_checkpoint(began.elapsed());
        self.recorder.add_other_work(began.elapsed());
        let best = self.recorder.best;
        self.state.update(|status| {
            status.checkpoint = Some(step);
            status.best = best;
        });
        Ok(())
    }

    fn is_best(&self, scores: &Scores) -> bool {
        let best = self.recorder.best.as_ref();
        scores.mse.is_finite() && best.is_none_or(|best| scores.mse < best.held_out.mse)
    }

    fn remove_old_checkpoints(&self) -> Result<()> {
        let steps: Vec<u64> = checkpoint::all(self.run)
            .iter()
            .map(|one| one.step)
            .collect();
        let best = self.recorder.best.map(|best| best.step);
        retention::checkpoints_to_remove(self.retention, &steps, best)
            .into_iter()
            .try_for_each(|step| checkpoint::discard(self.run, step))
    }

    /// Pauses with the weights in memory until they can be saved. Tries again at
    /// intervals, and at once when the control file changes. A signal ends it.
    pub(super) fn pause_until_saved(&mut self, mut error: Error) -> Result<()> {
        let mut noted = String::new();
        loop {
            let version = self.state.control_version();
            let wanted = self.state.control_state();
            if wanted.run_removed || wanted.interrupted {
                return Err(error);
            }
            let message = self.waiting_message(&error, wanted.desired());
            if message != noted {
                (self.observer)(WorkerEvent::Note(&message));
            }
            self.state.publish(|status| {
                status.state = RunState::Paused;
                status.error = Some(message.clone());
                status.seconds_left = None;
                status.images_per_s = None;
                status.control_seq = wanted.control.seq;
            });
            if noted.is_empty() {
                (self.observer)(WorkerEvent::PausedByItself(&self.state.status()));
            }
            noted = message;
            let retry_at = Instant::now() + RETRY_INTERVAL;
            self.state.wait_for_change_until(version, Some(retry_at));
            if self.state.control_state().run_removed {
                return Err(error);
            }
            match self.try_save_checkpoint() {
                Ok(()) => break,
                Err(again) => error = again,
            }
        }
        // Other requests from the meantime are carried out after the next step.
        self.recorder.control_version = 0;
        self.recorder.step_began = Instant::now();
        self.transition(RunState::Running, "continued");
        Ok(())
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
                "it continues once it can be saved; to try at once: lfw-tui runs resume {id}"
            ),
        };
        format!("{error}. Nothing was lost: the run waits in memory; {next}")
    }

    /// Returns to the latest checkpoint, or to the beginning if there is none.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        self.rollback_seq = self.state.control_state().control.rollback_seq;
        let step = if let Some(latest) = checkpoint::latest(self.run) {
            self.trainer.restore(&trainer_state::load(&latest.path)?)?;
            latest.step
        } else {
            // The first weights are a function of the seed.
            let spec = self.trainer.spec().clone();
            let device = self.trainer.model().device().clone();
            let (faces, split) = (self.trainer.faces().clone(), self.trainer.split().clone());
            self.trainer = Trainer::new(spec, faces, split, device)?;
            0
        };
        preview::rewind(self.run, step)?;
        self.recorder.append_row(MetricRow {
            resumed_at: Some(step),
            ..MetricRow::event(step, "rolled-back", None)
        });
        self.recorder.spike_detector = SpikeDetector::default();
        self.state.publish(|status| {
            status.step = step;
            status.error = None;
            status.anomaly = None;
        });
        Ok(())
    }
}
