//! The thread that controls one run. Commands take effect in the order in which
//! their keys were pressed; each is reported at once, and again if the run does not
//! follow it. Writing them down is fast, so that a burst of keys is no problem.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::messages::{RunControl, RunUpdate};
use crate::dataset::Noise;
use crate::error::Result;
use crate::paths::Paths;
use crate::runs::steering::{ControlRequest, RESPONSE_TIMEOUT, SubmittedRequest};
use crate::runs::{self, Control, ResumeOptions, RunDir, RunSummary};
use crate::training::schedule::format_learning_rate;

/// Time between two looks at what came of a request.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The handle to the thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct RunController {
    commands: Sender<RunControl>,
}

impl RunController {
    /// Starts the thread for the run of that id.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(
        paths: Paths,
        id: String,
        updates: UnboundedSender<RunUpdate>,
    ) -> std::io::Result<Self> {
        let (commands, received) = channel();
        let thread = ControlThread { paths, id, updates };
        std::thread::Builder::new()
            .name("run control".to_string())
            .spawn(move || thread.run(&received))?;
        Ok(Self { commands })
    }

    /// Queues a command; `false` if the thread has ended.
    pub(super) fn send(&self, control: RunControl) -> bool {
        self.commands.send(control).is_ok()
    }
}

struct ControlThread {
    paths: Paths,
    id: String,
    updates: UnboundedSender<RunUpdate>,
}

impl ControlThread {
    fn run(&self, commands: &Receiver<RunControl>) {
        // Requests that the worker has not answered, and when they were made.
        let mut open: Vec<(SubmittedRequest, Instant)> = Vec::new();
        loop {
            let received = if open.is_empty() {
                commands.recv().map_err(RecvTimeoutError::from)
            } else {
                commands.recv_timeout(POLL_INTERVAL)
            };
            match received {
                Ok(control) => {
                    let done = self.apply(control);
                    if let Ok((_, Some(submitted))) = &done {
                        let request = submitted.request();
                        open.retain(|(earlier, _)| !request.supersedes(earlier.request()));
                        open.push((submitted.clone(), Instant::now()));
                    }
                    self.report(done.map(|(text, _)| text));
                }
                Err(RecvTimeoutError::Timeout) => {
                    open.retain(|(submitted, since)| self.is_unanswered(submitted, *since));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Whether a request is still to be answered; reports one that the run does not
    /// follow.
    fn is_unanswered(&self, submitted: &SubmittedRequest, since: Instant) -> bool {
        let error = match submitted.outcome() {
            Ok(None) if since.elapsed() > RESPONSE_TIMEOUT => {
                submitted.timeout_error(RESPONSE_TIMEOUT)
            }
            Ok(None) => return true,
            Ok(Some(_)) => return false,
            Err(error) => error,
        };
        self.report(Err(error));
        false
    }

    fn report(&self, done: Result<String>) {
        let done = done.map_err(|error| error.to_string());
        // Without a receiver the screen is closing.
        let _ = self.updates.send(RunUpdate::CommandDone(done));
    }

    /// Does it, or requests it of the worker. Gives the message for the screen, and
    /// the request.
    fn apply(&self, control: RunControl) -> Result<(String, Option<SubmittedRequest>)> {
        let run = runs::find_by_id(&self.paths, &self.id)?;
        let name = run.name();
        let request = match control {
            RunControl::Remove => {
                runs::remove(&self.paths, &run)?;
                return Ok((format!("{name} was removed"), None));
            }
            RunControl::Resume => {
                let state = runs::resume(&self.paths, &run, ResumeOptions::default())?;
                let message = if state.is_live() {
                    format!("{name} resumes")
                } else {
                    format!("{name} is {state}")
                };
                return Ok((message, None));
            }
            RunControl::RollBack(rate) => {
                if !RunSummary::read(&run)?.state.is_live() {
                    let options = ResumeOptions {
                        learning_rate: Some(rate),
                        rollback: true,
                        ..ResumeOptions::default()
                    };
                    runs::resume(&self.paths, &run, options)?;
                    return Ok((format!("{name} {}", rollback_message(rate)), None));
                }
                ControlRequest::RollBack(Some(rate))
            }
            RunControl::MoreNoise | RunControl::LessNoise => {
                let more = control == RunControl::MoreNoise;
                if let Some(noise) = noise_at_limit(&run, more)? {
                    let end = if more { "highest" } else { "lowest" };
                    let message = format!("{name} trains with {noise}, the {end} noise there is");
                    return Ok((message, None));
                }
                ControlRequest::StepNoise(more)
            }
            RunControl::Pause => ControlRequest::Pause,
            RunControl::Stop if runs::stop_queued(&run)? => {
                return Ok((format!("{name} was taken out of the queue"), None));
            }
            RunControl::Stop => ControlRequest::Stop,
            RunControl::StopAfterEpoch => ControlRequest::StopAfterEpoch,
            RunControl::Checkpoint => ControlRequest::Checkpoint,
            RunControl::ScaleLearningRate(factor) => ControlRequest::ScaleLearningRate(factor),
        };
        let submitted = request.submit(&run)?;
        let message = request_message(control, submitted.control());
        Ok((format!("{name} {message}"), Some(submitted)))
    }
}

/// What a run was asked, after its name. `written` is what its control file says
/// then.
fn request_message(control: RunControl, written: &Control) -> String {
    match (control, written.learning_rate, written.noise) {
        (RunControl::Pause, ..) => "was asked to pause".to_string(),
        (RunControl::Stop, ..) => "was asked to stop, with a checkpoint".to_string(),
        (RunControl::StopAfterEpoch, ..) => "was asked to stop after the epoch".to_string(),
        (RunControl::Checkpoint, ..) => "was asked to save a checkpoint".to_string(),
        (RunControl::RollBack(rate), ..) => rollback_message(rate),
        (RunControl::ScaleLearningRate(_), Some(rate), _) => format!(
            "takes the learning rate {} from the next step on",
            format_learning_rate(rate)
        ),
        (RunControl::MoreNoise | RunControl::LessNoise, _, Some(noise)) => {
            format!("trains with noise {noise} from the next step on")
        }
        _ => String::new(),
    }
}

fn rollback_message(rate: f64) -> String {
    format!(
        "goes back to its last good checkpoint, with the learning rate {}",
        format_learning_rate(rate)
    )
}

/// The run's noise, if there is no higher (`more`) or lower level of it.
fn noise_at_limit(run: &RunDir, more: bool) -> Result<Option<Noise>> {
    let noise = Control::read(run)?.noise.unwrap_or(run.spec()?.noise);
    Ok((noise.stepped(more) == noise).then_some(noise))
}
