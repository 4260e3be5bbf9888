//! The thread that steers one run for the screen: it does what keys ask in the
//! order in which they were pressed, says so at once, and says later what was
//! not taken up. A burst is written down at the speed of the keys.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::run_watch::{News, Steer};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::runs::spawn::{self, Resume};
use crate::runs::steering::{Asked, PATIENCE, Wish};
use crate::runs::{self, Control, RunDir, RunSummary};
use crate::training::schedule::rate_in_words;

/// Between two looks at what came of a wish.
const LOOK: Duration = Duration::from_millis(100);

/// The thread's handle; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Helm {
    orders: Sender<Steer>,
}

impl Helm {
    /// Starts the thread for the run of this id.
    ///
    /// # Errors
    /// When the system refuses one.
    pub(super) fn start(
        paths: Paths,
        id: String,
        news: UnboundedSender<News>,
    ) -> std::io::Result<Self> {
        let (orders, inbox) = channel();
        std::thread::Builder::new()
            .name("run steering".to_string())
            .spawn(move || Helmsman { paths, id, news }.run(&inbox))?;
        Ok(Self { orders })
    }

    /// Asks for something, after all that was asked before; whether the thread
    /// is still there.
    pub(super) fn tell(&self, steer: Steer) -> bool {
        self.orders.send(steer).is_ok()
    }
}

struct Helmsman {
    paths: Paths,
    id: String,
    news: UnboundedSender<News>,
}

impl Helmsman {
    fn run(&self, inbox: &Receiver<Steer>) {
        // What was asked and not answered yet.
        let mut open: Vec<(Asked, Instant)> = Vec::new();
        loop {
            let steer = match open.is_empty() {
                true => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => inbox.recv_timeout(LOOK),
            };
            match steer {
                Ok(steer) => {
                    let done = self.obey(steer);
                    if let Ok((_, Some(asked))) = &done {
                        open.retain(|(earlier, _)| !asked.wish().replaces(earlier.wish()));
                        open.push((asked.clone(), Instant::now()));
                    }
                    self.say(done.map(|(text, _)| text));
                }
                Err(RecvTimeoutError::Timeout) => open.retain(|(asked, since)| {
                    let unanswered = match asked.outcome() {
                        Ok(None) if since.elapsed() > PATIENCE => asked.unanswered(PATIENCE),
                        Ok(None) => return true,
                        Ok(Some(_)) => return false,
                        Err(error) => error,
                    };
                    self.say(Err(unanswered));
                    false
                }),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn say(&self, done: Result<String>) {
        // The screen is closing when nobody listens.
        let _ = self
            .news
            .send(News::Done(done.map_err(|error| error.to_string())));
    }

    /// Does it, or writes it down for the worker; the words for the screen.
    fn obey(&self, steer: Steer) -> Result<(String, Option<Asked>)> {
        let run = runs::find_id(&self.paths, &self.id)?;
        let name = run.name();
        let (wish, said): (Wish, String) = match steer {
            Steer::Remove => {
                runs::remove(&self.paths, &run)?;
                return Ok((format!("{name} was removed"), None));
            }
            Steer::Resume => {
                let state = spawn::resume(&self.paths, &run, Resume::default())?;
                let does = match state.is_live() {
                    true => "goes on".to_string(),
                    false => format!("is {state}"),
                };
                return Ok((format!("{name} {does}"), None));
            }
            Steer::Pause => (Wish::Pause, "was asked to pause".to_string()),
            Steer::Stop => (
                Wish::Stop,
                "was asked to stop, with a checkpoint".to_string(),
            ),
            Steer::StopAfterEpoch => (
                Wish::StopAfterEpoch,
                "was asked to stop after its epoch".to_string(),
            ),
            Steer::Checkpoint => (Wish::Checkpoint, "was asked for a checkpoint".to_string()),
            Steer::RollBack(rate) => {
                let said = format!(
                    "goes back to its last good checkpoint, at the rate {}",
                    rate_in_words(rate)
                );
                if !RunSummary::read(&run)?.state.is_live() {
                    let how = Resume {
                        learning_rate: Some(rate),
                        rollback: true,
                        ..Resume::default()
                    };
                    spawn::resume(&self.paths, &run, how)?;
                    return Ok((format!("{name} {said}"), None));
                }
                (Wish::RollBack(Some(rate)), said)
            }
            Steer::Rate(factor) => (Wish::ScaleRate(factor), String::new()),
            Steer::Noise(more) => {
                if let Some(noise) = at_its_end(&run, more)? {
                    let text = format!("{name} learns with noise {noise}; no step that way");
                    return Ok((text, None));
                }
                (Wish::StepNoise(more), String::new())
            }
        };
        let asked = wish.ask(&run)?;
        let said = match (wish, asked.written()) {
            (
                Wish::ScaleRate(_),
                Control {
                    learning_rate: Some(rate),
                    ..
                },
            ) => {
                format!(
                    "takes the learning rate {} from its next step on",
                    rate_in_words(*rate)
                )
            }
            (
                Wish::StepNoise(_),
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
fn at_its_end(run: &RunDir, more: bool) -> Result<Option<crate::dataset::Noise>, Error> {
    let noise = Control::read(run)?.noise.unwrap_or(run.spec()?.noise);
    Ok((noise.stepped(more) == noise).then_some(noise))
}
