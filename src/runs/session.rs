//! One worker's session at a run: between the steps of the trainer it writes
//! down what happened, saves, shows, and does what those who watch want.

mod desk;
mod saving;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::DeviceLocation;

use self::desk::{Desk, Due, Suspect};
use super::board::Board;
use super::checkpoint;
use super::guard::Guard;
use super::metrics_log::{MetricRow, MetricsLog};
use super::pace::Pace;
use super::preview::{self, Sitters};
use super::retention::Policy;
use super::status::Phase;
use super::telemetry::Telemetry;
use super::worker::{Listener, Manner};
use super::{Desired, RunDir};
use crate::error::Result;
use crate::training::{Flow, Outcome, Scores, Trainer, checkpoint as saved};

/// Previews come at most this often,
const PREVIEW_EVERY: Duration = Duration::from_secs(1);
/// and take at most one part in this many of the time.
const PREVIEW_SHARE: u32 = 100;

/// A training session.
pub(super) struct Session<'a> {
    run: &'a RunDir,
    trainer: Trainer,
    manner: Manner,
    listen: Listener<'a>,
    desk: Desk<'a>,
    sitters: Sitters,
    preview_cost: Duration,
    previewed: Option<Instant>,
    policy: Policy,
    /// `rollback_seq` that has been done.
    rolled_back: u64,
    /// Held-out scores of the weights after a step.
    scores: Option<(u64, Scores)>,
}

/// What came of a step that cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Stop,
    GoOn,
    WentBack,
}

