//! One worker's session at a run: between the steps of the trainer it writes
//! down what happened, saves, shows, and does what those who watch want.

mod anomaly;
mod checkpointing;
mod recorder;

use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::DeviceLocation;

use self::recorder::{Anomaly, PendingActions, StepRecorder};
use super::checkpoint;
use super::eta::EtaEstimator;
use super::metrics_log::{MetricRow, MetricsLog};
use super::preview::{self, PreviewSet};
use super::retention::Policy;
use super::spike_detector::SpikeDetector;
use super::status::Phase;
use super::telemetry::Telemetry;
use super::worker::{Observer, WorkerOptions};
use super::worker_state::WorkerState;
use super::{Desired, RunDir};
use crate::error::Result;
use crate::training::{Flow, Outcome, Scores, Trainer, checkpoint as saved};

/// Previews come at most this often,
const MIN_PREVIEW_INTERVAL: Duration = Duration::from_secs(1);
/// and take at most one part in this many of the time.
const PREVIEW_COST_FACTOR: u32 = 100;

/// A training session.
pub(super) struct Session<'a> {
    run: &'a RunDir,
    trainer: Trainer,
    options: WorkerOptions,
    observer: Observer<'a>,
    recorder: StepRecorder<'a>,
    preview_set: PreviewSet,
    preview_duration: Duration,
    last_preview: Option<Instant>,
    retention: Policy,
    /// `rollback_seq` that has been done.
    rollback_seq: u64,
    /// Held-out scores of the weights after a step.
    last_scores: Option<(u64, Scores)>,
}

/// What came of a step that cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Stop,
    Continue,
    RolledBack,
}

impl<'a> Session<'a> {
    /// Goes on from the latest checkpoint, if there is one.
    pub(super) fn start(
        run: &'a RunDir,
        mut trainer: Trainer,
        manner: WorkerOptions,
        board: &'a Arc<WorkerState>,
        listen: Observer<'a>,
    ) -> Result<Self> {
        let mut seconds = 0.0;
        let mut scores = None;
        let latest = checkpoint::latest(run);
        let mut log = MetricsLog::open(run)?;
        if let Some(latest) = &latest {
            trainer.restore(&saved::load(&latest.path)?)?;
            let record = latest.metadata()?;
            trainer.set_hyperparameters(Some(record.learning_rate), Some(record.noise))?;
            seconds = Some(record.seconds)
                .filter(|seconds| seconds.is_finite())
                .unwrap_or_default();
            scores = record.held_out;
            // Later ones are of a time line that ends here.
            checkpoint::rewind(run, latest.step)?;
            preview::rewind(run, latest.step)?;
            log.append(&MetricRow {
                resumed_at: Some(latest.step),
                ..MetricRow::event(latest.step, "resumed", None)
            })?;
        } else {
            preview::rewind(run, 0)?;
            log.append(&MetricRow {
                resumed_at: Some(0),
                ..MetricRow::event(0, "started", None)
            })?;
        }
        let best = checkpoint::find_best(run);
        let spec = trainer.spec();
        let sitters = PreviewSet::choose(trainer.faces(), trainer.split(), spec.noise, spec.seed);
        let (step, epochs) = (trainer.steps_done(), trainer.epochs());
        board.publish(|status| {
            status.stage = None;
            status.step = step;
            status.steps = trainer.total_steps();
            status.epoch = (step.div_ceil(trainer.steps_per_epoch())) as u32;
            status.epochs = epochs;
            status.seconds = seconds;
            // A run that begins anew has no scores yet.
            status.held_out = scores.or(status.held_out.filter(|_| latest.is_some()));
            status.best = best;
            status.checkpoint = latest.map(|latest| latest.step);
            status.noise = Some(spec.noise.to_string());
        });
        let telemetry = match trainer.model().device().location() {
            DeviceLocation::Cuda { gpu_id } => Telemetry::for_gpu(gpu_id),
            _ => None,
        };
        let now = Instant::now();
        Ok(Self {
            run,
            options: manner,
            observer: listen,
            recorder: StepRecorder {
                state: board,
                log,
                unwritten_rows: Vec::new(),
                eta: EtaEstimator::default(),
                spike_detector: SpikeDetector::default(),
                checkpoint_every: spec.checkpoint_every,
                batch_size: u64::from(spec.batch_size),
                pictures_per_epoch: trainer.split().training.len() as u64,
                step_began: now,
                seconds,
                learning_rate: f64::NAN,
                throughput_logged: now,
                telemetry,
                control_version: 0, // look at the wish before the first step
                last_checkpoint: now,
                best,
                pending: PendingActions::default(),
            },
            preview_set: sitters,
            preview_duration: Duration::ZERO,
            last_preview: None,
            retention: Policy::default(),
            rollback_seq: board.control_state().control.rollback_seq,
            last_scores: scores.map(|scores| (step, scores)),
            trainer,
        })
    }

