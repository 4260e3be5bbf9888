//! The thread that watches the run directories and passes commands on. It reports
//! only what has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::controller::RunController;
use super::curves::Curves;
use super::messages::{RunCommand, RunControl, RunUpdate, Watched};
use super::preview_strip::preview_strip;
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::runs::preview::{self, Preview};
use crate::runs::{
    self, Follower, HeartbeatMonitor, LogTail, RunDir, RunList, RunState, RunSummary, spawn,
};

/// Time between two looks while the Train tab is in view: the effect of a key on
/// a run is seen within a second.
const POLL_INTERVAL_SHOWN: Duration = Duration::from_millis(500);

/// Time between two looks while it is hidden and a run is live, to notice the
/// run's end.
const POLL_INTERVAL_HIDDEN: Duration = Duration::from_secs(2);

/// Time between two looks while it is hidden and no run is live, to notice one that
/// another program has started.
const POLL_INTERVAL_IDLE: Duration = Duration::from_secs(10);

/// The least time between two reports of a run's figures and curves, unless a run has
/// changed its state: each redraws the chart, which takes a kilobyte on the line.
const FIGURES_INTERVAL: Duration = Duration::from_secs(1);

/// The least time between two previews of a run: each is over ten kilobytes of
/// characters.
const PREVIEW_INTERVAL: Duration = Duration::from_secs(15);

/// The most runs that are followed: those in view, and those that were until lately.
const MAX_FOLLOWED: usize = 96;

/// The handle to the thread, which ends when this is dropped.
#[derive(Debug)]
pub struct RunMonitor {
    commands: Sender<RunCommand>,
}

impl RunMonitor {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(paths: Paths, updates: UnboundedSender<RunUpdate>) -> Result<Self> {
        let (commands, received) = channel();
        let poller = Poller {
            paths,
            updates,
            list: RunList::default(),
            watched: Watched::default(),
            runs: Vec::new(),
            has_reported: false,
            followers: BTreeMap::new(),
            controllers: BTreeMap::new(),
            heartbeats: HeartbeatMonitor::default(),
            log: None,
            sent_preview: None,
            preview_sent_at: None,
            figures_sent_at: None,
        };
        std::thread::Builder::new()
            .name("run monitor".to_string())
            .spawn(move || poller.run(&received))
            .map_err(Error::io("thread for runs", "start"))?;
        Ok(Self { commands })
    }

    /// Sends a command to the thread.
    pub fn send(&self, command: RunCommand) {
        // The thread ends only with the program.
        let _ = self.commands.send(command);
    }
}

/// Which runs there are, and in which state.
fn states(runs: &[RunSummary]) -> impl Iterator<Item = (&str, RunState)> {
    runs.iter().map(|run| (run.id.as_str(), run.state))
}

/// Whether two lists of runs say different things.
fn has_changed(new: &[RunSummary], old: &[RunSummary]) -> bool {
    // NaN is not equal to itself, but its text is.
    let differ = |(one, other): (&RunSummary, &RunSummary)| {
        one != other && format!("{one:?}") != format!("{other:?}")
    };
    new.len() != old.len() || new.iter().zip(old).any(differ)
}

struct Poller {
    paths: Paths,
    updates: UnboundedSender<RunUpdate>,
    list: RunList,
    watched: Watched,
    runs: Vec<RunSummary>,
    /// Whether they were reported, even if there are none.
    has_reported: bool,
    followers: BTreeMap<String, Follower>,
    /// By run id.
    controllers: BTreeMap<String, RunController>,
    heartbeats: HeartbeatMonitor,
    /// The log that is shown, and its run's id.
    log: Option<(String, LogTail)>,
    /// The run, the step and the kind of faces of the latest preview.
    sent_preview: Option<(String, u64, bool)>,
    /// When it was sent; `None` when another has been wanted since.
    preview_sent_at: Option<Instant>,
    /// When figures were reported; `None` when they have been wanted since.
    figures_sent_at: Option<Instant>,
}

