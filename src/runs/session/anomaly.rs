//! Steps whose loss is not a number or jumps: nothing of them is saved, and the
//! user decides how to continue.

use std::time::Instant;

use super::Session;
use super::decision::Decision;
use super::recorder::Anomaly;
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::number_format;
use crate::progress::unwatched;
use crate::runs::checkpoint;
use crate::runs::control::{Control, Desired};
use crate::runs::metrics_log::MetricRow;
use crate::runs::observer::WorkerEvent;
use crate::runs::spike_detector::SpikeDetector;
use crate::runs::status::{AnomalyReport, RunState};
use crate::runs::worker_state::ControlState;
use crate::training::evaluate;
use crate::training::schedule::format_learning_rate;

impl Session<'_> {
    /// Evaluates the weights on the last step's own pictures before they are
    /// saved. A step's loss is that of the weights before it, so the loss alone
    /// would not show that this step broke them.
    pub(super) fn check_weights(&self) -> Result<Option<Anomaly>> {
        let (trainer, detector) = (&self.trainer, &self.recorder.spike_detector);
        let step = trainer.steps_done();
        if step == 0 || trainer.is_closed_form() {
            return Ok(None);
        }
        let loss = evaluate(
            trainer.raw_model(),
            trainer.faces(),
            &trainer.batch_rows(step),
            Noise::None,
            trainer.spec().seed,
            &mut unwatched,
        )?
        .scores
        .mse;
        Ok(detector.is_spike(loss).then(|| Anomaly {
            step,
            loss: Some(loss).filter(|loss| loss.is_finite()),
            baseline: detector.baseline(),
        }))
    }

    /// Whether the run is paused at an anomaly.
    pub(super) fn has_anomaly(&self) -> bool {
        self.state.status().anomaly.is_some()
    }

    /// Pauses until the user decides. A foreground worker fails instead.
    pub(super) fn handle_anomaly(&mut self, anomaly: Anomaly) -> Result<Decision> {
        let report = self.anomaly_report(anomaly);
        let what = describe(&report);
        let advice = self.advice(&what, report.rollback_to);
        self.recorder
            .append_row(MetricRow::event(report.step, "trouble", Some(what)));
        if !self.options.detached {
            self.state.update(|status| status.anomaly = Some(report));
            return Err(Error::invalid(format!("run {}", self.run.id()), advice));
        }
        self.state.publish(|status| {
            status.state = RunState::Paused;
            status.error = Some(advice);
            status.anomaly = Some(report);
            status.seconds_left = None;
        });
        (self.observer)(WorkerEvent::PausedByItself(&self.state.status()));
        let decision = self.wait_for_decision()?;
        if decision != Decision::Stop {
            self.recorder.spike_detector = SpikeDetector::default();
            self.recorder.step_began = Instant::now();
            self.transition(RunState::Running, "continued");
            // The request is confirmed after the next step.
            self.recorder.control_version = 0;
        }
        Ok(decision)
    }

    fn wait_for_decision(&mut self) -> Result<Decision> {
        let before = self.state.control_state().control;
        loop {
            let version = self.state.control_version();
            let wanted = self.state.control_state();
            let control = wanted.control;
            self.recorder.control_version = version;
            if wanted.run_removed || wanted.desired() == Desired::Stop {
                self.mark_stopped();
                self.state
                    .publish(|status| status.control_seq = control.seq);
                return Ok(Decision::Stop);
            }
            self.apply_overrides()?;
            if control.rollback_seq > self.rollback_seq {
                self.roll_back()?;
                return Ok(Decision::RolledBack);
            }
            if asks_to_continue(&wanted, &before) {
                return Ok(Decision::Continue);
            }
            self.state
                .publish(|status| status.control_seq = control.seq);
            self.state.wait_for_change(version);
        }
    }

    fn anomaly_report(&self, anomaly: Anomaly) -> AnomalyReport {
        let mut pictures = self.trainer.batch_rows(anomaly.step);
        pictures.truncate(16);
        AnomalyReport {
            step: anomaly.step,
            loss: anomaly.loss,
            baseline: anomaly.baseline,
            pictures,
            rollback_to: checkpoint::latest(self.run).map(|latest| latest.step),
        }
    }

    fn advice(&self, what: &str, rollback_to: Option<u64>) -> String {
        let from = match rollback_to {
            Some(step) => format!("the checkpoint of step {step}"),
            None => "the beginning".to_string(),
        };
        let rate = self.trainer.spec().optimizer.learning_rate / 2.0;
        format!(
            "{what}; nothing of it was saved. Continue from {from} with a lower rate: \
             lfw-tui runs resume {} --rollback --lr {}",
            self.run.id(),
            format_learning_rate(rate)
        )
    }
}

/// Whether the control file has changed since the anomaly in a way that asks the
/// run to continue. A request for a checkpoint does not: the step is not saved.
fn asks_to_continue(wanted: &ControlState, before: &Control) -> bool {
    let control = &wanted.control;
    control.seq > before.seq
        && control.checkpoint_seq == before.checkpoint_seq
        && wanted.desired() != Desired::Pause
}

fn describe(report: &AnomalyReport) -> String {
    match (report.loss, report.baseline) {
        (Some(loss), Some(baseline)) => format!(
            "the loss jumped from about {} to {} at step {}",
            number_format::error(baseline),
            number_format::error(loss),
            report.step
        ),
        _ => format!("the loss is not a number at step {}", report.step),
    }
}
