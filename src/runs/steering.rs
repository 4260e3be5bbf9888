//! Steering a live run: a request is written to the control file, and its
//! outcome is read from the worker's status.

use std::time::{Duration, Instant};

use super::control::{self, Control, Desired};
use super::run_dir::RunDir;
use super::status::{RunState, Status};
use crate::dataset::Noise;
use crate::error::{Error, Result};

/// A worker responds within this long; a single step may be long.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two readings of the status.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A request to a live run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ControlRequest {
    /// Pause after the current step, with a checkpoint.
    Pause,
    /// Continue.
    Continue,
    /// Stop after the current step, with a checkpoint.
    Stop,
    /// Stop after the current epoch, with a checkpoint.
    StopAfterEpoch,
    /// Write a checkpoint now.
    Checkpoint,
    /// Roll back to the last good checkpoint, with a new learning rate if one is given.
    RollBack(Option<f64>),
    /// Set the learning rate or the noise; `None` leaves a value unchanged.
    SetOverrides(Option<f64>, Option<Noise>),
    /// Multiply the last requested learning rate.
    ScaleLearningRate(f64),
    /// One step more (`true`) or less noise than was last requested.
    StepNoise(bool),
}

impl ControlRequest {
    /// Writes the request to the control file.
    ///
    /// # Errors
    /// When the learning rate is out of range, or the file cannot be written.
    pub fn submit(self, run: &RunDir) -> Result<SubmittedRequest> {
        let control = match self {
            Self::Pause => control::update(run, |control| control.desired = Desired::Pause)?,
            Self::Continue => control::update(run, |control| control.desired = Desired::Run)?,
            Self::Stop => control::update(run, |control| control.desired = Desired::Stop)?,
            Self::StopAfterEpoch => {
                control::update(run, |control| control.desired = Desired::StopAfterEpoch)?
            }
            Self::Checkpoint => {
                let answered = Status::read(run).map_or(0, |status| status.checkpoint_seq);
                control::update(run, |control| {
                    control.checkpoint_seq = control.checkpoint_seq.max(answered).saturating_add(1);
                })?
            }
            Self::RollBack(rate) => control::update(run, |control| {
                control.rollback_seq = control.rollback_seq.saturating_add(1);
                control.desired = Desired::Run;
                control.learning_rate = rate.or(control.learning_rate);
            })?,
            Self::SetOverrides(rate, noise) => control::update(run, |control| {
                control.learning_rate = rate.or(control.learning_rate);
                control.noise = noise.or(control.noise);
            })?,
            Self::ScaleLearningRate(factor) => {
                let initial = run.spec()?.optimizer.learning_rate;
                control::update(run, |control| {
                    control.learning_rate = Some(control.learning_rate.unwrap_or(initial) * factor);
                })?
            }
            Self::StepNoise(more) => {
                let initial = run.spec()?.noise;
                control::update(run, |control| {
                    control.noise = Some(control.noise.unwrap_or(initial).stepped(more));
                })?
            }
        };
        Ok(SubmittedRequest {
            request: self,
            run: run.clone(),
            control,
        })
    }

    /// Whether this request decides the same thing as an earlier one, whose
    /// outcome then does not matter any more.
    pub(crate) fn supersedes(self, earlier: Self) -> bool {
        let kind = |request: Self| match request {
            Self::Pause
            | Self::Continue
            | Self::Stop
            | Self::StopAfterEpoch
            | Self::RollBack(_) => 0,
            Self::Checkpoint => 1,
            Self::SetOverrides(..) | Self::ScaleLearningRate(_) => 2,
            Self::StepNoise(_) => 3,
        };
        kind(self) == kind(earlier)
    }
}

/// A request that has been written to the control file.
#[derive(Debug, Clone)]
pub struct SubmittedRequest {
    request: ControlRequest,
    run: RunDir,
    control: Control,
}

/// A run as seen while a request is open.
struct Observation {
    status: Status,
    state: RunState,
    /// Whether the worker has confirmed the request.
    is_confirmed: bool,
    /// The control file's current content.
    control: Control,
    /// Whether a later request wants another state.
    is_superseded: bool,
    /// Why the run is paused by itself.
    blocked_by: Option<String>,
}

impl SubmittedRequest {
    /// The request.
    pub(crate) fn request(&self) -> ControlRequest {
        self.request
    }