impl Poller {
    fn run(mut self, commands: &Receiver<RunCommand>) {
        self.poll();
        loop {
            let timeout = match (self.watched.is_shown, self.has_live_run()) {
                (true, _) => POLL_INTERVAL_SHOWN,
                (false, true) => POLL_INTERVAL_HIDDEN,
                (false, false) => POLL_INTERVAL_IDLE,
            };
            let command = match commands.recv_timeout(timeout) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for command in command.into_iter().chain(commands.try_iter()) {
                self.handle(command);
            }
            if self.updates.is_closed() {
                return;
            }
            self.poll();
        }
    }

    fn has_live_run(&self) -> bool {
        self.runs.iter().any(|run| run.state.is_live())
    }

    fn emit(&self, update: RunUpdate) {
        // Without a receiver the screen is closing.
        let _ = self.updates.send(update);
    }

    fn emit_error(&self, problem: String) {
        self.emit(RunUpdate::CommandDone(Err(problem)));
    }

    fn handle(&mut self, command: RunCommand) {
        match command {
            RunCommand::Watch(watched) => {
                let pictures = |watched: &Watched| {
                    let Watched { step, worst, .. } = *watched;
                    (watched.is_shown, watched.selected.clone(), step, worst)
                };
                // Rows that change places want no other pictures.
                if pictures(&self.watched) != pictures(&watched) {
                    self.preview_sent_at = None;
                }
                self.watched = watched;
                self.figures_sent_at = None;
            }
            // Starting a worker may take seconds.
            RunCommand::Start(spec) => self.spawn(move |paths, updates| {
                let run = spawn::start_detached(paths, &spec)?;
                let _ = updates.send(RunUpdate::Started(run.id()));
                Ok(format!("{} is training", run.name()))
            }),
            RunCommand::StartQueue(specs) => self.spawn(move |paths, updates| {
                let queue = spawn::start_queue(paths, &specs)?;
                if let Some(run) = queue.first() {
                    let _ = updates.send(RunUpdate::Started(run.id()));
                }
                let names: Vec<String> = queue.iter().map(RunDir::name).collect();
                Ok(format!("training one after another: {}", names.join(", ")))
            }),
            RunCommand::Control(id, control) => self.control_run(id, control),
            // Another process may hold the file's lock for a moment.
            RunCommand::SetNote { id, note, base } => self.spawn(move |paths, _| {
                let run = runs::find_by_id(paths, &id)?;
                let (notes, before) = runs::set_note(&run, &note, Some(&base))?;
                let name = run.name();
                Ok(if notes.note.is_empty() {
                    format!("{name} has no note any more")
                } else if before != base && !before.is_empty() {
                    format!("{name} got another note meanwhile; both are kept")
                } else {
                    format!("{name} has a note")
                })
            }),
            RunCommand::ChangeTags(id, change) => self.spawn(move |paths, _| {
                let run = runs::find_by_id(paths, &id)?;
                let notes = runs::change_tags(&run, &change)?;
                let name = run.name();
                Ok(match notes.tags.join(" ").as_str() {
                    "" => format!("{name} has no tags"),
                    tags => format!("{name}: {tags}"),
                })
            }),
        }
    }

    /// Each controlled run has a thread: commands to a run take effect in order, and
    /// none waits for another run.
    fn control_run(&mut self, id: String, control: RunControl) {
        if let Some(controller) = self.controllers.get(&id)
            && controller.send(control)
        {
            return;
        }
        match RunController::start(self.paths.clone(), id.clone(), self.updates.clone()) {
            Ok(controller) => {
                controller.send(control);
                self.controllers.insert(id, controller);
            }
            Err(error) => self.emit_error(format!("cannot start a thread: {error}")),
        }
    }

    /// Does something on a new thread and reports how it went.
    fn spawn(
        &self,
        work: impl FnOnce(&Paths, &UnboundedSender<RunUpdate>) -> Result<String> + Send + 'static,
    ) {
        let (paths, updates) = (self.paths.clone(), self.updates.clone());
        let started = std::thread::Builder::new()
            .name("run start".to_string())
            .spawn(move || {
                let done = work(&paths, &updates).map_err(|error| error.to_string());
                let _ = updates.send(RunUpdate::CommandDone(done));
            });
        if let Err(error) = started {
            self.emit_error(format!("cannot start a thread: {error}"));
        }
    }

