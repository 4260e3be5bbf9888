//! Watching a run cheaply: each poll looks at what changed in its directory
//! and reads only that. A finished run of a million rows is read within a few
//! hundred milliseconds, a live one costs microseconds a poll.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::curve::Curve;
use super::metrics_log::{self, Line, MetricRow};
use super::preview::Preview;
use super::status::{self, Phase};
use super::{RunDir, RunSummary, State, Status};
use crate::error::{Error, Result};
use crate::training::{Scores, TrainSpec};

/// Bytes read at once.
const CHUNK: usize = 1 << 18;
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

    fn of(self, row: &MetricRow) -> Option<f32> {
        match self {
            Self::Loss => row.loss,
            Self::LearningRate => row.lr.map(|rate| rate as f32),
            Self::ImagesPerS => row.images_per_s.map(|rate| rate as f32),
            Self::GpuUse => row.gpu.map(|gpu| gpu.use_percent),
            Self::GpuMemory => row.gpu.map(|gpu| gpu.memory_mib),
            Self::GpuPower => row.gpu.map(|gpu| gpu.power_w),
            Self::GpuTemperature => row.gpu.map(|gpu| gpu.temperature_c),
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
    spec: TrainSpec,
    status: Status,
    state: State,
    curves: [Curve; Quantity::ALL.len()],
    held_out: Vec<HeldOutPoint>,
    events: Vec<Event>,
    preview: Option<Preview>,
    status_stamp: Option<Stamp>,
    preview_stamp: Option<Stamp>,
    metrics_inode: u64,
    offset: u64,
    beat: (u64, Instant),
}

impl Follower {
    /// Attaches to a run and reads all that is there.
    ///
    /// # Errors
    /// When the run's spec, status or metrics cannot be read.
    pub fn attach(run: RunDir) -> Result<Self> {
        let mut follower = Self {
            spec: run.spec()?,
            run,
            status: Status::default(),
            state: State::Queued,
            curves: Default::default(),
            held_out: Vec::new(),
            events: Vec::new(),
            preview: None,
            status_stamp: None,
            preview_stamp: None,
            metrics_inode: 0,
            offset: 0,
            beat: (0, Instant::now()),
        };
        follower.poll()?;
        Ok(follower)
    }

    /// Reads what changed since the last time. Several times a second is fine.
    ///
    /// # Errors
    /// When a file is there but cannot be read; the next poll tries again.
    pub fn poll(&mut self) -> Result<Changes> {
        if !self.run.exists() {
            return Ok(Changes {
                gone: true,
                ..Changes::default()
            });
        }
        // The status last: what it says has happened is then on the chart already.
        let metrics = self.read_metrics()?;
        let preview = self.read_preview();
        let status = self.read_status()?;
        Ok(Changes {
            status,
            metrics,
            preview,
            gone: false,
        })
    }

    fn read_status(&mut self) -> Result<bool> {
        let mut changed = false;
        let stamp = Stamp::of(&self.run.status_file());
        if stamp != self.status_stamp {
            let status = Status::read(&self.run)?;
            changed = status != self.status;
            self.status = status;
            self.status_stamp = stamp;
        }
        let state = self.derive_state();
        changed |= state != self.state;
        self.state = state;
        Ok(changed)
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
        match Preview::read(&file) {
            Ok(preview) => {
                self.preview = Some(preview);
                true
            }
            Err(_) => false,
        }
    }

    fn read_metrics(&mut self) -> Result<bool> {
        let path = self.run.metrics_file();
        let Some(stamp) = Stamp::of(&path) else {
            return Ok(false);
        };
        if stamp.inode != self.metrics_inode || stamp.length < self.offset {
            self.forget_metrics();
            self.metrics_inode = stamp.inode;
        }
        if stamp.length == self.offset {
            return Ok(false);
        }
        let mut file = File::open(&path).map_err(Error::io(&path, "open"))?;
        file.seek(SeekFrom::Start(self.offset))
            .map_err(Error::io(&path, "read"))?;
        let mut buffer = vec![0; CHUNK];
        let mut filled = 0;
        let mut changed = false;
        loop {
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0); // a line longer than a chunk
            }
            let read = file
                .read(&mut buffer[filled..])
                .map_err(Error::io(&path, "read"))?;
            if read == 0 {
                return Ok(changed); // what is left is a line still being written
            }
            filled += read;
            let whole = match buffer[..filled].iter().rposition(|&byte| byte == b'\n') {
                Some(end) => end + 1,
                None => continue,
            };
            for line in buffer[..whole].split(|&byte| byte == b'\n') {
                match metrics_log::parse(line) {
                    Some(Line::Step { step, loss }) => self.push(Quantity::Loss, step, loss),
                    Some(Line::Row(row)) => self.take(*row),
                    None => continue,
                }
                changed = true;
            }
            self.offset += whole as u64;
            buffer.copy_within(whole..filled, 0);
            filled -= whole;
        }
    }

    fn push(&mut self, quantity: Quantity, step: u64, value: f32) {
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
        self.offset = 0;
        self.curves = Default::default();
        self.held_out.clear();
        self.events.clear();
    }

    /// The run's directory.
    pub fn run(&self) -> &RunDir {
        &self.run
    }

    /// What it was asked to do.
    pub fn spec(&self) -> &TrainSpec {
        &self.spec
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
        RunSummary::of(&self.run, &self.spec, &self.status, self.state)
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
