//! Steering a live run: a wish is written down, and what came of it is known
//! from the worker's status alone.

use std::time::{Duration, Instant};

use super::control::{self, Control, Desired};
use super::{RunDir, State, Status};
use crate::dataset::Noise;
use crate::error::{Error, Result};

/// A worker takes a wish up within this long; a step may be long.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at the status.
const LOOK: Duration = Duration::from_millis(20);

/// What is wanted of a live run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wish {
    /// Rest after the step, with a checkpoint.
    Pause,
    /// Go on.
    GoOn,
    /// End after the step, with a checkpoint.
    Stop,
    /// End after the epoch, with a checkpoint.
    StopAfterEpoch,
    /// Save now.
    Checkpoint,
    /// Back to the last good checkpoint, at another learning rate if one is given.
    RollBack(Option<f64>),
    /// Turn the learning rate or the noise; `None` leaves one as it is.
    Turn(Option<f64>, Option<Noise>),
    /// Multiply the learning rate that was asked for last.
    ScaleRate(f64),
    /// More (true) or less noise than was asked for last.
    StepNoise(bool),
}

impl Wish {
    /// Writes the wish down.
    ///
    /// # Errors
    /// When a knob is out of range, and those of the file system.
    pub fn ask(self, run: &RunDir) -> Result<Asked> {
        let written = match self {
            Self::Pause => control::change(run, |control| control.desired = Desired::Pause)?,
            Self::GoOn => control::change(run, |control| control.desired = Desired::Run)?,
            Self::Stop => control::change(run, |control| control.desired = Desired::Stop)?,
            Self::StopAfterEpoch => {
                control::change(run, |control| control.desired = Desired::StopAfterEpoch)?
            }
            Self::Checkpoint => {
                let answered = Status::read(run).map_or(0, |status| status.checkpoint_seq);
                control::change(run, |control| {
                    control.checkpoint_seq = control.checkpoint_seq.max(answered).saturating_add(1);
                })?
            }
            Self::RollBack(rate) => control::change(run, |control| {
                control.rollback_seq = control.rollback_seq.saturating_add(1);
                control.desired = Desired::Run;
                control.learning_rate = rate.or(control.learning_rate);
            })?,
            Self::Turn(rate, noise) => control::change(run, |control| {
                control.learning_rate = rate.or(control.learning_rate);
                control.noise = noise.or(control.noise);
            })?,
            Self::ScaleRate(factor) => {
                let first = run.spec()?.optimizer.learning_rate;
                control::change(run, |control| {
                    control.learning_rate = Some(control.learning_rate.unwrap_or(first) * factor);
                })?
            }
            Self::StepNoise(more) => {
                let first = run.spec()?.noise;
                control::change(run, |control| {
                    control.noise = Some(control.noise.unwrap_or(first).stepped(more));
                })?
            }
        };
        Ok(Asked {
            wish: self,
            run: run.clone(),
            written,
        })
    }

    /// Whether both decide the same thing, so that the later one stands.
    pub fn replaces(self, earlier: Self) -> bool {
        let kind = |wish: Self| match wish {
            Self::Pause | Self::GoOn | Self::Stop | Self::StopAfterEpoch | Self::RollBack(_) => 0,
            Self::Checkpoint => 1,
            Self::Turn(..) | Self::ScaleRate(_) => 2,
            Self::StepNoise(_) => 3,
        };
        kind(self) == kind(earlier)
    }
}

/// A wish that was written down.
#[derive(Debug, Clone)]
pub struct Asked {
    wish: Wish,
    run: RunDir,
    written: Control,
}

impl Asked {
    /// The wish.
    pub fn wish(&self) -> Wish {
        self.wish
    }

