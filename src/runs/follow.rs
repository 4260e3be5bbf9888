//! Watching a run cheaply: each poll looks at what changed in its directory
//! and reads only that. A finished run of a million rows is read within a few
//! hundred milliseconds, a live one costs microseconds a poll.

mod tail;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use self::tail::{Found, Tail};
use super::curve::Curve;
use super::metrics_log::{self, Line, MetricRow};
use super::preview::Preview;
use super::status::{self, Phase};
use super::summary::read_status;
use super::{Outline, RunDir, RunSummary, State, Status};
use crate::error::Result;
use crate::figure;
use crate::training::Scores;

/// A worker on another host that has not beaten for this long, by our own
/// monotonic clock, is taken for dead; it beats every second.
const SILENCE: Duration = Duration::from_secs(60);

/// An evaluation on the held-out pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOutPoint {
    /// Steps done.
    pub step: u64,
    /// The epoch that ended.
    pub epoch: u32,
    /// The scores.
    pub scores: Scores,
}

/// What a run's metrics tell over steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantity {
    /// Mean squared error of each step's pictures.
    #[default]
    Loss,
    /// The learning rate.
    LearningRate,
    /// Training pictures a second.
    ImagesPerS,
    /// The GPU's use, in percent.
    GpuUse,
    /// The GPU's memory that is taken, in MiB.
    GpuMemory,
    /// The GPU's power, in watts.
    GpuPower,
    /// The GPU's temperature, in degrees Celsius.
    GpuTemperature,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Loss,
        Self::LearningRate,
        Self::ImagesPerS,
        Self::GpuUse,
        Self::GpuMemory,
        Self::GpuPower,
        Self::GpuTemperature,
    ];

    /// Its name and unit.
    pub fn label(self) -> &'static str {
        match self {
            Self::Loss => "mean squared error",
            Self::LearningRate => "learning rate",
            Self::ImagesPerS => "training images/s",
            Self::GpuUse => "GPU use, %",
            Self::GpuMemory => "GPU memory, MiB",
            Self::GpuPower => "GPU power, W",
            Self::GpuTemperature => "GPU temperature, °C",
        }
    }

    fn of(self, row: &MetricRow) -> Option<f64> {
        match self {
            Self::Loss => row.loss,
            Self::LearningRate => row.lr,
            Self::ImagesPerS => row.images_per_s,
            Self::GpuUse => row.gpu.map(|gpu| f64::from(gpu.use_percent)),
            Self::GpuMemory => row.gpu.map(|gpu| f64::from(gpu.memory_mib)),
            Self::GpuPower => row.gpu.map(|gpu| f64::from(gpu.power_w)),
            Self::GpuTemperature => row.gpu.map(|gpu| f64::from(gpu.temperature_c)),
        }
    }
}

/// Something that happened: a mark on the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Steps done.
    pub step: u64,
    /// What: see [`MetricRow::event`].
    pub what: String,
    /// With which value.
    pub detail: String,
}

/// What a poll found new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// The status or the derived state.
    pub status: bool,
    /// Curves, held-out points or events.
    pub metrics: bool,
    /// The preview.
    pub preview: bool,
    /// The run's directory is gone.
    pub gone: bool,
}

impl Changes {
    /// Whether anything is new.
    pub fn any(self) -> bool {
        self.status || self.metrics || self.preview || self.gone
    }
}

/// A file's identity and age; a renamed-over file differs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&meta);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self {
            inode,
            length: meta.len(),
            modified: meta.modified().ok(),
        })
    }
}

/// Everything known about one run, kept up to date by [`Follower::poll`].
#[derive(Debug)]
pub struct Follower {
    run: RunDir,
    outline: Outline,
    status: Status,
    state: State,
    curves: [Curve; Quantity::ALL.len()],
    held_out: Vec<HeldOutPoint>,
    events: Vec<Event>,
    preview: Option<Preview>,
    status_stamp: Option<Stamp>,
    preview_stamp: Option<Stamp>,
    tail: Tail,
    unread_lines: u64,
    status_problem: Option<String>,
    metrics_problem: Option<String>,
    preview_problem: Option<String>,
    beat: (u64, Instant),
}

impl Follower {
    /// Attaches to a run and reads all that is there.
    ///
    /// # Errors
    /// When the run is not there any more. Files of it that cannot be read are
    /// [`problems`](Self::problems).
    pub fn attach(run: RunDir) -> Result<Self> {
        let run = RunDir::open(run.path())?;
        let outline = run.outline();
        let (status, status_problem) = read_status(&run, &outline);
        let mut follower = Self {
            status_stamp: Stamp::of(&run.status_file()),
            outline,
            run,
            status,
            state: State::Queued,
            curves: Default::default(),
            held_out: Vec::new(),
            events: Vec::new(),
            preview: None,
            preview_stamp: None,
            tail: Tail::default(),
            unread_lines: 0,
            status_problem,
            metrics_problem: None,
            preview_problem: None,
            beat: (0, Instant::now()),
        };
        follower.poll();
        Ok(follower)
    }

    /// Reads what changed since the last time. Several times a second is fine.
    /// A file that cannot be read is tried again by the next poll.
    pub fn poll(&mut self) -> Changes {
        if !self.run.exists() {
            return Changes {
                gone: true,
                ..Changes::default()
            };
        }
        // The status last: what it says has happened is then on the chart already.
        let metrics = self.read_metrics();
        let preview = self.read_preview();
        let status = self.read_status();
        Changes {
            status,
            metrics,
            preview,
            gone: false,
        }
    }

