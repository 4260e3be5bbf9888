//! `status.json`, and the state of a run that follows from it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::run_dir::RunDir;
use super::{json_file, lock};
use crate::error::Result;
use crate::number_format::json_numbers;

use crate::training::Scores;

/// A worker on another host, whose lock may not be visible here, counts as
/// crashed once its status has not changed for this long.
const REMOTE_TIMEOUT: Duration = Duration::from_secs(300);
/// The same on this machine's own disk, where only the host's name was
/// another: a container's, or one that has been changed.
const LOCAL_DISK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[derive(strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum RunState {
    /// Created; no worker has started.
    #[default]
    Queued,
    /// Training, or preparing to.
    Running,
    /// Asked to pause; the current step is being finished.
    Pausing,
    /// Waiting to be resumed.
    Paused,
    /// Asked to stop; the step is being finished and a checkpoint written.
    Stopping,
    /// Ended on request before its last step; can be resumed.
    Stopped,
    /// All steps are done.
    Finished,
    /// The worker died without writing a final status; can be resumed. Readers
    /// derive this state, `status.json` never contains it.
    #[serde(skip_deserializing)]
    Crashed,
    /// Ended by an error, which the status gives; can be resumed.
    Failed,
    /// The status is missing or cannot be read.
    Unknown,
}

impl RunState {
    /// Whether a worker is alive in this state.
    pub(crate) fn is_live(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Pausing | Self::Paused | Self::Stopping
        )
    }

    /// Whether `runs resume` can start a new worker.
    pub fn is_resumable(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Stopped | Self::Crashed | Self::Failed
        )
    }
}

/// A checkpoint's place and the held-out scores of its weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestCheckpoint {
    /// Steps done when it was written.
    pub step: u64,
    /// Epochs done when it was written.
    pub(crate) epoch: u32,
    /// On the held-out pictures.
    pub held_out: Scores,
}

/// `status.json`. Fields that another program leaves out, or that cannot be
/// read, take their defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default = "Status::of_empty_file")]
pub struct Status {
    /// Version of this file's layout, 1.
    pub format: u32,
    /// What the worker is doing, as it says itself; see [`Status::state`].
    pub state: RunState,
    /// The work before the first step: "reading faces".
    pub stage: Option<String>,
    /// Counts up with every write, about once a second; the only proof of life
    /// across hosts, because clocks differ and jump.
    pub heartbeat: u64,
    /// The worker's process id; `None` before the first worker.
    pub pid: Option<u32>,
    /// The worker's host.
    pub host: Option<String>,
    /// When this worker started, UTC; for people, nothing is computed from it.
    pub started_at: Option<String>,
    /// When this file was written, UTC; for people, nothing is computed from it.
    pub updated_at: Option<String>,
    /// The `seq` of the last `control.json` that the worker has carried out.
    pub control_seq: u64,
    /// The last `checkpoint_seq` that the worker has carried out.
    pub checkpoint_seq: u64,
    /// Steps done.
    #[serde(deserialize_with = "json_numbers::count")]
    pub step: u64,
    /// Steps in the whole run; 0 until known.
    #[serde(deserialize_with = "json_numbers::count")]
    pub steps: u64,
    /// The epoch of the last step, from 1; 0 before the first step.
    pub epoch: u32,
    /// Epochs in the whole run.
    pub epochs: u32,
    /// Training pictures per second over the last seconds, without evaluation and pauses.
    #[serde(deserialize_with = "json_numbers::optional")]
    pub images_per_s: Option<f64>,
    /// Seconds until the run is finished, with evaluation and checkpoints;
    /// `None` during warm-up and while paused.
    #[serde(deserialize_with = "json_numbers::optional")]
    pub seconds_left: Option<f64>,
    /// Seconds of work so far by all workers of this run, without pauses.
    #[serde(deserialize_with = "json_numbers::number")]
    pub seconds: f64,
    /// Mean squared error of the last step's pictures.
    #[serde(deserialize_with = "json_numbers::optional")]
    pub loss: Option<f64>,
    /// The learning rate of the last step.
    #[serde(deserialize_with = "json_numbers::optional")]
    pub learning_rate: Option<f64>,
    /// Noise on the last step's pictures, as `gaussian:0.1`.
    pub noise: Option<String>,
    /// Held-out scores at the last epoch's end.
    pub held_out: Option<Scores>,
    /// The best checkpoint by held-out error.
    pub best: Option<BestCheckpoint>,
    /// Mean squared error of the mean training picture on the held-out pictures
    /// (on training pictures if none is held out), once the run has ended.
    #[serde(deserialize_with = "json_numbers::optional")]
    pub mean_picture_mse: Option<f64>,
    /// Whether the run ended with a held-out error that is not finite, or that
    /// is worse than the mean picture's after having been better, or far worse.
    pub diverged: bool,
    /// The step of the latest checkpoint.
    pub checkpoint: Option<u64>,
    /// The device it trains on: `cpu`, `cuda:0`.
    pub device: Option<String>,
    /// Why the run paused by itself, failed or diverged, and what to do.
    pub error: Option<String>,
    /// The anomaly that made the run pause or fail.
    #[serde(rename = "trouble")]
    pub anomaly: Option<AnomalyReport>,
    /// Names of fields that could not be read, with the reason; never written.
    #[serde(skip)]
    pub unreadable_fields: Vec<(String, String)>,
}

