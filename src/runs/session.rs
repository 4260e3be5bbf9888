//! One worker's session at a run: between the steps of the trainer it writes
//! down what happened, saves, shows, and does what those who watch want.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::board::Board;
use super::checkpoint::{self, Record};
use super::guard::{Guard, Verdict};
use super::metrics_log::{MetricRow, MetricsLog};
use super::pace::{Pace, Remaining};
use super::preview::{self, Sitters};
use super::retention::{self, Policy};
use super::status::{Best, Phase, Trouble};
use super::worker::{Listener, Manner, News};
use super::{Desired, RunDir};
use crate::error::{Error, Result};
use crate::training::{Flow, Outcome, Scores, StepReport, Trainer, checkpoint as saved};

/// Work is saved at least this often, however long an epoch is.
const LONGEST_UNSAVED: Duration = Duration::from_secs(600);
/// Previews come at most this often,
const PREVIEW_EVERY: Duration = Duration::from_secs(1);
/// and take at most one part in this many of the time.
const PREVIEW_SHARE: u32 = 100;
/// The rate becomes a point of its curve this often.
const RATE_EVERY: Duration = Duration::from_secs(1);

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

/// What the observer needs while the trainer has the model.
struct Desk<'a> {
    board: &'a Arc<Board>,
    log: MetricsLog,
    /// Rows that did not get through to a full disk.
    unlogged: Vec<MetricRow>,
    pace: Pace,
    guard: Guard,
    checkpoint_every: u32,
    batch_size: u64,
    /// Pictures in an epoch.
    pictures: u64,
    /// Begin of the step at hand.
    mark: Instant,
    /// Work so far, pauses left out.
    seconds: f64,
    learning_rate: f64,
    rate_logged: Instant,
    version: u64,
    checkpointed: Instant,
    best: Option<Best>,
    /// What the observer found to do once the trainer returns.
    due: Due,
}

#[derive(Default)]
struct Due {
    epoch_end: Option<(u32, Option<Scores>)>,
    checkpoint: bool,
    attention: bool,
    trouble: Option<Trouble>,
    full_disk: Option<Error>,
}

