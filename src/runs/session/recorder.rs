//! Records each step while the trainer owns the model, and notes what has to be
//! done once it returns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::DeviceLocation;

use crate::error::{Error, Result};
use crate::runs::eta::{EtaEstimator, Remaining};
use crate::runs::metrics_log::{MetricRow, MetricsLog};
use crate::runs::observer::WorkerEvent;
use crate::runs::spike_detector::{SpikeDetector, Verdict};
use crate::runs::status::BestCheckpoint;
use crate::runs::telemetry::Telemetry;
use crate::runs::worker_state::WorkerState;
use crate::training::{Scores, StepReport, Trainer};

/// Time between two checkpoints, at most, however long an epoch is.
const MAX_CHECKPOINT_INTERVAL: Duration = Duration::from_secs(600);
/// Time between two rows with the throughput.
const THROUGHPUT_INTERVAL: Duration = Duration::from_secs(1);

/// Records steps in the status and the metrics.
pub(super) struct StepRecorder<'a> {
    state: &'a Arc<WorkerState>,
    pub(super) log: MetricsLog,
    /// Rows that could not be written yet.
    unwritten_rows: Vec<MetricRow>,
    pub(super) eta: EtaEstimator,
    pub(super) spike_detector: SpikeDetector,
    /// Epochs between two checkpoints; 0 for none but the last.
    pub(super) checkpoint_every: u32,
    batch_size: u64,
    pictures_per_epoch: u64,
    /// When the current step began.
    pub(super) step_began: Instant,
    /// Seconds of work so far, without pauses.
    pub(super) seconds: f64,
    /// The learning rate of the last row.
    learning_rate: f64,
    /// When the throughput was last logged.
    throughput_logged: Instant,
    /// The version of the control state that was last handled; 0 for none.
    pub(super) control_version: u64,
    /// Samples the GPU, for a run on one.
    telemetry: Option<Telemetry>,
    pub(super) last_checkpoint: Instant,
    pub(super) best: Option<BestCheckpoint>,
    /// What the session has to do after this step.
    pub(super) pending: PendingActions,
}

/// What is due after a step.
#[derive(Default)]
pub(super) struct PendingActions {
    /// The epoch that ended, with its held-out scores.
    pub(super) epoch_end: Option<(u32, Option<Scores>)>,
    pub(super) checkpoint: bool,
    pub(super) control_changed: bool,
    pub(super) anomaly: Option<Anomaly>,
    /// Why a row could not be written.
    pub(super) log_error: Option<Error>,
}

/// A step whose loss is not a number or far above the baseline.
#[derive(Clone, Copy)]
pub(super) struct Anomaly {
    pub(super) step: u64,
    /// `None` when it is not a number.
    pub(super) loss: Option<f64>,
    /// The mean loss before; `None` when it does not matter.
    pub(super) baseline: Option<f64>,
}

impl Anomaly {
    pub(super) fn not_a_number(step: u64) -> Self {
        Self {
            step,
            loss: None,
            baseline: None,
        }
    }
}

impl PendingActions {
    pub(super) fn any(&self) -> bool {
        self.anomaly.is_some() || self.may_write_checkpoint()
    }

    /// Whether any of these may write a checkpoint.
    pub(super) fn may_write_checkpoint(&self) -> bool {
        self.epoch_end.is_some()
            || self.checkpoint
            || self.control_changed
            || self.log_error.is_some()
    }
}

impl<'a> StepRecorder<'a> {
    /// Continues after `seconds` of work by earlier workers.
    pub(super) fn new(
        state: &'a Arc<WorkerState>,
        log: MetricsLog,
        trainer: &Trainer,
        seconds: f64,
        best: Option<BestCheckpoint>,
    ) -> Self {
        let spec = trainer.spec();
        let telemetry = match trainer.model().device().location() {
            DeviceLocation::Cuda { gpu_id } => Telemetry::for_gpu(gpu_id),
            _ => None,
        };
        let now = Instant::now();
        Self {
            state,
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
            control_version: 0,
            last_checkpoint: now,
            best,
            pending: PendingActions::default(),
        }
    }

    /// Records a step and notes what is due after it.
    pub(super) fn record_step(
        &mut self,
        report: &StepReport,
        observer: &mut dyn FnMut(WorkerEvent<'_>),
    ) {
        let took = self.step_began.elapsed();
        self.record_timing(took, report);
        self.seconds += took.as_secs_f64();
        let loss = Some(f64::from(report.loss)).filter(|loss| loss.is_finite());
        // A model in closed form has neither loss nor learning rate.
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
            && let Verdict::Spike(baseline) = self.spike_detector.check(loss)
        {
            self.pending.anomaly = Some(Anomaly {
                step: report.step,
                loss: Some(loss),
                baseline: Some(baseline),
            });
        }
        observer(WorkerEvent::Step {
            report,
            images_per_s,
            seconds_left,
        });
        // Last, so that a request made by the observer is handled after this step.
        self.pending.control_changed = self.state.control_version() != self.control_version;
        self.step_began = Instant::now();
    }

    /// Splits the time between the step and the evaluation that may have followed it.
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

    fn log_step(&mut self, report: &StepReport, images_per_s: Option<f64>) {
        let lr = (report.learning_rate != self.learning_rate && report.loss.is_finite())
            .then_some(report.learning_rate);
        self.learning_rate = report.learning_rate;
        let images_per_s =
            images_per_s.filter(|_| self.throughput_logged.elapsed() >= THROUGHPUT_INTERVAL);
        if images_per_s.is_some() {
            self.throughput_logged = Instant::now();
        }
        self.append_row(MetricRow {
            step: report.step,
            loss: Some(f64::from(report.loss)).filter(|loss| loss.is_finite()),
            lr,
            images_per_s,
            gpu: images_per_s
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

    /// Appends a row. One that cannot be written is kept, and the error noted.
    pub(super) fn append_row(&mut self, row: MetricRow) {
        self.unwritten_rows.push(row);
        if let Err(error) = self.flush() {
            self.pending.log_error = Some(error);
        }
    }

    /// Writes all rows that are left.
    pub(super) fn flush(&mut self) -> Result<()> {
        let mut written = 0;
        let result = self.unwritten_rows.iter().try_for_each(|row| {
            self.log.append(row)?;
            written += 1;
            Ok(())
        });
        self.unwritten_rows.drain(..written);
        result
    }

    /// Adds the time of work other than training, which does not count as part of a step.
    pub(super) fn add_other_work(&mut self, took: Duration) {
        self.seconds += took.as_secs_f64();
        self.step_began = Instant::now();
    }
}