    /// Trains to the end, or until somebody stops it.
    pub(super) fn train(mut self) -> Result<Phase> {
        // Wishes and knobs that came before there was a worker.
        if self.handle_control()? {
            return Ok(Phase::Stopped);
        }
        loop {
            self.recorder.step_began = Instant::now();
            let preview_at = self.next_preview_at();
            let (desk, listen) = (&mut self.recorder, &mut *self.observer);
            let outcome = self.trainer.run(&mut |report| {
                desk.record_step(report, listen);
                let flow = desk.pending.any() || Instant::now() >= preview_at;
                Ok(if flow {
                    Flow::Checkpoint
                } else {
                    Flow::Continue
                })
            })?;
            let stop = match outcome {
                Outcome::Finished => return self.finish(),
                Outcome::Checkpoint | Outcome::Stopped => self.handle_pending_actions()?,
                Outcome::Diverged { step, .. } => {
                    let diverged = Anomaly {
                        step,
                        loss: None,
                        baseline: None,
                    };
                    self.handle_anomaly(diverged)? == Decision::Stop
                }
            };
            if stop {
                return Ok(Phase::Stopped);
            }
        }
    }

    /// What fell due with the last step; whether to stop.
    fn handle_pending_actions(&mut self) -> Result<bool> {
        let mut due = std::mem::take(&mut self.recorder.pending);
        if due.may_write_checkpoint() && due.anomaly.is_none() {
            due.anomaly = self.check_weights()?;
        }
        // Before anything that saves, room on the disk or not.
        if let Some(suspect) = due.anomaly {
            match self.handle_anomaly(suspect)? {
                Decision::Stop => return Ok(true),
                Decision::RolledBack => return Ok(false),
                Decision::Continue => {}
            }
        }
        if let Some(error) = due.log_error {
            self.pause_until_saved(error)?;
        }
        let mut after_epoch = false;
        if let Some((epoch, scores)) = due.epoch_end {
            self.last_scores = scores.map(|scores| (self.trainer.steps_done(), scores));
            self.update_preview(true);
            let every = self.recorder.checkpoint_every;
            let last = self.trainer.is_done();
            after_epoch = self.recorder.state.control_state().desired() == Desired::StopAfterEpoch;
            if last || after_epoch || (every > 0 && epoch.is_multiple_of(every)) {
                self.save_checkpoint()?;
            }
        } else {
            if due.checkpoint {
                self.save_checkpoint()?;
            }
            if self.next_preview_at() <= Instant::now() {
                self.update_preview(false);
            }
        }
        if after_epoch {
            return if self.trainer.is_done() {
                Ok(false)
            } else {
                self.mark_stopped().map(|()| true)
            };
        }
        if due.control_changed {
            return self.handle_control();
        }
        Ok(false)
    }

    /// Does what those who watch want; whether to stop.
    fn handle_control(&mut self) -> Result<bool> {
        loop {
            let version = self.recorder.state.control_version();
            let wish = self.recorder.state.control_state();
            self.recorder.control_version = version;
            if wish.run_removed {
                return Ok(true);
            }
            self.apply_overrides()?;
            let control = wish.control;
            if control.checkpoint_seq > self.recorder.state.status().checkpoint_seq {
                self.save_checkpoint_if_needed()?;
                self.recorder.state.publish(|status| {
                    status.checkpoint_seq = control.checkpoint_seq;
                });
            }
            if control.rollback_seq > self.rollback_seq {
                self.roll_back()?;
            }
            match wish.desired() {
                Desired::Stop => {
                    self.recorder.state.publish(|status| {
                        status.state = Phase::Stopping;
                        status.control_seq = control.seq;
                    });
                    self.save_checkpoint_if_needed()?;
                    self.mark_stopped()?;
                    return Ok(true);
                }
                Desired::Pause => {
                    if self.recorder.state.status().state != Phase::Paused {
                        self.save_checkpoint_if_needed()?;
                        self.transition(Phase::Paused, "paused", None)?;
                    }
                    self.recorder
                        .state
                        .publish(|status| status.control_seq = control.seq);
                    self.recorder.state.wait_for_change(version);
                }
                Desired::Run | Desired::StopAfterEpoch => {
                    let paused = self.recorder.state.status().state == Phase::Paused;
                    if paused {
                        self.transition(Phase::Running, "continued", None)?;
                    }
                    let phase = match wish.desired() {
                        Desired::Run => Phase::Running,
                        _ => Phase::Stopping,
                    };
                    self.recorder.state.publish(|status| {
                        status.state = phase;
                        status.control_seq = control.seq;
                    });
                    self.recorder.step_began = Instant::now();
                    return Ok(false);
                }
            }
        }
    }