impl Due {
    fn anything(&self) -> bool {
        self.epoch_end.is_some()
            || self.checkpoint
            || self.attention
            || self.trouble.is_some()
            || self.full_disk.is_some()
    }
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
                (seconds, scores) = (record.seconds, record.held_out);
                // Later ones are of a time line that ends here.
                checkpoint::rewind(run, latest.step)?;
                log.append(&MetricRow {
                    resumed_at: Some(latest.step),
                    ..MetricRow::event(latest.step, "resumed", None)
                })?;
            }
            None => log.append(&MetricRow {
                resumed_at: Some(0),
                ..MetricRow::event(0, "started", None)
            })?,
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
            status.held_out = scores.or(status.held_out);
            status.best = best;
            status.checkpoint = latest.map(|latest| latest.step);
            status.noise = Some(spec.noise.to_string());
        });
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
                    self.pause_over(self.trouble(step, None, None))? == Decision::Stop
                }
            };
            if stop {
                return Ok(Phase::Stopped);
            }
        }
    }

    /// What fell due with the last step; whether to stop.
    fn between_steps(&mut self) -> Result<bool> {
        let due = std::mem::take(&mut self.desk.due);
        if let Some(error) = due.full_disk {
            self.pause_until_saved(error)?;
        }
        if let Some(trouble) = due.trouble {
            let trouble = self.trouble(trouble.step, trouble.loss, trouble.usual);
            match self.pause_over(trouble)? {
                Decision::Stop => return Ok(true),
                Decision::WentBack => return Ok(false),
                Decision::GoOn => {}
            }
        }
        let mut after_epoch = false;
        if let Some((epoch, scores)) = due.epoch_end {
            self.scores = scores.map(|scores| (self.trainer.steps_done(), scores));
            self.preview(true);
            let every = self.desk.checkpoint_every;
            let last = epoch == self.trainer.epochs();
            after_epoch = self.desk.board.wish().desired() == Desired::StopAfterEpoch;
            if last || after_epoch || (every > 0 && epoch % every == 0) {
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
            let done = self.trainer.steps_done() == self.trainer.total_steps();
            return if done {
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

    /// A checkpoint, unless this very step is saved already, or must not be.
    fn checkpoint_unless_saved(&mut self) -> Result<()> {
        let step = self.trainer.steps_done();
        let saved = self.desk.board.status().checkpoint == Some(step);
        if step == 0 || saved || self.is_troubled() {
            return Ok(());
        }
        self.checkpoint()
    }

    /// Saves. When that fails the run pauses until it succeeds: training on
    /// unsaved for hours would be worse.
    fn checkpoint(&mut self) -> Result<()> {
        if let Err(error) = self.try_checkpoint() {
            if self.desk.board.wish().removed || !self.run.exists() {
                return Err(error);
            }
            self.pause_until_saved(error)?;
        }
        Ok(())
    }

    fn try_checkpoint(&mut self) -> Result<()> {
        let began = Instant::now();
        let step = self.trainer.steps_done();
        let held_out = self
            .scores
            .filter(|(at, _)| *at == step)
            .map(|(_, scores)| scores);
        let spec = self.trainer.spec();
        self.desk.flush()?;
        self.desk.log.sync()?;
        let record = Record {
            step,
            epoch: (step / self.trainer.steps_per_epoch()) as u32,
            seconds: self.desk.seconds,
            learning_rate: spec.optimizer.learning_rate,
            noise: spec.noise,
            held_out,
        };
        let best = held_out
            .filter(|new| {
                let old = self.desk.best.as_ref();
                new.mse.is_finite() && old.is_none_or(|old| new.mse < old.held_out.mse)
            })
            .map(|held_out| Best {
                step,
                epoch: record.epoch,
                held_out,
            });
        checkpoint::write(self.run, &self.trainer, &record, best.is_some())?;
        self.desk.best = best.or(self.desk.best);
        let best = self.desk.best;
        let steps: Vec<u64> = checkpoint::all(self.run)
            .iter()
            .map(|one| one.step)
            .collect();
        let actions = retention::plan(self.policy, &steps, best.map(|best| best.step));
        checkpoint::carry_out(self.run, &actions)?;
        self.desk.checkpointed = Instant::now();
        self.desk.pace.checkpoint(began.elapsed());
        self.desk.spend(began.elapsed());
        self.desk.board.update(|status| {
            status.checkpoint = Some(step);
            status.best = best;
        });
        Ok(())
    }

    fn pause_until_saved(&mut self, mut error: Error) -> Result<()> {
        loop {
            let text = format!(
                "{error}. Nothing was lost: the run waits in memory. When that is put right: \
                 lfw-tui runs resume {}",
                self.run.id()
            );
            (self.listen)(News::Note(&text));
            self.desk.board.announce(|status| {
                status.state = Phase::Paused;
                status.error = Some(text.clone());
                status.seconds_left = None;
            });
            let before = self.desk.board.wish();
            loop {
                let version = self.desk.board.version();
                let wish = self.desk.board.wish();
                self.desk
                    .board
                    .update(|status| status.control_seq = wish.control.seq);
                if wish.removed {
                    return Err(error);
                }
                let anew = wish.control.seq > before.control.seq || wish.interrupted;
                if anew && wish.desired() != Desired::Pause {
                    break;
                }
                self.desk.board.wait_beyond(version);
            }
            match self.try_checkpoint() {
                Ok(()) => break,
                Err(again) if self.desk.board.wish().desired() == Desired::Stop => {
                    return Err(again);
                }
                Err(again) => error = again,
            }
        }
        self.desk.mark = Instant::now();
        self.enter(Phase::Running, "continued", None)
    }

    fn trouble(&self, step: u64, loss: Option<f64>, usual: Option<f64>) -> Trouble {
        let mut pictures = self.trainer.pictures_of(step);
        pictures.truncate(16);
        Trouble {
            step,
            loss,
            usual,
            pictures,
            rollback_to: checkpoint::latest(self.run).map(|latest| latest.step),
        }
    }

    /// Over a step that cannot be trusted: waits for somebody to decide, or,
    /// in the foreground, fails.
    fn pause_over(&mut self, trouble: Trouble) -> Result<Decision> {
        let what = match (trouble.loss, trouble.usual) {
            (Some(loss), Some(usual)) => format!(
                "the loss jumped from about {usual:.5} to {loss:.5} at step {}",
                trouble.step
            ),
            _ => format!("the loss is not a number at step {}", trouble.step),
        };
        let from = match trouble.rollback_to {
            Some(step) => format!("the checkpoint of step {step}"),
            None => "the beginning".to_string(),
        };
        let id = self.run.id();
        let rate = self.trainer.spec().optimizer.learning_rate / 2.0;
        let advice = format!(
            "{what}; nothing of it was saved. Go on from {from} with a lower rate: \
             lfw-tui runs resume {id} --rollback --lr {rate}"
        );
        let row = MetricRow::event(trouble.step, "trouble", Some(what.clone()));
        self.desk.note(row);
        if !self.manner.detached {
            self.desk
                .board
                .update(|status| status.trouble = Some(trouble.clone()));
            return Err(Error::invalid(format!("run {id}"), advice));
        }
        self.desk.board.announce(|status| {
            status.state = Phase::Paused;
            status.error = Some(advice.clone());
            status.trouble = Some(trouble.clone());
            status.seconds_left = None;
        });
        let before = self.desk.board.wish().control.seq;
        let mut decision = Decision::GoOn;
        loop {
            let version = self.desk.board.version();
            let wish = self.desk.board.wish();
            let control = wish.control;
            self.desk.version = version;
            self.desk
                .board
                .announce(|status| status.control_seq = control.seq);
            if wish.removed || wish.desired() == Desired::Stop {
                self.stopped()?;
                return Ok(Decision::Stop);
            }
            self.turn_knobs()?;
            if control.rollback_seq > self.rolled_back {
                self.roll_back()?;
                decision = Decision::WentBack;
                break;
            }
            if control.seq > before && wish.desired() != Desired::Pause {
                break;
            }
            self.desk.board.wait_beyond(version);
        }
        self.desk.guard = Guard::default();
        self.desk.mark = Instant::now();
        self.enter(Phase::Running, "continued", None)?;
        Ok(decision)
    }

    /// Back to the last good checkpoint.
    fn roll_back(&mut self) -> Result<()> {
        self.rolled_back = self.desk.board.wish().control.rollback_seq;
        let latest = checkpoint::latest(self.run);
        let spec = self.trainer.spec().clone();
        let step = match &latest {
            Some(latest) => {
                self.trainer.restore(&saved::load(&latest.path)?)?;
                latest.step
            }
            None => {
                // No checkpoint yet: the beginning is a function of the seed.
                let device = self.trainer.model().device().clone();
                let (faces, split) = (self.trainer.faces().clone(), self.trainer.split().clone());
                self.trainer = Trainer::new(spec, faces, split, device)?;
                0
            }
        };
        self.desk.note(MetricRow {
            resumed_at: Some(step),
            ..MetricRow::event(step, "rolled-back", None)
        });
        self.desk.guard = Guard::default();
        self.desk.board.announce(|status| {
            status.step = step;
            status.error = None;
            status.trouble = None;
        });
        Ok(())
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
            }
        }
        self.preview_cost = began.elapsed();
        self.previewed = Some(Instant::now());
        self.desk.spend(began.elapsed());
    }

    fn finish(&mut self) -> Result<Phase> {
        // A run that had been finished before has nothing new to save.
        self.checkpoint_unless_saved()?;
        let step = self.trainer.steps_done();
        self.desk.note(MetricRow::event(step, "finished", None));
        self.desk.flush()?;
        Ok(Phase::Finished)
    }
}

impl Desk<'_> {
    /// Writes a step down and finds out what is due after it.
    fn observe(&mut self, report: &StepReport, listen: &mut dyn FnMut(News<'_>)) {
        let took = self.mark.elapsed();
        self.time(took, report);
        self.seconds += took.as_secs_f64();
        let loss = Some(f64::from(report.loss)).filter(|loss| loss.is_finite());
        let images_per_s = self.pace.images_per_s();
        let seconds_left = self.pace.seconds_left(self.remaining(report));
        let seconds = self.seconds;
        self.board.update(|status| {
            status.step = report.step;
            status.steps = report.total_steps;
            status.epoch = report.epoch;
            status.epochs = report.epochs;
            status.loss = loss;
            status.learning_rate = Some(report.learning_rate);
            status.held_out = report.held_out.or(status.held_out);
            status.images_per_s = images_per_s;
            status.seconds_left = seconds_left;
            status.seconds = seconds;
        });
        self.log_step(report, loss, images_per_s);
        let ends_epoch = report.step.is_multiple_of(report.steps_per_epoch);
        if ends_epoch {
            self.due.epoch_end = Some((report.epoch, report.held_out));
        }
        self.due.checkpoint = self.checkpointed.elapsed() > LONGEST_UNSAVED;
        self.due.attention = self.board.version() != self.version;
        if let Some(loss) = loss
            && let Verdict::Spike(usual) = self.guard.judge(loss)
        {
            self.due.trouble = Some(Trouble {
                step: report.step,
                loss: Some(loss),
                usual: Some(usual),
                pictures: Vec::new(),
                rollback_to: None,
            });
        }
        listen(News::Step {
            report,
            images_per_s,
            seconds_left,
        });
        self.mark = Instant::now();
    }

    /// Tells a step's time from the evaluation's that came with it.
    fn time(&mut self, took: Duration, report: &StepReport) {
        let within = (report.step - 1) % report.steps_per_epoch;
        let pictures = self
            .batch_size
            .min(self.pictures - within * self.batch_size);
        if report.held_out.is_none() {
            self.pace.step(took, pictures);
            return;
        }
        let step = self.pace.step_seconds().unwrap_or_default();
        self.pace
            .evaluation(took.saturating_sub(Duration::from_secs_f64(step)));
    }

    fn remaining(&self, report: &StepReport) -> Remaining {
        let epochs = u64::from(report.epochs) - report.step / report.steps_per_epoch;
        Remaining {
            steps: report.total_steps - report.step,
            evaluations: epochs,
            checkpoints: match u64::from(self.checkpoint_every) {
                0 => 1,
                every => epochs.div_ceil(every),
            },
        }
    }

    fn log_step(&mut self, report: &StepReport, loss: Option<f64>, rate: Option<f64>) {
        let lr = (report.learning_rate != self.learning_rate).then_some(report.learning_rate);
        self.learning_rate = report.learning_rate;
        let rate = rate.filter(|_| self.rate_logged.elapsed() >= RATE_EVERY);
        if rate.is_some() {
            self.rate_logged = Instant::now();
        }
        self.note(MetricRow {
            step: report.step,
            loss,
            lr,
            images_per_s: rate,
            ..MetricRow::default()
        });
        if let Some(held_out) = report.held_out {
            self.note(MetricRow {
                step: report.step,
                epoch: Some(report.epoch),
                held_out: Some(held_out),
                ..MetricRow::default()
            });
        }
    }

    /// Appends a row, or keeps it until there is space.
    fn note(&mut self, row: MetricRow) {
        self.unlogged.push(row);
        if let Err(error) = self.flush() {
            self.due.full_disk = Some(error);
        }
    }

    fn flush(&mut self) -> Result<()> {
        let mut done = 0;
        let result = self.unlogged.iter().try_for_each(|row| {
            self.log.append(row)?;
            done += 1;
            Ok(())
        });
        self.unlogged.drain(..done);
        result
    }

    /// Counts work that was no training step, and leaves it out of the next one.
    fn spend(&mut self, took: Duration) {
        self.seconds += took.as_secs_f64();
        self.mark = Instant::now();
    }
}