    /// All that is wanted of the run since then, this wish among it.
    pub fn written(&self) -> &Control {
        &self.written
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
                if status.control_seq >= self.written.seq {
                    return Ok(status);
                }
                return Err(self.unanswered(patience));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// That the worker has said nothing to it.
    pub fn unanswered(&self, waited: Duration) -> Error {
        self.problem(format!(
            "its worker has not answered for {} s; the wish stands, it will be done when the worker comes to it",
            waited.as_secs()
        ))
    }

    fn problem(&self, problem: String) -> Error {
        Error::invalid(format!("run {}", self.run.folder()), problem)
    }

    fn not_done(&self, what: &str, why: &str) -> Error {
        self.problem(format!("{what}: {why}"))
    }

    /// What came of it: the status in which it is done, or none while that is open.
    ///
    /// # Errors
    /// When it was not done and will not be, with the reason.
    pub fn outcome(&self) -> Result<Option<Status>> {
        let (status, state) = Status::read_with_state(&self.run)?;
        let taken = status.control_seq >= self.written.seq;
        let now = Control::read(&self.run).unwrap_or(self.written);
        // Another wish, which came later and decides otherwise.
        let overtaken = now.seq > self.written.seq && now.desired != self.written.desired;
        let rests = state == State::Paused && taken;
        let troubled = rests.then(|| status.error.clone()).flatten();
        match self.wish {
            Wish::Stop | Wish::StopAfterEpoch => match state {
                State::Stopped | State::Finished => Ok(Some(status)),
                State::Stopping if taken && self.wish == Wish::StopAfterEpoch => Ok(Some(status)),
                State::Stopping | State::Queued => Ok(None),
                State::Failed | State::Crashed => Err(self.ended("not stopped", state, &status)),
                _ if overtaken && now.desired != Desired::Stop => {
                    Err(self.not_done("not stopped", later(now.desired)))
                }
                _ => match troubled {
                    Some(error) => Err(self.not_done("not stopped yet", &error)),
                    None => Ok(None),
                },
            },
            Wish::Pause => match state {
                State::Paused if taken => Ok(Some(status)),
                State::Stopped | State::Finished | State::Failed | State::Crashed => {
                    Err(self.ended("not paused", state, &status))
                }
                _ if overtaken => Err(self.not_done("not paused", later(now.desired))),
                _ => Ok(None),
            },
            Wish::GoOn | Wish::RollBack(_) => match state {
                State::Running | State::Pausing if taken => Ok(Some(status)),
                state if !state.is_live() => Err(self.ended("does not go on", state, &status)),
                _ if overtaken => Err(self.not_done("does not go on", later(now.desired))),
                _ => match troubled {
                    Some(error) => Err(self.not_done("does not go on", &error)),
                    None => Ok(None),
                },
            },
            Wish::Checkpoint => {
                let saved = status.checkpoint_seq >= self.written.checkpoint_seq;
                let at_end = !state.is_live() && status.checkpoint == Some(status.step);
                match (state, troubled) {
                    _ if saved || at_end => Ok(Some(status)),
                    (_, Some(error)) => Err(self.not_done("not saved", &error)),
                    (state, None) if !state.is_live() => {
                        Err(self.ended("not saved", state, &status))
                    }
                    _ => Ok(None),
                }
            }
            Wish::Turn(..) | Wish::ScaleRate(_) | Wish::StepNoise(_) => {
                let other_rate = now.learning_rate != self.written.learning_rate;
                let other_noise = now.noise != self.written.noise;
                match self.wish {
                    Wish::Turn(Some(_), _) | Wish::ScaleRate(_) if other_rate => {
                        Err(self.not_done("not set", "another learning rate was asked for since"))
                    }
                    Wish::Turn(_, Some(_)) | Wish::StepNoise(_) if other_noise => {
                        Err(self.not_done("not set", "another noise was asked for since"))
                    }
                    _ if taken => Ok(Some(status)),
                    _ if !state.is_live() => Err(self.not_done(
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

    fn ended(&self, what: &str, state: State, status: &Status) -> Error {
        match &status.error {
            Some(error) => self.not_done(what, &format!("it is {state}: {error}")),
            None => self.not_done(what, &format!("it is {state}")),
        }
    }
}

fn later(desired: Desired) -> &'static str {
    match desired {
        Desired::Run => "a later wish was that it goes on",
        Desired::Pause => "a later wish was that it pauses",
        Desired::Stop => "a later wish was that it stops",
        Desired::StopAfterEpoch => "a later wish was that it stops after its epoch",
    }
}
