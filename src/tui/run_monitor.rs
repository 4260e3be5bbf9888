//! The thread that watches run directories for the Train tab and steers them:
//! it reads and writes files so that the loop never does, and speaks up only
//! when something is new.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use image::RgbImage;
use tokio::sync::mpsc::UnboundedSender;

use super::run_control::RunController;
use crate::error::{Error, Result};
use crate::imaging::face_grid;
use crate::paths::Paths;
use crate::runs::curve::Bucket;
use crate::runs::follow::{HeldOutPoint, MetricKind, RunEvent};
use crate::runs::preview::{self, Preview};
use crate::runs::{self, Follower, HeartbeatMonitor, RunDir, RunSummary, spawn};
use crate::training::TrainSpec;

/// Between two looks while the Train tab is shown: a steering key's effect is
/// seen within a second.
const POLL_INTERVAL_SHOWN: Duration = Duration::from_millis(500);

/// Between two looks while it is hidden and a run is live, to notice its end.
const POLL_INTERVAL_HIDDEN: Duration = Duration::from_secs(2);

/// The chosen run's newest faces are shown again after this long at the
/// earliest: each time costs over ten kilobytes of half blocks.
const PREVIEW_INTERVAL: Duration = Duration::from_secs(6);

/// Runs that are followed at most: the newest, and those that were asked for.
const MAX_FOLLOWED: usize = 24;

/// What should be watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// Whether the Train tab is shown.
    pub shown: bool,
    /// The run whose pictures are shown, by id.
    pub selected: Option<String>,
    /// The step whose pictures are wanted; the latest when `None`.
    pub step: Option<u64>,
    /// Whether the faces that are rebuilt worst are wanted instead.
    pub worst: bool,
}

/// How a run is steered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunControl {
    /// Rest after the step.
    Pause,
    /// Go on: wakes a paused run, starts a worker for one that has none.
    Resume,
    /// End after the step, with a checkpoint.
    Stop,
    /// End after the epoch, with a checkpoint.
    StopAfterEpoch,
    /// Save now.
    Checkpoint,
    /// Back to the last good checkpoint, at this learning rate.
    RollBack(f64),
    /// Multiply the learning rate.
    ScaleLearningRate(f64),
    /// More (true) or less noise.
    StepNoise(bool),
    /// Delete a run that is not live.
    Remove,
}

/// What the thread is told.
#[derive(Debug, Clone, PartialEq)]
pub enum RunCommand {
    /// Watch this from now on.
    Watch(Watched),
    /// Start a run that outlives the screen.
    Start(Box<TrainSpec>),
    /// Steer a run, by id.
    Control(String, RunControl),
}

/// The held-out faces of a run as three strips, side by side from left to right.
#[derive(Debug, Clone)]
pub struct PreviewStrip {
    /// Steps done when it was made.
    pub step: u64,
    /// Faces side by side.
    pub faces: u16,
    /// Whether the model never trains on them.
    pub held_out: bool,
    /// Whether they are those that are rebuilt worst.
    pub worst: bool,
    /// As they are.
    pub clean: Arc<RgbImage>,
    /// As the model gets them; none when it gets them clean.
    pub noisy: Option<Arc<RgbImage>>,
    /// As the model rebuilds them.
    pub rebuilt: Arc<RgbImage>,
}

/// What charts show of a run.
#[derive(Debug, Clone)]
pub struct Curves {
    /// By [`MetricKind`].
    pub quantities: [Arc<Vec<Bucket>>; MetricKind::ALL.len()],
    /// Held-out scores by epoch.
    pub held_out: Arc<Vec<HeldOutPoint>>,
    /// What happened, in order.
    pub events: Arc<Vec<RunEvent>>,
    /// What the run was asked to do, by the names of `run.toml`.
    pub settings: Arc<BTreeMap<String, String>>,
    /// Points of each quantity that a chart has no place for.
    pub skipped: [u64; MetricKind::ALL.len()],
    /// Lines of the metrics that cannot be read.
    pub unread_lines: u64,
}

impl Curves {
    /// All that a follower knows.
    pub fn from_follower(follower: &Follower) -> Self {
        Self {
            quantities: MetricKind::ALL
                .map(|quantity| Arc::new(follower.curve(quantity).buckets().to_vec())),
            held_out: Arc::new(follower.held_out().to_vec()),
            events: Arc::new(follower.events().to_vec()),
            settings: Arc::new(follower.lenient_spec().settings.clone()),
            skipped: MetricKind::ALL.map(|quantity| follower.curve(quantity).skipped()),
            unread_lines: follower.unread_lines(),
        }
    }

    /// A quantity's curve.
    pub fn curve(&self, quantity: MetricKind) -> &[Bucket] {
        &self.quantities[quantity as usize]
    }

