//! The thread that steers one run for the screen: it does what keys ask in the
//! order in which they were pressed, says so at once, and says later what was
//! not taken up. A burst is written down at the speed of the keys.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::run_monitor::{RunControl, RunUpdate};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::runs::spawn::{self, ResumeOptions};
use crate::runs::steering::{ControlRequest, RESPONSE_TIMEOUT, SubmittedRequest};
use crate::runs::{self, Control, RunDir, RunSummary};
use crate::training::schedule::format_learning_rate;

/// Between two looks at what came of a wish.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The thread's handle; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct RunController {
    commands: Sender<RunControl>,
}

impl RunController {
    /// Starts the thread for the run of this id.
    ///
    /// # Errors
    /// When the system refuses one.
    pub(super) fn start(
        paths: Paths,
        id: String,
        news: UnboundedSender<RunUpdate>,
    ) -> std::io::Result<Self> {
        let (orders, inbox) = channel();
        std::thread::Builder::new()
            .name("run steering".to_string())
            .spawn(move || {
                ControlThread {
                    paths,
                    id,
                    updates: news,
                }
                .run(&inbox);
            })?;
        Ok(Self { commands: orders })
    }

    /// Asks for something, after all that was asked before; whether the thread
    /// is still there.
    pub(super) fn send(&self, steer: RunControl) -> bool {
        self.commands.send(steer).is_ok()
    }
}

struct ControlThread {
    paths: Paths,
    id: String,
    updates: UnboundedSender<RunUpdate>,
}

impl ControlThread {
    fn run(&self, inbox: &Receiver<RunControl>) {
        // What was asked and not answered yet.
        let mut open: Vec<(SubmittedRequest, Instant)> = Vec::new();
        loop {
            let steer = if open.is_empty() {
                inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                inbox.recv_timeout(POLL_INTERVAL)
            };
            match steer {
                Ok(steer) => {
                    let done = self.apply(steer);
                    if let Ok((_, Some(asked))) = &done {
                        open.retain(|(earlier, _)| !asked.request().supersedes(earlier.request()));
                        open.push((asked.clone(), Instant::now()));
                    }
                    self.report(done.map(|(text, _)| text));
                }
                Err(RecvTimeoutError::Timeout) => open.retain(|(asked, since)| {
                    let unanswered = match asked.outcome() {
                        Ok(None) if since.elapsed() > RESPONSE_TIMEOUT => {
                            asked.timeout_error(RESPONSE_TIMEOUT)
                        }
                        Ok(None) => return true,
                        Ok(Some(_)) => return false,
                        Err(error) => error,
                    };
                    self.report(Err(unanswered));
                    false
                }),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn report(&self, done: Result<String>) {
        // The screen is closing when nobody listens.
        let _ = self.updates.send(RunUpdate::CommandDone(
            done.map_err(|error| error.to_string()),
        ));
    }

    /// Does it, or writes it down for the worker; the words for the screen.
    fn apply(&self, steer: RunControl) -> Result<(String, Option<SubmittedRequest>)> {
        let run = runs::find_by_id(&self.paths, &self.id)?;
        let name = run.name();
        let (wish, said): (ControlRequest, String) = match steer {
            RunControl::Remove => {
                runs::remove(&self.paths, &run)?;
                return Ok((format!("{name} was removed"), None));
            }
            RunControl::Resume => {
                let state = spawn::resume(&self.paths, &run, ResumeOptions::default())?;
                let does = if state.is_live() {
                    "goes on".to_string()
                } else {
                    format!("is {state}")
                };
                return Ok((format!("{name} {does}"), None));
            }
            RunControl::Pause => (ControlRequest::Pause, "was asked to pause".to_string()),
            RunControl::Stop => (
                ControlRequest::Stop,
                "was asked to stop, with a checkpoint".to_string(),
            ),
            RunControl::StopAfterEpoch => (
                ControlRequest::StopAfterEpoch,
                "was asked to stop after its epoch".to_string(),
            ),
            RunControl::Checkpoint => (
                ControlRequest::Checkpoint,
                "was asked for a checkpoint".to_string(),
            ),
            RunControl::RollBack(rate) => {
                let said = format!(
                    "goes back to its last good checkpoint, at the rate {}",
                    format_learning_rate(rate)
                );
                if !RunSummary::read(&run)?.state.is_live() {
                    let how = ResumeOptions {
                        learning_rate: Some(rate),
                        rollback: true,
                        ..ResumeOptions::default()
                    };
                    spawn::resume(&self.paths, &run, how)?;
                    return Ok((format!("{name} {said}"), None));
                }
                (ControlRequest::RollBack(Some(rate)), said)
            }
            RunControl::ScaleLearningRate(factor) => {
                (ControlRequest::ScaleLearningRate(factor), String::new())
            }
            RunControl::StepNoise(more) => {
                if let Some(noise) = noise_at_limit(&run, more)? {
                    let text = format!("{name} learns with noise {noise}; no step that way");
                    return Ok((text, None));
                }
                (ControlRequest::StepNoise(more), String::new())
            }
        };
        let asked = wish.submit(&run)?;
        let said = match (wish, asked.control()) {
            (
                ControlRequest::ScaleLearningRate(_),
                Control {
                    learning_rate: Some(rate),
                    ..
                },
            ) => {
                format!(
                    "takes the learning rate {} from its next step on",
                    format_learning_rate(*rate)
                )
            }
            (
                ControlRequest::StepNoise(_),
                Control {
                    noise: Some(noise), ..
                },
            ) => {
                format!("learns with noise {noise} from its next step on")
            }
            _ => said,
        };
        Ok((format!("{name} {said}"), Some(asked)))
    }
}

/// The noise, where there is no more or less of it.
fn noise_at_limit(run: &RunDir, more: bool) -> Result<Option<crate::dataset::Noise>, Error> {
    let noise = Control::read(run)?.noise.unwrap_or(run.spec()?.noise);
    Ok((noise.stepped(more) == noise).then_some(noise))
}