    /// The control file's content with this request.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Waits until the worker has carried out the request.
    ///
    /// # Errors
    /// When it will not be carried out, with the reason, or the worker does not
    /// respond within `timeout`.
    pub fn wait(&self, timeout: Duration) -> Result<Status> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.outcome()? {
                return Ok(status);
            }
            if began.elapsed() > timeout {
                let status = Status::read(&self.run)?;
                // A confirmed request is being carried out.
                if status.control_seq >= self.control.seq {
                    return Ok(status);
                }
                return Err(self.timeout_error(timeout));
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// The error for a worker that has not responded.
    pub(crate) fn timeout_error(&self, waited: Duration) -> Error {
        self.error(format!(
            "its worker has not responded for {} s; the request remains, it takes effect when \
             the worker reads it",
            waited.as_secs()
        ))
    }

    fn error(&self, problem: String) -> Error {
        self.run.error(problem)
    }

    fn not_done_error(&self, what: &str, why: &str) -> Error {
        self.error(format!("{what}: {why}"))
    }

    fn ended_error(&self, what: &str, seen: &Observation) -> Error {
        let state = seen.state;
        match &seen.status.error {
            Some(error) => self.not_done_error(what, &format!("it is {state}: {error}")),
            None => self.not_done_error(what, &format!("it is {state}")),
        }
    }

    /// The status in which the request is carried out; `None` while it is open.
    ///
    /// # Errors
    /// When the request will not be carried out, with the reason.
    pub(crate) fn outcome(&self) -> Result<Option<Status>> {
        let seen = self.observe()?;
        let is_done = match self.request {
            ControlRequest::Stop | ControlRequest::StopAfterEpoch => self.has_stopped(&seen)?,
            ControlRequest::Pause => self.has_paused(&seen)?,
            ControlRequest::Continue | ControlRequest::RollBack(_) => self.has_continued(&seen)?,
            ControlRequest::Checkpoint => self.has_saved(&seen)?,
            ControlRequest::SetOverrides(..)
            | ControlRequest::ScaleLearningRate(_)
            | ControlRequest::StepNoise(_) => self.has_set_overrides(&seen)?,
        };
        Ok(is_done.then_some(seen.status))
    }

    fn observe(&self) -> Result<Observation> {
        let (status, state) = Status::read_with_state(&self.run)?;
        let control = Control::read(&self.run).unwrap_or(self.control);
        let is_confirmed = status.control_seq >= self.control.seq;
        let is_paused = state == RunState::Paused && is_confirmed;
        Ok(Observation {
            state,
            is_confirmed,
            control,
            is_superseded: control.seq > self.control.seq
                && control.desired != self.control.desired,
            blocked_by: is_paused.then(|| status.error.clone()).flatten(),
            status,
        })
    }

    fn has_stopped(&self, seen: &Observation) -> Result<bool> {
        let after_epoch = self.request == ControlRequest::StopAfterEpoch;
        match seen.state {
            RunState::Stopped | RunState::Finished => Ok(true),
            RunState::Stopping if seen.is_confirmed && after_epoch => Ok(true),
            RunState::Stopping | RunState::Queued => Ok(false),
            RunState::Failed | RunState::Crashed => Err(self.ended_error("not stopped", seen)),
            _ if seen.is_superseded && seen.control.desired != Desired::Stop => {
                Err(self.not_done_error("not stopped", superseded_by(seen.control.desired)))
            }
            _ => self.unless_blocked("not stopped yet", seen),
        }
    }

    fn has_paused(&self, seen: &Observation) -> Result<bool> {
        match seen.state {
            RunState::Paused if seen.is_confirmed => Ok(true),
            RunState::Stopped | RunState::Finished | RunState::Failed | RunState::Crashed => {
                Err(self.ended_error("not paused", seen))
            }
            _ if seen.is_superseded => {
                Err(self.not_done_error("not paused", superseded_by(seen.control.desired)))
            }
            _ => Ok(false),
        }
    }

    fn has_continued(&self, seen: &Observation) -> Result<bool> {
        let what = "does not continue";
        match seen.state {
            RunState::Running | RunState::Pausing if seen.is_confirmed => Ok(true),
            state if !state.is_live() => Err(self.ended_error(what, seen)),
            _ if seen.is_superseded => {
                Err(self.not_done_error(what, superseded_by(seen.control.desired)))
            }
            _ => self.unless_blocked(what, seen),
        }
    }

    fn has_saved(&self, seen: &Observation) -> Result<bool> {
        let is_saved = seen.status.checkpoint_seq >= self.control.checkpoint_seq;
        let saved_at_end =
            !seen.state.is_live() && seen.status.checkpoint == Some(seen.status.step);
        if is_saved || saved_at_end {
            return Ok(true);
        }
        self.unless_blocked("not saved", seen)?;
        if seen.state.is_live() {
            Ok(false)
        } else {
            Err(self.ended_error("not saved", seen))
        }
    }

    fn has_set_overrides(&self, seen: &Observation) -> Result<bool> {
        let what = "not set";
        let (sets_rate, sets_noise) = match self.request {
            ControlRequest::SetOverrides(rate, noise) => (rate.is_some(), noise.is_some()),
            ControlRequest::ScaleLearningRate(_) => (true, false),
            _ => (false, true),
        };
        if sets_rate && seen.control.learning_rate != self.control.learning_rate {
            return Err(
                self.not_done_error(what, "another learning rate has been requested since then")
            );
        }
        if sets_noise && seen.control.noise != self.control.noise {
            return Err(self.not_done_error(what, "another noise has been requested since then"));
        }
        if seen.is_confirmed {
            return Ok(true);
        }
        if seen.state.is_live() {
            return Ok(false);
        }
        let state = seen.state;
        Err(self.not_done_error(
            what,
            &format!(
                "it is {state}, its worker ended before it read the request; \
                 the value applies when the run is resumed"
            ),
        ))
    }

    /// Open still, unless the run has paused by itself.
    fn unless_blocked(&self, what: &str, seen: &Observation) -> Result<bool> {
        match &seen.blocked_by {
            Some(error) => Err(self.not_done_error(what, error)),
            None => Ok(false),
        }
    }
}

fn superseded_by(desired: Desired) -> &'static str {
    match desired {
        Desired::Run => "a later request was to continue",
        Desired::Pause => "a later request was to pause",
        Desired::Stop => "a later request was to stop",
        Desired::StopAfterEpoch => "a later request was to stop after the epoch",
    }
}