/// A step whose loss was not a number or far above the loss before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnomalyReport {
    /// The step.
    pub step: u64,
    /// Its loss; `None` when it is not a number.
    #[serde(default, deserialize_with = "json_numbers::optional")]
    pub(crate) loss: Option<f64>,
    /// The running mean of the loss before.
    #[serde(default, rename = "usual", deserialize_with = "json_numbers::optional")]
    pub(crate) baseline: Option<f64>,
    /// The step's pictures, as rows of the data set (the first sixteen).
    #[serde(default)]
    pub pictures: Vec<usize>,
    /// The checkpoint that a rollback goes to.
    pub rollback_to: Option<u64>,
}

impl Status {
    /// The defaults of fields that the file leaves out.
    fn of_empty_file() -> Self {
        Self {
            state: RunState::Unknown,
            ..Self::default()
        }
    }

    /// Reads a run's status; a run without one is queued. A field that cannot be
    /// read takes its default and is listed in `unreadable_fields`.
    ///
    /// # Errors
    /// When the file exists but cannot be read or is not a JSON object.
    pub fn read(run: &RunDir) -> Result<Self> {
        let read = json_file::read(&run.status_path(), json_numbers::read_fields::<Self>)?;
        Ok(read.map_or_else(Self::default, |(status, unread)| Self {
            unreadable_fields: unread,
            ..status
        }))
    }

    /// Replaces the run's status. Only for the worker, and for the process that
    /// creates the run before there is a worker.
    ///
    /// # Errors
    /// `NotFound` when the run was removed: its directory is not created again.
    /// Also when the file cannot be written.
    pub fn write(&self, run: &RunDir) -> Result<()> {
        run.check_exists()?;
        json_file::write(&run.status_path(), self)
    }

    /// Reads a run's status with the state derived from it. The two agree even
    /// if the worker writes its final status after the file was read and before
    /// its lock was found free.
    ///
    /// # Errors
    /// As for [`Status::read`].
    pub(crate) fn read_with_state(run: &RunDir) -> Result<(Self, RunState)> {
        let status = Self::read(run)?;
        let state = status.state(run);
        if state == status.state {
            return Ok((status, state));
        }
        Ok((Self::read(run)?, state))
    }

    /// The run's actual state: crashed where the status names a live state but
    /// the worker is gone.
    pub fn state(&self, run: &RunDir) -> RunState {
        let state = self.state;
        if state == RunState::Unknown && lock::is_held(run) {
            return RunState::Running;
        }
        if !state.is_live() || lock::is_held(run) {
            return state;
        }
        if self.host.as_deref() == Some(hostname().as_str()) {
            return Self::recheck(run);
        }
        // Another program may write rarely, and leave out the host.
        let timeout = if self.host.is_some() && lock::is_local_file_system(run.path()) {
            LOCAL_DISK_TIMEOUT
        } else {
            REMOTE_TIMEOUT
        };
        match status_age(run) {
            Some(age) if age > timeout => RunState::Crashed,
            _ => state,
        }
    }

    /// A worker writes its final status before it releases its lock, so a status
    /// read before the lock was found free may be outdated.
    fn recheck(run: &RunDir) -> RunState {
        match Self::read(run).map(|now| now.state) {
            Ok(now) if !now.is_live() => now,
            _ => RunState::Crashed,
        }
    }
}

/// When a run's status was last written, by the file system's clock.
pub(super) fn status_modified(run: &RunDir) -> Option<SystemTime> {
    let meta = std::fs::metadata(run.status_path()).ok()?;
    meta.modified().ok()
}

/// How long ago a run's status was written, by this host's clock; `None` when
/// that is in the future.
pub(super) fn status_age(run: &RunDir) -> Option<Duration> {
    status_modified(run)?.elapsed().ok()
}

/// This host's name.
pub fn hostname() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
