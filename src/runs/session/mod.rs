//! A worker's training session. While the trainer runs, the recorder notes each
//! step; between steps the session writes checkpoints and previews, handles
//! anomalies and does what the control file asks.

mod anomaly;
mod checkpointing;
mod control_handling;
mod decision;
mod divergence;
mod previews;
mod recorder;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::decision::{Decision, Next};
use self::recorder::{Anomaly, StepRecorder};
use super::checkpoint::{self, Checkpoint};
use super::control::Desired;
use super::metrics_log::{MetricRow, MetricsLog};
use super::observer::{Observer, WorkerOptions};
use super::preview::{self, PreviewSet};
use super::retention::Policy;
use super::run_dir::RunDir;
use super::status::RunState;
use super::worker_state::WorkerState;
use crate::error::Result;
use crate::training::{Flow, Outcome, Scores, Trainer, checkpoint as trainer_state};

/// A training session.
pub(super) struct Session<'a> {
    run: &'a RunDir,
    trainer: Trainer,
    options: WorkerOptions,
    state: &'a Arc<WorkerState>,
    observer: Observer<'a>,
    recorder: StepRecorder<'a>,
    preview_set: PreviewSet,
    preview_duration: Duration,
    last_preview: Option<Instant>,
    retention: Policy,
    /// The last `rollback_seq` that was carried out.
    rollback_seq: u64,
    /// The held-out scores after the last evaluated step, and that step.
    last_scores: Option<(u64, Scores)>,
}

impl<'a> Session<'a> {
    /// Continues from the latest checkpoint, or begins a new run.
    pub(super) fn start(
        run: &'a RunDir,
        mut trainer: Trainer,
        options: WorkerOptions,
        state: &'a Arc<WorkerState>,
        observer: Observer<'a>,
    ) -> Result<Self> {
        let mut log = MetricsLog::open(run)?;
        let latest = checkpoint::latest(run);
        let (seconds, held_out) = match &latest {
            Some(latest) => restore(run, latest, &mut trainer)?,
            None => (0.0, None),
        };
        let (event, resumed_at) = match &latest {
            Some(latest) => ("resumed", latest.step),
            None => ("started", 0),
        };
        preview::rewind(run, resumed_at)?;
        log.append(&MetricRow {
            resumed_at: Some(resumed_at),
            ..MetricRow::event(resumed_at, event, None)
        })?;
        let best = checkpoint::find_best(run);
        let (spec, step) = (trainer.spec(), trainer.steps_done());
        state.publish(|status| {
            status.stage = None;
            status.step = step;
            status.steps = trainer.total_steps();
            status.epoch = (step.div_ceil(trainer.steps_per_epoch())) as u32;
            status.epochs = trainer.epochs();
            status.seconds = seconds;
            // A new run has no scores yet.
            status.held_out = held_out.or(status.held_out.filter(|_| latest.is_some()));
            status.best = best;
            status.checkpoint = latest.map(|latest| latest.step);
            status.noise = Some(spec.noise.to_string());
        });
        Ok(Self {
            run,
            options,
            state,
            observer,
            recorder: StepRecorder::new(state, log, &trainer, seconds, best),
            preview_set: preview_set(&trainer),
            preview_duration: Duration::ZERO,
            last_preview: None,
            retention: Policy::default(),
            rollback_seq: state.control_state().control.rollback_seq,
            last_scores: held_out.map(|scores| (step, scores)),
            trainer,
        })
    }