impl<'a> Session<'a> {
    /// Goes on from the latest checkpoint, if there is one.
    pub(super) fn begin(
        run: &'a RunDir,
        mut trainer: Trainer,
        manner: Manner,
        board: &'a Arc<Board>,
        listen: Listener<'a>,
    ) -> Result<Self> {
        let mut seconds = 0.0;
        let mut scores = None;
        let latest = checkpoint::latest(run);
        let mut log = MetricsLog::open(run)?;
        match &latest {
            Some(latest) => {
                trainer.restore(&saved::load(&latest.path)?)?;
                let record = latest.record()?;
                trainer.turn(Some(record.learning_rate), Some(record.noise))?;
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
            }
            None => {
                preview::rewind(run, 0)?;
                log.append(&MetricRow {
                    resumed_at: Some(0),
                    ..MetricRow::event(0, "started", None)
                })?;
            }
        }
        let best = checkpoint::find_best(run);
        let spec = trainer.spec();
        let sitters = Sitters::choose(trainer.faces(), trainer.split(), spec.noise, spec.seed);
        let (step, epochs) = (trainer.steps_done(), trainer.epochs());
        board.announce(|status| {
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
            DeviceLocation::Cuda { gpu_id } => Telemetry::of(gpu_id),
            _ => None,
        };
        let now = Instant::now();
        Ok(Self {
            run,
            manner,
            listen,
            desk: Desk {
                board,
                log,
                unlogged: Vec::new(),
                pace: Pace::default(),
                guard: Guard::default(),
                checkpoint_every: spec.checkpoint_every,
                batch_size: u64::from(spec.batch_size),
                pictures: trainer.split().training.len() as u64,
                mark: now,
                seconds,
                learning_rate: f64::NAN,
                rate_logged: now,
                telemetry,
                version: 0, // look at the wish before the first step
                checkpointed: now,
                best,
                due: Due::default(),
            },
            sitters,
            preview_cost: Duration::ZERO,
            previewed: None,
            policy: Policy::default(),
            rolled_back: board.wish().control.rollback_seq,
            scores: scores.map(|scores| (step, scores)),
            trainer,
        })
    }

    /// Trains to the end, or until somebody stops it.
    pub(super) fn train(mut self) -> Result<Phase> {
        // Wishes and knobs that came before there was a worker.
        if self.attend()? {
            return Ok(Phase::Stopped);
        }
        loop {
            self.desk.mark = Instant::now();
            let preview_at = self.preview_at();
            let (desk, listen) = (&mut self.desk, &mut *self.listen);
            let outcome = self.trainer.run(&mut |report| {
                desk.observe(report, listen);
                let flow = desk.due.anything() || Instant::now() >= preview_at;
                Ok(if flow {
                    Flow::Checkpoint
                } else {
                    Flow::Continue
                })
            })?;
            let stop = match outcome {
                Outcome::Finished => return self.finish(),
                Outcome::Checkpoint | Outcome::Stopped => self.between_steps()?,
                Outcome::Diverged { step, .. } => {
                    let diverged = Suspect {
                        step,
                        loss: None,
                        usual: None,
                    };
                    self.pause_over(diverged)? == Decision::Stop
                }
            };
            if stop {
                return Ok(Phase::Stopped);
            }
        }
    }

    /// What fell due with the last step; whether to stop.
    fn between_steps(&mut self) -> Result<bool> {
        let mut due = std::mem::take(&mut self.desk.due);
        if due.may_save() && due.suspect.is_none() {
            due.suspect = self.unsound_weights()?;
        }
        // Before anything that saves, room on the disk or not.
        if let Some(suspect) = due.suspect {
            match self.pause_over(suspect)? {
                Decision::Stop => return Ok(true),
                Decision::WentBack => return Ok(false),
                Decision::GoOn => {}
            }
        }
        if let Some(error) = due.full_disk {
            self.pause_until_saved(error)?;
        }
        let mut after_epoch = false;
        if let Some((epoch, scores)) = due.epoch_end {
            self.scores = scores.map(|scores| (self.trainer.steps_done(), scores));
            self.preview(true);
            let every = self.desk.checkpoint_every;
            let last = self.trainer.is_done();
            after_epoch = self.desk.board.wish().desired() == Desired::StopAfterEpoch;
            if last || after_epoch || (every > 0 && epoch.is_multiple_of(every)) {
                self.checkpoint()?;
            }
        } else {
            if due.checkpoint {
                self.checkpoint()?;
            }
            if self.preview_at() <= Instant::now() {
                self.preview(false);
            }
        }
        if after_epoch {
            return if self.trainer.is_done() {
                Ok(false)
            } else {
                self.stopped().map(|()| true)
            };
        }
        if due.attention {
            return self.attend();
        }
        Ok(false)
    }

    /// Does what those who watch want; whether to stop.
    fn attend(&mut self) -> Result<bool> {
        loop {
            let version = self.desk.board.version();
            let wish = self.desk.board.wish();
            self.desk.version = version;
            if wish.removed {
                return Ok(true);
            }
            self.turn_knobs()?;
            let control = wish.control;
            if control.checkpoint_seq > self.desk.board.status().checkpoint_seq {
                self.checkpoint_unless_saved()?;
                self.desk.board.announce(|status| {
                    status.checkpoint_seq = control.checkpoint_seq;
                });
            }
            if control.rollback_seq > self.rolled_back {
                self.roll_back()?;
            }
            match wish.desired() {
                Desired::Stop => {
                    self.desk.board.announce(|status| {
                        status.state = Phase::Stopping;
                        status.control_seq = control.seq;
                    });
                    self.checkpoint_unless_saved()?;
                    self.stopped()?;
                    return Ok(true);
                }
                Desired::Pause => {
                    if self.desk.board.status().state != Phase::Paused {
                        self.checkpoint_unless_saved()?;
                        self.enter(Phase::Paused, "paused", None)?;
                    }
                    self.desk
                        .board
                        .announce(|status| status.control_seq = control.seq);
                    self.desk.board.wait_beyond(version);
                }
                Desired::Run | Desired::StopAfterEpoch => {
                    let paused = self.desk.board.status().state == Phase::Paused;
                    if paused {
                        self.enter(Phase::Running, "continued", None)?;
                    }
                    let phase = match wish.desired() {
                        Desired::Run => Phase::Running,
                        _ => Phase::Stopping,
                    };
                    self.desk.board.announce(|status| {
                        status.state = phase;
                        status.control_seq = control.seq;
                    });
                    self.desk.mark = Instant::now();
                    return Ok(false);
                }
            }
        }
    }

    /// Changes the state and says so in the metrics.
    fn enter(&mut self, phase: Phase, event: &str, detail: Option<String>) -> Result<()> {
        self.desk.board.announce(|status| {
            status.state = phase;
            status.seconds_left = None;
            status.images_per_s = None;
            if phase == Phase::Running {
                status.error = None;
                status.trouble = None;
            }
        });
        let step = self.trainer.steps_done();
        self.desk.note(MetricRow::event(step, event, detail));
        Ok(())
    }

    fn stopped(&mut self) -> Result<()> {
        self.enter(Phase::Stopping, "stopped", None)
    }

    /// Live knobs. A checkpoint follows, so that a resume goes on from the
    /// same step with the same values.
    fn turn_knobs(&mut self) -> Result<()> {
        let control = self.desk.board.wish().control;
        let spec = self.trainer.spec();
        let rate = control
            .learning_rate
            .filter(|&rate| rate != spec.optimizer.learning_rate);
        let noise = control.noise.filter(|&noise| noise != spec.noise);
        if rate.is_none() && noise.is_none() {
            return Ok(());
        }
        self.trainer.turn(rate, noise)?;
        let step = self.trainer.steps_done();
        if let Some(rate) = rate {
            let row = MetricRow::event(step, "learning-rate", Some(rate.to_string()));
            self.desk.note(row);
        }
        if let Some(noise) = noise {
            let row = MetricRow::event(step, "noise", Some(noise.to_string()));
            self.desk.note(row);
            let spec = self.trainer.spec();
            let (faces, split) = (self.trainer.faces(), self.trainer.split());
            self.sitters = Sitters::choose(faces, split, spec.noise, spec.seed);
            self.desk
                .board
                .announce(|status| status.noise = Some(noise.to_string()));
        }
        if step > 0 && !self.is_troubled() {
            self.checkpoint()?;
        }
        Ok(())
    }

    fn is_troubled(&self) -> bool {
        self.desk.board.status().trouble.is_some()
    }

    fn preview_at(&self) -> Instant {
        let pause = PREVIEW_EVERY.max(self.preview_cost * PREVIEW_SHARE);
        match self.previewed {
            Some(last) => last + pause,
            None => Instant::now(), // after the very first step
        }
    }

    /// Renews the preview; one that fails is only a picture less.
    fn preview(&mut self, ends_epoch: bool) {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        if self.run.exists()
            && let Ok(preview) = self.sitters.portray(self.trainer.model(), step)
        {
            let _ = preview.write(&self.run.preview_file());
            if ends_epoch {
                let _ = preview::keep(self.run, &preview);
                self.show_worst(step);
            }
        }
        self.preview_cost = began.elapsed();
        self.previewed = Some(Instant::now());
        self.desk.spend(began.elapsed());
    }

    fn show_worst(&self, step: u64) {
        let spec = self.trainer.spec();
        let (faces, rows) = (self.trainer.faces(), self.trainer.worst_held_out());
        if rows.is_empty() {
            return;
        }
        let sitters = Sitters::held_out(faces, rows, spec.noise, spec.seed);
        if let Ok(preview) = sitters.portray(self.trainer.model(), step) {
            let _ = preview.write(&self.run.worst_file());
        }
    }

    fn finish(&mut self) -> Result<Phase> {
        // A run that had been finished before has nothing new to save.
        self.checkpoint_unless_saved()?;
        self.judge_the_end()?;
        let step = self.trainer.steps_done();
        let why = self.trainer.is_out_of_patience().then(|| {
            let epochs = self.trainer.spec().patience;
            format!("no better held-out error for {epochs} epochs")
        });
        self.desk.note(MetricRow::event(step, "finished", why));
        self.desk.flush()?;
        Ok(Phase::Finished)
    }
}
