//! Writing down what each step did, and finding out what is due after it,
//! while the trainer has the model.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::runs::board::Board;
use crate::runs::guard::{Guard, Verdict};
use crate::runs::metrics_log::{MetricRow, MetricsLog};
use crate::runs::pace::{Pace, Remaining};
use crate::runs::status::Best;
use crate::runs::telemetry::Telemetry;
use crate::runs::worker::News;
use crate::training::{Scores, StepReport};

/// Work is saved at least this often, however long an epoch is.
const LONGEST_UNSAVED: Duration = Duration::from_secs(600);
/// The rate becomes a point of its curve this often.
const RATE_EVERY: Duration = Duration::from_secs(1);

/// What the observer needs while the trainer has the model.
pub(super) struct Desk<'a> {
    pub(super) board: &'a Arc<Board>,
    pub(super) log: MetricsLog,
    /// Rows that did not get through to a full disk.
    pub(super) unlogged: Vec<MetricRow>,
    pub(super) pace: Pace,
    pub(super) guard: Guard,
    pub(super) checkpoint_every: u32,
    pub(super) batch_size: u64,
    /// Pictures in an epoch.
    pub(super) pictures: u64,
    /// Begin of the step at hand.
    pub(super) mark: Instant,
    /// Work so far, pauses left out.
    pub(super) seconds: f64,
    pub(super) learning_rate: f64,
    pub(super) rate_logged: Instant,
    pub(super) version: u64,
    /// Of the GPU that the run computes on.
    pub(super) telemetry: Option<Telemetry>,
    pub(super) checkpointed: Instant,
    pub(super) best: Option<Best>,
    /// What the observer found to do once the trainer returns.
    pub(super) due: Due,
}

#[derive(Default)]
pub(super) struct Due {
    pub(super) epoch_end: Option<(u32, Option<Scores>)>,
    pub(super) checkpoint: bool,
    pub(super) attention: bool,
    pub(super) suspect: Option<Suspect>,
    pub(super) full_disk: Option<Error>,
}

/// A step that cannot be trusted.
#[derive(Clone, Copy)]
pub(super) struct Suspect {
    pub(super) step: u64,
    /// `None` when it is not a number.
    pub(super) loss: Option<f64>,
    pub(super) usual: Option<f64>,
}

impl Due {
    pub(super) fn anything(&self) -> bool {
        self.epoch_end.is_some()
            || self.checkpoint
            || self.attention
            || self.suspect.is_some()
            || self.full_disk.is_some()
    }

    /// Whether a checkpoint may come of it.
    pub(super) fn may_save(&self) -> bool {
        self.epoch_end.is_some() || self.checkpoint || self.attention || self.full_disk.is_some()
    }
}

impl Desk<'_> {
    /// Writes a step down and finds out what is due after it.
    pub(super) fn observe(&mut self, report: &StepReport, listen: &mut dyn FnMut(News<'_>)) {
        let took = self.mark.elapsed();
        self.time(took, report);
        self.seconds += took.as_secs_f64();
        let loss = Some(f64::from(report.loss)).filter(|loss| loss.is_finite());
        // A model in closed form has neither.
        let learning_rate = loss.map(|_| report.learning_rate);
        let images_per_s = self.pace.images_per_s();
        let seconds_left = self.pace.seconds_left(self.remaining(report));
        let seconds = self.seconds;
        self.board.update(|status| {
            status.step = report.step;
            status.steps = report.total_steps;
            status.epoch = report.epoch;
            status.epochs = report.epochs;
            status.loss = loss;
            status.learning_rate = learning_rate;
            status.held_out = report.held_out.or(status.held_out);
            status.images_per_s = images_per_s;
            status.seconds_left = seconds_left;
            status.seconds = seconds;
        });
        self.log_step(report, images_per_s);
        let ends_epoch = report.step.is_multiple_of(report.steps_per_epoch);
        if ends_epoch {
            self.due.epoch_end = Some((report.epoch, report.held_out));
        }
        self.due.checkpoint = self.checkpointed.elapsed() > LONGEST_UNSAVED;
        if let Some(loss) = loss
            && let Verdict::Spike(usual) = self.guard.judge(loss)
        {
            self.due.suspect = Some(Suspect {
                step: report.step,
                loss: Some(loss),
                usual: Some(usual),
            });
        }
        listen(News::Step {
            report,
            images_per_s,
            seconds_left,
        });
        // Last, so that a wish that the listener had is done after this very step.
        self.due.attention = self.board.version() != self.version;
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

    fn log_step(&mut self, report: &StepReport, rate: Option<f64>) {
        let lr = (report.learning_rate != self.learning_rate && report.loss.is_finite())
            .then_some(report.learning_rate);
        self.learning_rate = report.learning_rate;
        let rate = rate.filter(|_| self.rate_logged.elapsed() >= RATE_EVERY);
        if rate.is_some() {
            self.rate_logged = Instant::now();
        }
        self.note(MetricRow {
            step: report.step,
            loss: Some(f64::from(report.loss)).filter(|loss| loss.is_finite()),
            lr,
            images_per_s: rate,
            gpu: rate
                .and(self.telemetry.as_ref())
                .and_then(Telemetry::sample),
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
    pub(super) fn note(&mut self, row: MetricRow) {
        self.unlogged.push(row);
        if let Err(error) = self.flush() {
            self.due.full_disk = Some(error);
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
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
    pub(super) fn spend(&mut self, took: Duration) {
        self.seconds += took.as_secs_f64();
        self.mark = Instant::now();
    }
}
