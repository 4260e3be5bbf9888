//! Writing down what each step did, and finding out what is due after it,
//! while the trainer has the model.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::runs::eta::{EtaEstimator, Remaining};
use crate::runs::metrics_log::{MetricRow, MetricsLog};
use crate::runs::spike_detector::{SpikeDetector, Verdict};
use crate::runs::status::BestCheckpoint;
use crate::runs::telemetry::Telemetry;
use crate::runs::worker::WorkerEvent;
use crate::runs::worker_state::WorkerState;
use crate::training::{Scores, StepReport};

/// Work is saved at least this often, however long an epoch is.
const MAX_CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);
/// The rate becomes a point of its curve this often.
const THROUGHPUT_INTERVAL: Duration = Duration::from_secs(1);

/// What the observer needs while the trainer has the model.
pub(super) struct StepRecorder<'a> {
    pub(super) state: &'a Arc<WorkerState>,
    pub(super) log: MetricsLog,
    /// Rows that did not get through to a full disk.
    pub(super) unwritten_rows: Vec<MetricRow>,
    pub(super) eta: EtaEstimator,
    pub(super) spike_detector: SpikeDetector,
    pub(super) checkpoint_every: u32,
    pub(super) batch_size: u64,
    /// Pictures in an epoch.
    pub(super) pictures_per_epoch: u64,
    /// Begin of the step at hand.
    pub(super) step_began: Instant,
    /// Work so far, pauses left out.
    pub(super) seconds: f64,
    pub(super) learning_rate: f64,
    pub(super) throughput_logged: Instant,
    pub(super) control_version: u64,
    /// Of the GPU that the run computes on.
    pub(super) telemetry: Option<Telemetry>,
    pub(super) last_checkpoint: Instant,
    pub(super) best: Option<BestCheckpoint>,
    /// What the observer found to do once the trainer returns.
    pub(super) pending: PendingActions,
}

#[derive(Default)]
pub(super) struct PendingActions {
    pub(super) epoch_end: Option<(u32, Option<Scores>)>,
    pub(super) checkpoint: bool,
    pub(super) control_changed: bool,
    pub(super) anomaly: Option<Anomaly>,
    pub(super) log_error: Option<Error>,
}

/// A step that cannot be trusted.
#[derive(Clone, Copy)]
pub(super) struct Anomaly {
    pub(super) step: u64,
    /// `None` when it is not a number.
    pub(super) loss: Option<f64>,
    pub(super) baseline: Option<f64>,
}

impl PendingActions {
    pub(super) fn any(&self) -> bool {
        self.epoch_end.is_some()
            || self.checkpoint
            || self.control_changed
            || self.anomaly.is_some()
            || self.log_error.is_some()
    }

    /// Whether a checkpoint may come of it.
    pub(super) fn may_write_checkpoint(&self) -> bool {
        self.epoch_end.is_some()
            || self.checkpoint
            || self.control_changed
            || self.log_error.is_some()
    }
}

impl StepRecorder<'_> {
    /// Writes a step down and finds out what is due after it.
    pub(super) fn record_step(
        &mut self,
        report: &StepReport,
        listen: &mut dyn FnMut(WorkerEvent<'_>),
    ) {
        let took = self.step_began.elapsed();
        self.record_timing(took, report);
        self.seconds += took.as_secs_f64();
        let loss = Some(f64::from(report.loss)).filter(|loss| loss.is_finite());
        // A model in closed form has neither.
        let learning_rate = loss.map(|_| report.learning_rate);
        let images_per_s = self.eta.images_per_s();
        let seconds_left = self.eta.seconds_left(self.remaining_work(report));
        let seconds = self.seconds;
        self.state.update(|status| {
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
            self.pending.epoch_end = Some((report.epoch, report.held_out));
        }
        self.pending.checkpoint = self.last_checkpoint.elapsed() > MAX_CHECKPOINT_INTERVAL;
        if let Some(loss) = loss
            && let Verdict::Spike(usual) = self.spike_detector.check(loss)
        {
            self.pending.anomaly = Some(Anomaly {
                step: report.step,
                loss: Some(loss),
                baseline: Some(usual),
            });
        }
        listen(WorkerEvent::Step {
            report,
            images_per_s,
            seconds_left,
        });
        // Last, so that a wish that the listener had is done after this very step.
        self.pending.control_changed = self.state.control_version() != self.control_version;
        self.step_began = Instant::now();
    }

    /// Tells a step's time from the evaluation's that came with it.
    fn record_timing(&mut self, took: Duration, report: &StepReport) {
        let within = (report.step - 1) % report.steps_per_epoch;
        let pictures = self
            .batch_size
            .min(self.pictures_per_epoch - within * self.batch_size);
        if report.held_out.is_none() {
            self.eta.record_step(took, pictures);
            return;
        }
        let step = self.eta.step_seconds().unwrap_or_default();
        self.eta
            .record_evaluation(took.saturating_sub(Duration::from_secs_f64(step)));
    }

    fn remaining_work(&self, report: &StepReport) -> Remaining {
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
        let rate = rate.filter(|_| self.throughput_logged.elapsed() >= THROUGHPUT_INTERVAL);
        if rate.is_some() {
            self.throughput_logged = Instant::now();
        }
        self.append_row(MetricRow {
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
            self.append_row(MetricRow {
                step: report.step,
                epoch: Some(report.epoch),
                held_out: Some(held_out),
                ..MetricRow::default()
            });
        }
    }

    /// Appends a row, or keeps it until there is space.
    pub(super) fn append_row(&mut self, row: MetricRow) {
        self.unwritten_rows.push(row);
        if let Err(error) = self.flush() {
            self.pending.log_error = Some(error);
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        let mut done = 0;
        let result = self.unwritten_rows.iter().try_for_each(|row| {
            self.log.append(row)?;
            done += 1;
            Ok(())
        });
        self.unwritten_rows.drain(..done);
        result
    }

    /// Counts work that was no training step, and leaves it out of the next one.
    pub(super) fn add_other_work(&mut self, took: Duration) {
        self.seconds += took.as_secs_f64();
        self.step_began = Instant::now();
    }
}
