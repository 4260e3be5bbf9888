//! Doing what the control file asks, between two steps.

use std::time::Instant;

use super::decision::Next;
use super::{Session, preview_set};
use crate::error::Result;
use crate::runs::control::Desired;
use crate::runs::metrics_log::MetricRow;
use crate::runs::status::RunState;

impl Session<'_> {
    /// Carries out the control file's requests; waits here while the run is paused.
    pub(super) fn handle_control(&mut self) -> Result<Next> {
        loop {
            let version = self.state.control_version();
            let wanted = self.state.control_state();
            self.recorder.control_version = version;
            if wanted.run_removed {
                return Ok(Next::Stop);
            }
            self.apply_overrides()?;
            let control = wanted.control;
            if control.checkpoint_seq > self.state.status().checkpoint_seq {
                self.save_checkpoint_if_needed()?;
                self.state
                    .publish(|status| status.checkpoint_seq = control.checkpoint_seq);
            }
            if control.rollback_seq > self.rollback_seq {
                self.roll_back()?;
            }
            match wanted.desired() {
                Desired::Stop => {
                    self.state.publish(|status| {
                        status.state = RunState::Stopping;
                        status.control_seq = control.seq;
                    });
                    self.save_checkpoint_if_needed()?;
                    self.mark_stopped();
                    return Ok(Next::Stop);
                }
                Desired::Pause => {
                    if self.state.status().state != RunState::Paused {
                        self.save_checkpoint_if_needed()?;
                        self.transition(RunState::Paused, "paused");
                    }
                    self.state
                        .publish(|status| status.control_seq = control.seq);
                    self.state.wait_for_change(version);
                }
                desired @ (Desired::Run | Desired::StopAfterEpoch) => {
                    if self.state.status().state == RunState::Paused {
                        self.transition(RunState::Running, "continued");
                    }
                    self.state.publish(|status| {
                        status.state = match desired {
                            Desired::Run => RunState::Running,
                            _ => RunState::Stopping,
                        };
                        status.control_seq = control.seq;
                    });
                    self.recorder.step_began = Instant::now();
                    return Ok(Next::Continue);
                }
            }
        }
    }

    /// Changes the run's state and logs it as an event.
    pub(super) fn transition(&mut self, state: RunState, event: &str) {
        self.state.publish(|status| {
            status.state = state;
            status.seconds_left = None;
            status.images_per_s = None;
            if state == RunState::Running {
                status.error = None;
                status.anomaly = None;
            }
        });
        let step = self.trainer.steps_done();
        tracing::info!(step, "run {event}");
        self.recorder
            .append_row(MetricRow::event(step, event, None));
    }

    pub(super) fn mark_stopped(&mut self) {
        self.transition(RunState::Stopping, "stopped");
    }

    /// Applies the control file's learning rate and noise. A checkpoint follows,
    /// so that a resumed run continues from the same step with the same values.
    pub(super) fn apply_overrides(&mut self) -> Result<()> {
        let control = self.state.control_state().control;
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
            self.preview_set = preview_set(&self.trainer);
            self.state
                .publish(|status| status.noise = Some(noise.to_string()));
        }
        if step > 0 && !self.has_anomaly() {
            self.save_checkpoint()?;
        }
        Ok(())
    }
}