    /// Changes the state and says so in the metrics.
    fn transition(&mut self, phase: Phase, event: &str, detail: Option<String>) -> Result<()> {
        self.recorder.state.publish(|status| {
            status.state = phase;
            status.seconds_left = None;
            status.images_per_s = None;
            if phase == Phase::Running {
                status.error = None;
                status.trouble = None;
            }
        });
        let step = self.trainer.steps_done();
        tracing::info!(step, "run {event}: {}", detail.as_deref().unwrap_or("-"));
        self.recorder
            .append_row(MetricRow::event(step, event, detail));
        Ok(())
    }

    fn mark_stopped(&mut self) -> Result<()> {
        self.transition(Phase::Stopping, "stopped", None)
    }

    /// Live knobs. A checkpoint follows, so that a resume goes on from the
    /// same step with the same values.
    fn apply_overrides(&mut self) -> Result<()> {
        let control = self.recorder.state.control_state().control;
        let spec = self.trainer.spec();
        let rate = control
            .learning_rate
            .filter(|&rate| rate != spec.optimizer.learning_rate);
        let noise = control.noise.filter(|&noise| noise != spec.noise);
        if rate.is_none() && noise.is_none() {
            return Ok(());
        }
        self.trainer.set_hyperparameters(rate, noise)?;
        let step = self.trainer.steps_done();
        if let Some(rate) = rate {
            let row = MetricRow::event(step, "learning-rate", Some(rate.to_string()));
            self.recorder.append_row(row);
        }
        if let Some(noise) = noise {
            let row = MetricRow::event(step, "noise", Some(noise.to_string()));
            self.recorder.append_row(row);
            let spec = self.trainer.spec();
            let (faces, split) = (self.trainer.faces(), self.trainer.split());
            self.preview_set = PreviewSet::choose(faces, split, spec.noise, spec.seed);
            self.recorder
                .state
                .publish(|status| status.noise = Some(noise.to_string()));
        }
        if step > 0 && !self.has_anomaly() {
            self.save_checkpoint()?;
        }
        Ok(())
    }

    fn has_anomaly(&self) -> bool {
        self.recorder.state.status().trouble.is_some()
    }

    fn next_preview_at(&self) -> Instant {
        let pause = MIN_PREVIEW_INTERVAL.max(self.preview_duration * PREVIEW_COST_FACTOR);
        match self.last_preview {
            Some(last) => last + pause,
            None => Instant::now(), // after the very first step
        }
    }

    /// Renews the preview; one that fails is only a picture less.
    fn update_preview(&mut self, ends_epoch: bool) {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        if self.run.exists()
            && let Ok(preview) = self.preview_set.render(self.trainer.model(), step)
        {
            let _ = preview.write(&self.run.preview_path());
            if ends_epoch {
                let _ = preview::archive(self.run, &preview);
                self.write_worst_preview(step);
            }
        }
        self.preview_duration = began.elapsed();
        self.last_preview = Some(Instant::now());
        self.recorder.add_other_work(began.elapsed());
    }

    fn write_worst_preview(&self, step: u64) {
        let spec = self.trainer.spec();
        let (faces, rows) = (self.trainer.faces(), self.trainer.worst_held_out());
        if rows.is_empty() {
            return;
        }
        let sitters = PreviewSet::held_out(faces, rows, spec.noise, spec.seed);
        if let Ok(preview) = sitters.render(self.trainer.model(), step) {
            let _ = preview.write(&self.run.worst_preview_path());
        }
    }

    fn finish(&mut self) -> Result<Phase> {
        // A run that had been finished before has nothing new to save.
        self.save_checkpoint_if_needed()?;
        self.check_divergence()?;
        let step = self.trainer.steps_done();
        let why = self.trainer.is_out_of_patience().then(|| {
            let epochs = self.trainer.spec().patience;
            format!("no better held-out error for {epochs} epochs")
        });
        self.recorder
            .append_row(MetricRow::event(step, "finished", why));
        self.recorder.flush()?;
        Ok(Phase::Finished)
    }
}