    fn read_status(&mut self) -> bool {
        let mut changed = false;
        let stamp = Stamp::of(&self.run.status_file());
        if stamp != self.status_stamp {
            let (status, problem) = read_status(&self.run, &self.outline);
            changed = status != self.status || problem != self.status_problem;
            (self.status, self.status_problem) = (status, problem);
            self.status_stamp = stamp;
        }
        let state = self.derive_state();
        changed |= state != self.state;
        self.state = state;
        changed
    }

    fn derive_state(&mut self) -> State {
        if self.status.heartbeat != self.beat.0 {
            self.beat = (self.status.heartbeat, Instant::now());
        }
        let state = self.status.state(&self.run);
        let elsewhere = self.status.host.as_deref() != Some(status::host().as_str());
        if state.is_live()
            && elsewhere
            && self.beat.1.elapsed() > SILENCE
            && !super::lock::is_held(&self.run)
        {
            return State::Crashed;
        }
        state
    }

    /// A preview that cannot be read is left for the next poll: it is only a picture.
    fn read_preview(&mut self) -> bool {
        let file = self.run.preview_file();
        let stamp = Stamp::of(&file);
        if stamp == self.preview_stamp {
            return false;
        }
        self.preview_stamp = stamp;
        if stamp.is_none() {
            self.preview_problem = None;
            return false;
        }
        match Preview::read(&file) {
            Ok(preview) => {
                self.preview = Some(preview);
                self.preview_problem = None;
                true
            }
            Err(error) => {
                self.preview_problem = Some(error.to_string());
                false
            }
        }
    }

    /// Whether there was anything new; a file that cannot be read is told in
    /// [`problems`](Self::problems).
    fn read_metrics(&mut self) -> bool {
        let mut tail = std::mem::take(&mut self.tail);
        let mut changed = false;
        let read = tail.read(&self.run.metrics_file(), &mut |found| {
            changed = true;
            match found {
                Found::Anew => self.forget_metrics(),
                Found::Overlong => self.unread_lines += 1,
                Found::Line(line) => match metrics_log::parse(line) {
                    Some(Line::Step { step, loss }) => self.push(Quantity::Loss, step, loss),
                    Some(Line::Row(row)) => self.take(*row),
                    None if line.iter().all(u8::is_ascii_whitespace) => {}
                    None => self.unread_lines += 1,
                },
            }
        });
        self.tail = tail;
        let problem = read.err().map(|error| error.to_string());
        changed |= problem != self.metrics_problem;
        self.metrics_problem = problem;
        changed
    }

    fn push(&mut self, quantity: Quantity, step: u64, value: f64) {
        self.curves[quantity as usize].push(step, value);
    }

    fn take(&mut self, row: MetricRow) {
        if let Some(step) = row.resumed_at {
            for curve in &mut self.curves {
                curve.rewind(step);
            }
            self.held_out.retain(|point| point.step <= step);
            self.events.retain(|event| event.step <= step);
        }
        for quantity in Quantity::ALL {
            if let Some(value) = quantity.of(&row) {
                self.push(quantity, row.step, value);
            }
        }
        if let Some(scores) = row.held_out {
            self.held_out.push(HeldOutPoint {
                step: row.step,
                epoch: row.epoch.unwrap_or_default(),
                scores,
            });
        }
        if let Some(what) = row.event {
            self.events.push(Event {
                step: row.step,
                what,
                detail: row.detail.unwrap_or_default(),
            });
        }
    }

    fn forget_metrics(&mut self) {
        self.unread_lines = 0;
        self.curves = Default::default();
        self.held_out.clear();
        self.events.clear();
    }

    /// The run's directory.
    pub fn run(&self) -> &RunDir {
        &self.run
    }

    /// What it was asked to do, as far as its files say.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// What of its files could not be read, and why.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.summary().unreadable;
        problems.extend(self.metrics_problem.clone());
        problems.extend(self.preview_problem.clone());
        if self.unread_lines > 0 {
            problems.push(format!(
                "{}: {} of its lines cannot be read",
                self.run.metrics_file().display(),
                figure::count(self.unread_lines)
            ));
        }
        let skipped: u64 = self.curves.iter().map(Curve::skipped).sum();
        if skipped > 0 {
            problems.push(format!(
                "{}: {} figures are not finite, beyond 3.4e38 or out of the steps' order; \
                 charts leave them out",
                self.run.metrics_file().display(),
                figure::count(skipped)
            ));
        }
        problems
    }

    /// Lines of the metrics that cannot be read.
    pub fn unread_lines(&self) -> u64 {
        self.unread_lines
    }

    /// What its worker last said.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What it is in truth.
    pub fn state(&self) -> State {
        self.state
    }

    /// What lists show of it.
    pub fn summary(&self) -> RunSummary {
        let mut summary = RunSummary::of(&self.run, &self.outline, &self.status, self.state);
        summary.unreadable.extend(self.status_problem.clone());
        summary
    }

    /// Seconds since the worker's last beat, by this process's monotonic clock
    /// and from when it first saw it; a live worker beats every second.
    pub fn seconds_since_beat(&self) -> f64 {
        self.beat.1.elapsed().as_secs_f64()
    }

    /// A quantity by step: the learning rate where it changed, the rate and the
    /// GPU about once a second.
    pub fn curve(&self, quantity: Quantity) -> &Curve {
        &self.curves[quantity as usize]
    }

    /// Training loss by step.
    pub fn loss(&self) -> &Curve {
        self.curve(Quantity::Loss)
    }

    /// Held-out scores by epoch.
    pub fn held_out(&self) -> &[HeldOutPoint] {
        &self.held_out
    }

    /// What happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The fixed faces as of the last preview.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }

    /// Whether nothing will change any more unless somebody resumes it.
    pub fn is_over(&self) -> bool {
        !self.state.is_live() && self.status.state != Phase::Queued
    }
}
