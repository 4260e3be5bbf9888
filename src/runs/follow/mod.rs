//! Watching a run cheaply: each poll looks at what changed in its directory
//! and reads only that. A finished run of a million rows is read within a few
//! hundred milliseconds, a live one costs microseconds a poll.

mod tail;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use self::tail::{FileTail, TailItem};
use super::curve::Curve;
use super::metrics_log::{self, Line, MetricRow};
use super::preview::Preview;
use super::status::{self, Phase};
use super::summary::read_status;
use super::{LenientSpec, RunDir, RunState, RunSummary, Status};
use crate::error::Result;
use crate::number_format;
use crate::training::Scores;

/// A worker on another host that has not beaten for this long, by our own
/// monotonic clock, is taken for dead; it beats every second.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(60);

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
pub enum MetricKind {
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

impl MetricKind {
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

    fn value_in(self, row: &MetricRow) -> Option<f64> {
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
pub struct RunEvent {
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
    pub removed: bool,
}

impl Changes {
    /// Whether anything is new.
    pub fn any(self) -> bool {
        self.status || self.metrics || self.preview || self.removed
    }
}

/// A file's identity and age; a renamed-over file differs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
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
    lenient_spec: LenientSpec,
    status: Status,
    state: RunState,
    curves: [Curve; MetricKind::ALL.len()],
    held_out: Vec<HeldOutPoint>,
    events: Vec<RunEvent>,
    preview: Option<Preview>,
    status_stamp: Option<FileStamp>,
    preview_stamp: Option<FileStamp>,
    tail: FileTail,
    unread_lines: u64,
    status_problem: Option<String>,
    metrics_problem: Option<String>,
    preview_problem: Option<String>,
    last_heartbeat: (u64, Instant),
}

impl Follower {
    /// Attaches to a run and reads all that is there.
    ///
    /// # Errors
    /// When the run is not there any more. Files of it that cannot be read are
    /// [`problems`](Self::problems).
    pub fn attach(run: RunDir) -> Result<Self> {
        let run = RunDir::open(run.path())?;
        let outline = run.lenient_spec();
        let (status, status_problem) = read_status(&run, &outline);
        let mut follower = Self {
            status_stamp: FileStamp::of(&run.status_path()),
            lenient_spec: outline,
            run,
            status,
            state: RunState::Queued,
            curves: Default::default(),
            held_out: Vec::new(),
            events: Vec::new(),
            preview: None,
            preview_stamp: None,
            tail: FileTail::default(),
            unread_lines: 0,
            status_problem,
            metrics_problem: None,
            preview_problem: None,
            last_heartbeat: (0, Instant::now()),
        };
        follower.poll();
        Ok(follower)
    }

    /// Reads what changed since the last time. Several times a second is fine.
    /// A file that cannot be read is tried again by the next poll.
    pub fn poll(&mut self) -> Changes {
        if !self.run.exists() {
            return Changes {
                removed: true,
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
            removed: false,
        }
    }

    fn read_status(&mut self) -> bool {
        let mut changed = false;
        let stamp = FileStamp::of(&self.run.status_path());
        if stamp != self.status_stamp {
            let (status, problem) = read_status(&self.run, &self.lenient_spec);
            changed = status != self.status || problem != self.status_problem;
            (self.status, self.status_problem) = (status, problem);
            self.status_stamp = stamp;
        }
        let state = self.derive_state();
        changed |= state != self.state;
        self.state = state;
        changed
    }

    fn derive_state(&mut self) -> RunState {
        if self.status.heartbeat != self.last_heartbeat.0 {
            self.last_heartbeat = (self.status.heartbeat, Instant::now());
        }
        let state = self.status.state(&self.run);
        let elsewhere = self.status.host.as_deref() != Some(status::hostname().as_str());
        if state.is_live()
            && elsewhere
            && self.last_heartbeat.1.elapsed() > HEARTBEAT_TIMEOUT
            && !super::lock::is_held(&self.run)
        {
            return RunState::Crashed;
        }
        state
    }

    /// A preview that cannot be read is left for the next poll: it is only a picture.
    fn read_preview(&mut self) -> bool {
        let file = self.run.preview_path();
        let stamp = FileStamp::of(&file);
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
        let read = tail.read(&self.run.metrics_path(), &mut |found| {
            changed = true;
            match found {
                TailItem::Restarted => self.reset_metrics(),
                TailItem::TooLong => self.unread_lines += 1,
                TailItem::Line(line) => match metrics_log::parse_line(line) {
                    Some(Line::Step { step, loss }) => self.push(MetricKind::Loss, step, loss),
                    Some(Line::Row(row)) => self.apply_row(*row),
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

    fn push(&mut self, quantity: MetricKind, step: u64, value: f64) {
        self.curves[quantity as usize].push(step, value);
    }

    fn apply_row(&mut self, row: MetricRow) {
        if let Some(step) = row.resumed_at {
            for curve in &mut self.curves {
                curve.rewind(step);
            }
            self.held_out.retain(|point| point.step <= step);
            self.events.retain(|event| event.step <= step);
        }
        for quantity in MetricKind::ALL {
            if let Some(value) = quantity.value_in(&row) {
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
            self.events.push(RunEvent {
                step: row.step,
                what,
                detail: row.detail.unwrap_or_default(),
            });
        }
    }

    fn reset_metrics(&mut self) {
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
    pub fn lenient_spec(&self) -> &LenientSpec {
        &self.lenient_spec
    }

    /// What of its files could not be read, and why.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.summary().unreadable;
        problems.extend(self.metrics_problem.clone());
        problems.extend(self.preview_problem.clone());
        if self.unread_lines > 0 {
            problems.push(format!(
                "{}: {} of its lines cannot be read",
                self.run.metrics_path().display(),
                number_format::count(self.unread_lines)
            ));
        }
        let skipped: u64 = self.curves.iter().map(Curve::skipped).sum();
        if skipped > 0 {
            problems.push(format!(
                "{}: {} figures are not finite, beyond 3.4e38 or out of the steps' order; \
                 charts leave them out",
                self.run.metrics_path().display(),
                number_format::count(skipped)
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
    pub fn state(&self) -> RunState {
        self.state
    }

    /// What lists show of it.
    pub fn summary(&self) -> RunSummary {
        let mut summary = RunSummary::new(&self.run, &self.lenient_spec, &self.status, self.state);
        summary.unreadable.extend(self.status_problem.clone());
        summary
    }

    /// Seconds since the worker's last beat, by this process's monotonic clock
    /// and from when it first saw it; a live worker beats every second.
    pub fn seconds_since_heartbeat(&self) -> f64 {
        self.last_heartbeat.1.elapsed().as_secs_f64()
    }

    /// A quantity by step: the learning rate where it changed, the rate and the
    /// GPU about once a second.
    pub fn curve(&self, quantity: MetricKind) -> &Curve {
        &self.curves[quantity as usize]
    }

    /// Training loss by step.
    pub fn loss(&self) -> &Curve {
        self.curve(MetricKind::Loss)
    }

    /// Held-out scores by epoch.
    pub fn held_out(&self) -> &[HeldOutPoint] {
        &self.held_out
    }

    /// What happened, in order.
    pub fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// The fixed faces as of the last preview.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }

    /// Whether nothing will change any more unless somebody resumes it.
    pub fn has_ended(&self) -> bool {
        !self.state.is_live() && self.status.state != Phase::Queued
    }
}