    /// Rows that a quantity's chart leaves out: that cannot be read, are out of
    /// order, or hold no finite figure.
    pub fn omitted_rows(&self, quantity: MetricKind) -> u64 {
        let held_out = match quantity {
            MetricKind::Loss => self.held_out.as_slice(),
            _ => &[],
        };
        let is_lost = |point: &&HeldOutPoint| !(point.scores.mse as f32).is_finite();
        let lost = held_out.iter().filter(is_lost).count() as u64;
        lost.saturating_add(self.unread_lines)
            .saturating_add(self.skipped[quantity as usize])
    }

    /// The training loss.
    pub fn loss(&self) -> &[Bucket] {
        self.curve(MetricKind::Loss)
    }
}

/// What the thread says.
#[derive(Debug)]
pub enum RunUpdate {
    /// All runs, newest first.
    Runs(Vec<RunSummary>),
    /// A run's curves.
    Curves(String, Curves),
    /// The chosen run's pictures.
    Preview(String, PreviewStrip),
    /// A run was started; its id.
    Started(String),
    /// Something was done, or could not be.
    CommandDone(Result<String, String>),
}

/// The thread's handle; it ends when this is dropped.
#[derive(Debug)]
pub struct RunMonitor {
    commands: Sender<RunCommand>,
}

impl RunMonitor {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses one.
    pub fn start(paths: Paths, news: UnboundedSender<RunUpdate>) -> Result<Self> {
        let (orders, inbox) = channel();
        let watcher = Poller {
            paths,
            updates: news,
            watched: Watched::default(),
            runs: Vec::new(),
            followers: BTreeMap::new(),
            controllers: BTreeMap::new(),
            pulse: HeartbeatMonitor::default(),
            sent_preview: None,
            preview_sent_at: None,
        };
        std::thread::Builder::new()
            .name("run watch".to_string())
            .spawn(move || watcher.run(&inbox))
            .map_err(Error::io("thread for runs", "start"))?;
        Ok(Self { commands: orders })
    }

    /// Tells the thread something.
    pub fn send(&self, order: RunCommand) {
        // It ends only with the program.
        let _ = self.commands.send(order);
    }
}

struct Poller {
    paths: Paths,
    updates: UnboundedSender<RunUpdate>,
    watched: Watched,
    runs: Vec<RunSummary>,
    followers: BTreeMap<String, Follower>,
    controllers: BTreeMap<String, RunController>,
    pulse: HeartbeatMonitor,
    /// The run and the step of the strip that was sent last, and whether it was
    /// of the worst.
    sent_preview: Option<(String, u64, bool)>,
    /// When; none when something else is wanted since.
    preview_sent_at: Option<Instant>,
}