    /// Reads the runs and reports what has changed.
    fn poll(&mut self) {
        let listed = self.list.read(&self.paths).map(|mut runs| {
            self.heartbeats.mark_silent_runs(&mut runs);
            // Heartbeats are not shown, so that they count as no change.
            for run in &mut runs {
                run.heartbeat = 0;
            }
            runs
        });
        let due = self
            .figures_sent_at
            .is_none_or(|sent| sent.elapsed() >= FIGURES_INTERVAL);
        match listed {
            Ok(runs) if !due && states(&runs).eq(states(&self.runs)) => {}
            Ok(runs) if !self.has_reported || has_changed(&runs, &self.runs) => {
                self.has_reported = true;
                self.runs = runs;
                self.emit(RunUpdate::Runs(self.runs.clone()));
            }
            Ok(_) => {}
            Err(error) => self.emit_error(error.to_string()),
        }
        // Curves are read when the tab is in view.
        if self.watched.is_shown {
            if due {
                self.poll_followers();
                self.figures_sent_at = Some(Instant::now());
            }
            self.send_preview();
            self.send_log();
        }
    }

    fn poll_followers(&mut self) {
        let selected = self.watched.selected.as_deref();
        let followed: BTreeSet<&str> = self
            .watched
            .followed
            .iter()
            .map(String::as_str)
            .take(MAX_FOLLOWED)
            .chain(selected)
            .collect();
        let wanted: Vec<(String, String)> = self
            .runs
            .iter()
            .filter(|run| followed.contains(run.id.as_str()))
            .map(|run| (run.id.clone(), run.path.clone()))
            .collect();
        // Those that were scrolled out of view may come back soon.
        let is_full = self.followers.len() > MAX_FOLLOWED;
        let runs = &self.runs;
        self.followers.retain(|id, _| {
            wanted.iter().any(|(wanted, _)| wanted == id)
                || !is_full && runs.iter().any(|run| run.id == *id)
        });
        for (id, path) in wanted {
            let has_changed = match self.followers.get_mut(&id) {
                Some(follower) => follower.poll().metrics,
                None => match RunDir::open(&path).and_then(Follower::attach) {
                    Ok(follower) => {
                        self.followers.insert(id.clone(), follower);
                        true
                    }
                    // It is tried again at the next look.
                    Err(_) => false,
                },
            };
            if let (true, Some(follower)) = (has_changed, self.followers.get(&id)) {
                self.emit(RunUpdate::Curves(id, Curves::from_follower(follower)));
            }
        }
    }

    /// Reports the log that is shown, if it has changed.
    fn send_log(&mut self) {
        let Some(id) = self.watched.log.clone() else {
            self.log = None;
            return;
        };
        let is_other = self.log.as_ref().is_none_or(|(shown, _)| *shown != id);
        if is_other {
            let run = self.runs.iter().find(|run| run.id == id);
            let run = run.and_then(|run| run.directory().ok());
            self.log = run.map(|run| (id.clone(), LogTail::new(run)));
        }
        if let Some((_, log)) = &mut self.log
            && (log.poll() || is_other)
        {
            let text = log.text();
            self.emit(RunUpdate::Log(id, text));
        }
    }

    fn send_preview(&mut self) {
        let Some(id) = self.watched.selected.clone() else {
            return;
        };
        let Some(follower) = self.followers.get(&id) else {
            return;
        };
        let is_recent = self
            .preview_sent_at
            .is_some_and(|sent| sent.elapsed() < PREVIEW_INTERVAL);
        if is_recent && follower.state().is_live() {
            return;
        }
        let worst = if self.watched.worst {
            Preview::read(&follower.run().worst_preview_path()).ok()
        } else {
            None
        };
        let is_worst = worst.is_some();
        let archived = match self.watched.step {
            Some(step) if !is_worst => preview::read_nearest(follower.run(), step).ok(),
            _ => None,
        };
        let read = worst.or(archived);
        let Some(preview) = read.as_ref().or(follower.preview()) else {
            return;
        };
        let identity = (id.clone(), preview.step, is_worst);
        if self.sent_preview.as_ref() != Some(&identity)
            && let Some(strip) = preview_strip(preview, is_worst)
        {
            self.sent_preview = Some(identity);
            self.preview_sent_at = Some(Instant::now());
            self.emit(RunUpdate::Preview(id, strip));
        }
    }
}