    /// Trains until the run is finished or should stop. Returns the run's state then.
    pub(super) fn train(mut self) -> Result<RunState> {
        // Requests from before this worker.
        if self.handle_control()? == Next::Stop {
            return Ok(RunState::Stopped);
        }
        loop {
            self.recorder.step_began = Instant::now();
            let preview_at = self.next_preview_at();
            let (recorder, observer) = (&mut self.recorder, &mut *self.observer);
            let outcome = self.trainer.run(&mut |report| {
                recorder.record_step(report, observer);
                let interrupt = recorder.pending.any() || Instant::now() >= preview_at;
                Ok(if interrupt {
                    Flow::Checkpoint
                } else {
                    Flow::Continue
                })
            })?;
            let next = match outcome {
                Outcome::Finished => return self.finish(),
                Outcome::Checkpoint | Outcome::Stopped => self.handle_pending_actions()?,
                Outcome::Diverged { step, .. } => {
                    self.handle_anomaly(Anomaly::not_a_number(step))?.next()
                }
            };
            if next == Next::Stop {
                return Ok(RunState::Stopped);
            }
        }
    }

    /// Does what is due after the last step.
    fn handle_pending_actions(&mut self) -> Result<Next> {
        let mut pending = std::mem::take(&mut self.recorder.pending);
        if pending.may_write_checkpoint() && pending.anomaly.is_none() {
            pending.anomaly = self.check_weights()?;
        }
        // Before anything that writes a checkpoint.
        if let Some(anomaly) = pending.anomaly {
            match self.handle_anomaly(anomaly)? {
                Decision::Continue => {}
                decision => return Ok(decision.next()),
            }
        }
        if let Some(error) = pending.log_error {
            self.pause_until_saved(error)?;
        }
        if let Some((epoch, scores)) = pending.epoch_end {
            if self.end_epoch(epoch, scores)? {
                if self.trainer.is_done() {
                    return Ok(Next::Continue);
                }
                self.mark_stopped();
                return Ok(Next::Stop);
            }
        } else {
            if pending.checkpoint {
                self.save_checkpoint()?;
            }
            if self.next_preview_at() <= Instant::now() {
                self.update_preview();
            }
        }
        if pending.control_changed {
            return self.handle_control();
        }
        Ok(Next::Continue)
    }

    /// Writes the epoch's preview and its checkpoint, if one is due; whether the
    /// run was asked to stop after this epoch.
    fn end_epoch(&mut self, epoch: u32, scores: Option<Scores>) -> Result<bool> {
        self.last_scores = scores.map(|scores| (self.trainer.steps_done(), scores));
        self.update_epoch_preview();
        let every = self.recorder.checkpoint_every;
        let stop = self.state.control_state().desired() == Desired::StopAfterEpoch;
        let is_due = every > 0 && epoch.is_multiple_of(every);
        if self.trainer.is_done() || stop || is_due {
            self.save_checkpoint()?;
        }
        Ok(stop)
    }

    fn finish(&mut self) -> Result<RunState> {
        // A run that was finished before has nothing new to save.
        self.save_checkpoint_if_needed()?;
        self.check_divergence()?;
        let step = self.trainer.steps_done();
        let reason = self.trainer.is_out_of_patience().then(|| {
            let epochs = self.trainer.spec().patience;
            format!("no better held-out error for {epochs} epochs")
        });
        self.recorder
            .append_row(MetricRow::event(step, "finished", reason));
        self.recorder.flush()?;
        Ok(RunState::Finished)
    }
}

/// Restores the trainer from a checkpoint and removes later checkpoints. Returns
/// the seconds of work so far and the held-out scores of the weights.
fn restore(
    run: &RunDir,
    latest: &Checkpoint,
    trainer: &mut Trainer,
) -> Result<(f64, Option<Scores>)> {
    trainer.restore(&trainer_state::load(&latest.path)?)?;
    let metadata = latest.metadata()?;
    trainer.set_hyperparameters(Some(metadata.learning_rate), Some(metadata.noise))?;
    checkpoint::rewind(run, latest.step)?;
    let seconds = Some(metadata.seconds).filter(|seconds| seconds.is_finite());
    Ok((seconds.unwrap_or_default(), metadata.held_out))
}

/// The preview's faces under the trainer's current noise.
fn preview_set(trainer: &Trainer) -> PreviewSet {
    let spec = trainer.spec();
    PreviewSet::choose(trainer.faces(), trainer.split(), spec.noise, spec.seed)
}
