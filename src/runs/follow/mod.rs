//! Watching a run cheaply: each poll reads only what has changed in its
//! directory. A finished run of a million rows takes a few hundred milliseconds,
//! a poll of a live run takes microseconds.

mod file_stamp;
mod history;
mod metric_kind;
mod tail;

pub(crate) use history::{HeldOutPoint, RunEvent};
pub(crate) use metric_kind::MetricKind;

use std::time::{Duration, Instant};

pub(super) use self::file_stamp::FileStamp;
use self::history::History;
use self::tail::{FileTail, TailItem};
use super::curve::Curve;
use super::lenient_spec::LenientSpec;
use super::lock;
use super::preview::Preview;
use super::run_dir::RunDir;
use super::status::{RunState, Status, hostname};
use super::summary::{RunSummary, read_status};
use crate::error::Result;
use crate::number_format;

/// A worker on another host counts as crashed after this long without a
/// heartbeat, by this process's clock. A live worker has one every second.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(60);

/// What has changed since the last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// The status or the derived state.
    pub(crate) status: bool,
    /// Curves, held-out points or events.
    pub metrics: bool,
    /// The preview.
    pub(crate) preview: bool,
    /// The run's directory was removed.
    pub(crate) removed: bool,
}

impl Changes {
    /// Whether anything is new.
    pub fn any(self) -> bool {
        self.status || self.metrics || self.preview || self.removed
    }
}

/// All that a run's files say, kept up to date by [`Follower::poll`].
#[derive(Debug)]
pub struct Follower {
    run: RunDir,
    lenient_spec: LenientSpec,
    status: Status,
    state: RunState,
    history: History,
    preview: Option<Preview>,
    status_stamp: Option<FileStamp>,
    preview_stamp: Option<FileStamp>,
    tail: FileTail,
    status_problem: Option<String>,
    metrics_problem: Option<String>,
    preview_problem: Option<String>,
    /// The heartbeat, and when it last changed.
    last_heartbeat: (u64, Instant),
}

impl Follower {
    /// Attaches to a run and reads its files. Those that cannot be read are
    /// listed in [`problems`](Self::problems).
    ///
    /// # Errors
    /// When the run does not exist any more.
    pub fn attach(run: RunDir) -> Result<Self> {
        let run = RunDir::open(run.path())?;
        let lenient_spec = run.lenient_spec();
        let status_stamp = FileStamp::of(&run.status_path());
        let (status, status_problem) = read_status(&run, &lenient_spec);
        let mut follower = Self {
            status_stamp,
            lenient_spec,
            run,
            status,
            state: RunState::Queued,
            history: History::default(),
            preview: None,
            preview_stamp: None,
            tail: FileTail::default(),
            status_problem,
            metrics_problem: None,
            preview_problem: None,
            last_heartbeat: (0, Instant::now()),
        };
        follower.poll();
        Ok(follower)
    }

    /// Reads what has changed. Cheap enough for several calls per second. A file
    /// that cannot be read is read again by the next poll.
    pub fn poll(&mut self) -> Changes {
        if !self.run.exists() {
            return Changes {
                removed: true,
                ..Changes::default()
            };
        }
        // The status last, so that what it reports is on the charts already.
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
        let is_remote = self.status.host.as_deref() != Some(hostname().as_str());
        if state.is_live()
            && is_remote
            && self.last_heartbeat.1.elapsed() > HEARTBEAT_TIMEOUT
            && !lock::is_held(&self.run)
        {
            return RunState::Crashed;
        }
        state
    }

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

    fn read_metrics(&mut self) -> bool {
        let history = &mut self.history;
        let mut changed = false;
        let read = self.tail.read(&self.run.metrics_path(), &mut |item| {
            changed = true;
            match item {
                TailItem::Restarted => *history = History::default(),
                TailItem::TooLong => history.unread_lines += 1,
                TailItem::Line(line) => history.add_line(line),
            }
        });
        let problem = read.err().map(|error| error.to_string());
        changed |= problem != self.metrics_problem;
        self.metrics_problem = problem;
        changed
    }

    /// The run's directory.
    pub(crate) fn run(&self) -> &RunDir {
        &self.run
    }

    /// Its spec, as far as it can be read.
    pub(crate) fn lenient_spec(&self) -> &LenientSpec {
        &self.lenient_spec
    }

    /// What could not be read of its files, and why.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.summary().unreadable;
        problems.extend(self.metrics_problem.clone());
        problems.extend(self.preview_problem.clone());
        if self.history.unread_lines > 0 {
            problems.push(format!(
                "{}: {} of its lines cannot be read",
                self.run.metrics_path().display(),
                number_format::count(self.history.unread_lines)
            ));
        }
        let skipped: u64 = self.history.curves.iter().map(Curve::skipped).sum();
        if skipped > 0 {
            problems.push(format!(
                "{}: {} values are not finite, beyond 3.4e38 or out of step order; \
                 charts leave them out",
                self.run.metrics_path().display(),
                number_format::count(skipped)
            ));
        }
        problems
    }

    /// Lines of the metrics that cannot be read.
    pub fn unread_lines(&self) -> u64 {
        self.history.unread_lines
    }

    /// The derived state: crashed if the worker has died.
    pub fn state(&self) -> RunState {
        self.state
    }

    /// What lists show of the run.
    pub fn summary(&self) -> RunSummary {
        let mut summary = RunSummary::new(&self.run, &self.lenient_spec, &self.status, self.state);
        summary.unreadable.extend(self.status_problem.clone());
        summary
    }

    /// A metric over steps. The learning rate has a point where it changed,
    /// throughput and GPU metrics about one per second.
    pub(crate) fn curve(&self, metric: MetricKind) -> &Curve {
        &self.history.curves[metric as usize]
    }

    /// The training loss over steps.
    pub fn loss(&self) -> &Curve {
        self.curve(MetricKind::Loss)
    }

    /// The held-out scores of each epoch.
    pub fn held_out(&self) -> &[HeldOutPoint] {
        &self.history.held_out
    }

    /// The events, in order.
    pub fn events(&self) -> &[RunEvent] {
        &self.history.events
    }

    /// The latest preview.
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref()
    }

    /// Whether nothing changes any more until the run is resumed.
    pub fn has_ended(&self) -> bool {
        !self.state.is_live() && self.status.state != RunState::Queued
    }
}
