//! Steering a live run: a wish is written down, and what came of it is known
//! from the worker's status alone.

use std::time::{Duration, Instant};

use super::control::{self, Control, Desired};
use super::{RunDir, RunState, Status};
use crate::dataset::Noise;
use crate::error::{Error, Result};

/// A worker takes a wish up within this long; a step may be long.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two looks at the status.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What is wanted of a live run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ControlRequest {
    /// Rest after the step, with a checkpoint.
    Pause,
    /// Go on.
    Continue,
    /// End after the step, with a checkpoint.
    Stop,
    /// End after the epoch, with a checkpoint.
    StopAfterEpoch,
    /// Save now.
    Checkpoint,
    /// Back to the last good checkpoint, at another learning rate if one is given.
    RollBack(Option<f64>),
    /// Turn the learning rate or the noise; `None` leaves one as it is.
    SetOverrides(Option<f64>, Option<Noise>),
    /// Multiply the learning rate that was asked for last.
    ScaleLearningRate(f64),
    /// More (true) or less noise than was asked for last.
    StepNoise(bool),
}

impl ControlRequest {
    /// Writes the wish down.
    ///
    /// # Errors
    /// When a knob is out of range, and those of the file system.
    pub fn submit(self, run: &RunDir) -> Result<SubmittedRequest> {
        let written = match self {
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
                let first = run.spec()?.optimizer.learning_rate;
                control::update(run, |control| {
                    control.learning_rate = Some(control.learning_rate.unwrap_or(first) * factor);
                })?
            }
            Self::StepNoise(more) => {
                let first = run.spec()?.noise;
                control::update(run, |control| {
                    control.noise = Some(control.noise.unwrap_or(first).stepped(more));
                })?
            }
        };
        Ok(SubmittedRequest {
            request: self,
            run: run.clone(),
            control: written,
        })
    }

    /// Whether both decide the same thing, so that the later one stands.
    pub fn supersedes(self, earlier: Self) -> bool {
        let kind = |wish: Self| match wish {
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

/// A wish that was written down.
#[derive(Debug, Clone)]
pub struct SubmittedRequest {
    request: ControlRequest,
    run: RunDir,
    control: Control,
}

impl SubmittedRequest {
    /// The wish.
    pub fn request(&self) -> ControlRequest {
        self.request
    }

    /// All that is wanted of the run since then, this wish among it.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Waits until the worker has done it.
    ///
    /// # Errors
    /// When it was not done, with the reason, or not within `patience`.
    pub fn wait(&self, patience: Duration) -> Result<Status> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.outcome()? {
                return Ok(status);
            }
            if began.elapsed() > patience {
                let status = Status::read(&self.run)?;
                // What was taken up and takes its time is on its way.
                if status.control_seq >= self.control.seq {
                    return Ok(status);
                }
                return Err(self.timeout_error(patience));
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// That the worker has said nothing to it.
    pub fn timeout_error(&self, waited: Duration) -> Error {
        self.error(format!(
            "its worker has not answered for {} s; the wish stands, it will be done when the worker comes to it",
            waited.as_secs()
        ))
    }

    fn error(&self, problem: String) -> Error {
        Error::invalid(format!("run {}", self.run.folder_name()), problem)
    }

    fn not_done_error(&self, what: &str, why: &str) -> Error {
        self.error(format!("{what}: {why}"))
    }

    /// What came of it: the status in which it is done, or none while that is open.
    ///
    /// # Errors
    /// When it was not done and will not be, with the reason.
    pub fn outcome(&self) -> Result<Option<Status>> {
        let (status, state) = Status::read_with_state(&self.run)?;
        let taken = status.control_seq >= self.control.seq;
        let now = Control::read(&self.run).unwrap_or(self.control);
        // Another wish, which came later and decides otherwise.
        let overtaken = now.seq > self.control.seq && now.desired != self.control.desired;
        let rests = state == RunState::Paused && taken;
        let troubled = rests.then(|| status.error.clone()).flatten();
        match self.request {
            ControlRequest::Stop | ControlRequest::StopAfterEpoch => match state {
                RunState::Stopped | RunState::Finished => Ok(Some(status)),
                RunState::Stopping if taken && self.request == ControlRequest::StopAfterEpoch => {
                    Ok(Some(status))
                }
                RunState::Stopping | RunState::Queued => Ok(None),
                RunState::Failed | RunState::Crashed => {
                    Err(self.ended_error("not stopped", state, &status))
                }
                _ if overtaken && now.desired != Desired::Stop => {
                    Err(self.not_done_error("not stopped", superseded_by(now.desired)))
                }
                _ => match troubled {
                    Some(error) => Err(self.not_done_error("not stopped yet", &error)),
                    None => Ok(None),
                },
            },
            ControlRequest::Pause => match state {
                RunState::Paused if taken => Ok(Some(status)),
                RunState::Stopped | RunState::Finished | RunState::Failed | RunState::Crashed => {
                    Err(self.ended_error("not paused", state, &status))
                }
                _ if overtaken => {
                    Err(self.not_done_error("not paused", superseded_by(now.desired)))
                }
                _ => Ok(None),
            },
            ControlRequest::Continue | ControlRequest::RollBack(_) => match state {
                RunState::Running | RunState::Pausing if taken => Ok(Some(status)),
                state if !state.is_live() => {
                    Err(self.ended_error("does not go on", state, &status))
                }
                _ if overtaken => {
                    Err(self.not_done_error("does not go on", superseded_by(now.desired)))
                }
                _ => match troubled {
                    Some(error) => Err(self.not_done_error("does not go on", &error)),
                    None => Ok(None),
                },
            },
            ControlRequest::Checkpoint => {
                let saved = status.checkpoint_seq >= self.control.checkpoint_seq;
                let at_end = !state.is_live() && status.checkpoint == Some(status.step);
                match (state, troubled) {
                    _ if saved || at_end => Ok(Some(status)),
                    (_, Some(error)) => Err(self.not_done_error("not saved", &error)),
                    (state, None) if !state.is_live() => {
                        Err(self.ended_error("not saved", state, &status))
                    }
                    _ => Ok(None),
                }
            }
            ControlRequest::SetOverrides(..)
            | ControlRequest::ScaleLearningRate(_)
            | ControlRequest::StepNoise(_) => {
                let other_rate = now.learning_rate != self.control.learning_rate;
                let other_noise = now.noise != self.control.noise;
                match self.request {
                    ControlRequest::SetOverrides(Some(_), _)
                    | ControlRequest::ScaleLearningRate(_)
                        if other_rate =>
                    {
                        Err(self
                            .not_done_error("not set", "another learning rate was asked for since"))
                    }
                    ControlRequest::SetOverrides(_, Some(_)) | ControlRequest::StepNoise(_)
                        if other_noise =>
                    {
                        Err(self.not_done_error("not set", "another noise was asked for since"))
                    }
                    _ if taken => Ok(Some(status)),
                    _ if !state.is_live() => Err(self.not_done_error(
                        "not set",
                        &format!(
                            "it is {state}, its worker ended before it took that up; \
                             it holds when the run is resumed"
                        ),
                    )),
                    _ => Ok(None),
                }
            }
        }
    }

    fn ended_error(&self, what: &str, state: RunState, status: &Status) -> Error {
        match &status.error {
            Some(error) => self.not_done_error(what, &format!("it is {state}: {error}")),
            None => self.not_done_error(what, &format!("it is {state}")),
        }
    }
}

fn superseded_by(desired: Desired) -> &'static str {
    match desired {
        Desired::Run => "a later wish was that it goes on",
        Desired::Pause => "a later wish was that it pauses",
        Desired::Stop => "a later wish was that it stops",
        Desired::StopAfterEpoch => "a later wish was that it stops after its epoch",
    }
}