impl Poller {
    fn run(mut self, inbox: &Receiver<RunCommand>) {
        self.poll();
        loop {
            let wait = match (self.watched.shown, self.has_live_run()) {
                (true, _) => Some(POLL_INTERVAL_SHOWN),
                (false, true) => Some(POLL_INTERVAL_HIDDEN),
                (false, false) => None,
            };
            let order = match wait {
                Some(wait) => match inbox.recv_timeout(wait) {
                    Ok(order) => Some(order),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match inbox.recv() {
                    Ok(order) => Some(order),
                    Err(_) => return,
                },
            };
            for order in order.into_iter().chain(inbox.try_iter()) {
                self.handle(order);
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

    fn emit(&self, news: RunUpdate) {
        // The screen is closing when nobody listens.
        let _ = self.updates.send(news);
    }

    fn handle(&mut self, order: RunCommand) {
        match order {
            RunCommand::Watch(watch) => {
                self.watched = watch;
                self.preview_sent_at = None;
            }
            // It may wait seconds for a worker to come up.
            RunCommand::Start(spec) => self.spawn(move |paths, news| {
                let run = spawn::start_detached(paths, &spec)?;
                let _ = news.send(RunUpdate::Started(run.id()));
                Ok(format!("{} is training", run_name(&run)))
            }),
            RunCommand::Control(id, steer) => self.control_run(id, steer),
        }
    }

    /// One thread a run, so that its orders are done in their order and never
    /// wait for another run's.
    fn control_run(&mut self, id: String, steer: RunControl) {
        if self
            .controllers
            .get(&id)
            .is_some_and(|helm| helm.send(steer))
        {
            return;
        }
        match RunController::start(self.paths.clone(), id.clone(), self.updates.clone()) {
            Ok(helm) => {
                helm.send(steer);
                self.controllers.insert(id, helm);
            }
            Err(error) => self.emit(RunUpdate::CommandDone(Err(format!(
                "cannot start a thread: {error}"
            )))),
        }
    }

    /// Does something on a thread of its own and reports how it went.
    fn spawn(
        &self,
        work: impl FnOnce(&Paths, &UnboundedSender<RunUpdate>) -> Result<String> + Send + 'static,
    ) {
        let (paths, news) = (self.paths.clone(), self.updates.clone());
        let started = std::thread::Builder::new()
            .name("run steering".to_string())
            .spawn(move || {
                let done = work(&paths, &news).map_err(|error| error.to_string());
                let _ = news.send(RunUpdate::CommandDone(done));
            });
        if let Err(error) = started {
            self.emit(RunUpdate::CommandDone(Err(format!(
                "cannot start a thread: {error}"
            ))));
        }
    }

    /// Reads what changed and says it.
    fn poll(&mut self) {
        let listed = runs::list(&self.paths).map(|mut runs| {
            self.pulse.mark_silent_runs(&mut runs);
            // Beats are not shown; that they go on is nothing new.
            runs.iter_mut().for_each(|run| run.heartbeat = 0);
            runs
        });
        match listed {
            // What is not a number does not equal itself.
            Ok(runs) if format!("{runs:?}") != format!("{:?}", self.runs) => {
                self.runs = runs;
                self.emit(RunUpdate::Runs(self.runs.clone()));
            }
            Ok(_) => {}
            Err(error) => self.emit(RunUpdate::CommandDone(Err(error.to_string()))),
        }
        if !self.watched.shown {
            // Curves are read again when the tab is shown; meanwhile they cost nothing.
            return;
        }
        self.poll_followers();
        self.send_preview();
    }

    fn poll_followers(&mut self) {
        let chosen = self.watched.selected.as_deref();
        let wanted: Vec<(String, String)> = self
            .runs
            .iter()
            .enumerate()
            .filter(|(place, run)| *place < MAX_FOLLOWED || Some(run.id.as_str()) == chosen)
            .map(|(_, run)| (run.id.clone(), run.path.clone()))
            .collect();
        self.followers
            .retain(|id, _| wanted.iter().any(|(wanted, _)| wanted == id));
        for (id, path) in wanted {
            let changed = match self.followers.get_mut(&id) {
                // A run that cannot be read now is tried again at the next look.
                Some(follower) => follower.poll().metrics,
                None => match RunDir::open(&path).and_then(Follower::attach) {
                    Ok(follower) => {
                        self.followers.insert(id.clone(), follower);
                        true
                    }
                    Err(_) => false,
                },
            };
            if let (true, Some(follower)) = (changed, self.followers.get(&id)) {
                self.emit(RunUpdate::Curves(id, Curves::from_follower(follower)));
            }
        }
    }

    fn send_preview(&mut self) {
        let Some(id) = self.watched.selected.clone() else {
            return;
        };
        let Some(follower) = self.followers.get(&id) else {
            return;
        };
        let is_fresh = self
            .preview_sent_at
            .is_some_and(|sent| sent.elapsed() < PREVIEW_INTERVAL);
        if is_fresh && follower.state().is_live() {
            return;
        }
        let read;
        let worst = if self.watched.worst {
            Preview::read(&follower.run().worst_preview_path()).ok()
        } else {
            None
        };
        let is_worst = worst.is_some();
        let preview = match (worst, self.watched.step) {
            (Some(worst), _) => {
                read = Some(worst);
                read.as_ref()
            }
            (None, None) => follower.preview(),
            (None, Some(step)) => {
                read = preview::read_nearest(follower.run(), step).ok();
                read.as_ref().or(follower.preview())
            }
        };
        let Some(preview) = preview else {
            return;
        };
        let is = (id.clone(), preview.step, is_worst);
        if self.sent_preview.as_ref() != Some(&is)
            && let Some(strip) = preview_strip(preview, is_worst)
        {
            self.sent_preview = Some(is);
            self.preview_sent_at = Some(Instant::now());
            self.emit(RunUpdate::Preview(id, strip));
        }
    }
}

fn run_name(run: &RunDir) -> String {
    run.name()
}

/// The preview's faces side by side; none when it holds no face.
fn preview_strip(preview: &Preview, worst: bool) -> Option<PreviewStrip> {
    let faces = preview.faces();
    let row = |pixels: &[u8]| face_grid(&[pixels], preview.size as u32, 0).map(Arc::new);
    if faces == 0 {
        return None;
    }
    Some(PreviewStrip {
        step: preview.step,
        faces: faces.min(64) as u16,
        held_out: preview.held_out,
        worst,
        clean: row(&preview.clean)?,
        noisy: row(&preview.noisy),
        rebuilt: row(&preview.reconstructed)?,
    })
}
