//! What a worker says of itself, and what a reader makes of it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::{RunDir, json_file, liveness, lock};
use crate::error::{Error, Result};
use crate::number_format::written;
use crate::paths::replace_or_overwrite;
use crate::training::Scores;

/// On another host, where the lock may not reach, a worker that has not
/// touched its status for this long is taken for dead; it beats every second.
const REMOTE_TIMEOUT: Duration = Duration::from_secs(300);
/// The same on a disk of this machine, where the lock is free and only the
/// host's name was another: a container's, or one that was changed.
const LOCAL_DISK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a worker is doing, as it stands in `status.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Made, no worker has begun.
    #[default]
    Queued,
    /// Training, or getting ready to.
    Running,
    /// Asked to pause; the step is being finished.
    Pausing,
    /// Waiting for somebody to resume it.
    Paused,
    /// Asked to stop; the step is being finished and a checkpoint written.
    Stopping,
    /// Ended on request before its last step; can be resumed.
    Stopped,
    /// Did all its steps.
    Finished,
    /// Ended by an error, which the status names; can be resumed.
    Failed,
    /// The status does not say, or not in a word that is known.
    Unknown,
}

/// The state of a run as shown to the user: the worker's own word, or
/// crashed, which no worker can say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Made, no worker has begun.
    Queued,
    /// Training, or getting ready to.
    Running,
    /// Asked to pause; the step is being finished.
    Pausing,
    /// Waiting for somebody to resume it.
    Paused,
    /// Asked to stop; the step is being finished and a checkpoint written.
    Stopping,
    /// Ended on request before its last step; can be resumed.
    Stopped,
    /// Did all its steps.
    Finished,
    /// Its worker is gone without a word; can be resumed.
    Crashed,
    /// Ended by an error, which the status names; can be resumed.
    Failed,
    /// Its status cannot be read, or does not say.
    Unknown,
}

impl RunState {
    /// Whether a worker is alive in this state.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Pausing | Self::Paused | Self::Stopping
        )
    }

    /// Whether `runs resume` can start a new worker on it.
    pub fn is_resumable(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Stopped | Self::Crashed | Self::Failed
        )
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Crashed => "crashed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for RunState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

impl From<Phase> for RunState {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Queued => Self::Queued,
            Phase::Running => Self::Running,
            Phase::Pausing => Self::Pausing,
            Phase::Paused => Self::Paused,
            Phase::Stopping => Self::Stopping,
            Phase::Stopped => Self::Stopped,
            Phase::Finished => Self::Finished,
            Phase::Failed => Self::Failed,
            Phase::Unknown => Self::Unknown,
        }
    }
}

/// A checkpoint's place and the held-out scores of its weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestCheckpoint {
    /// Steps done when it was written.
    pub step: u64,
    /// Epochs done when it was written.
    pub epoch: u32,
    /// On the held-out pictures.
    pub held_out: Scores,
}

/// `status.json`. Fields that a foreign writer leaves out, or that cannot be
/// read, take their defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default = "Status::unsaid")]
pub struct Status {
    /// Version of this file's layout, 1.
    pub format: u32,
    /// What the worker is doing.
    pub state: Phase,
    /// What it is busy with besides training steps: "reading faces", "evaluating".
    pub stage: Option<String>,
    /// Counts up with every beat, about one a second; the only proof of life
    /// across hosts, because clocks differ and jump.
    pub heartbeat: u64,
    /// The worker's process id; none before it began.
    pub pid: Option<u32>,
    /// The host it runs on.
    pub host: Option<String>,
    /// When this worker began, UTC; for people, nothing is computed from it.
    pub started_at: Option<String>,
    /// When this file was written, UTC; for people, nothing is computed from it.
    pub updated_at: Option<String>,
    /// The number of the last `control.json` that the worker has taken up.
    pub control_seq: u64,
    /// The last `checkpoint_seq` that the worker has answered.
    pub checkpoint_seq: u64,
    /// Steps done.
    #[serde(deserialize_with = "written::whole")]
    pub step: u64,
    /// Steps in the whole run; 0 before it is known.
    #[serde(deserialize_with = "written::whole")]
    pub steps: u64,
    /// The epoch that the last step belonged to, from 1; 0 before the first step.
    pub epoch: u32,
    /// Epochs in the whole run.
    pub epochs: u32,
    /// Training pictures a second over the last seconds, evaluation and pauses left out.
    #[serde(deserialize_with = "written::optional")]
    pub images_per_s: Option<f64>,
    /// Seconds until the run is finished, evaluation and checkpoints included;
    /// none during warm-up and while paused.
    #[serde(deserialize_with = "written::optional")]
    pub seconds_left: Option<f64>,
    /// Seconds of work so far over all workers of this run, pauses left out.
    #[serde(deserialize_with = "written::figure")]
    pub seconds: f64,
    /// Mean squared error of the last step's pictures.
    #[serde(deserialize_with = "written::optional")]
    pub loss: Option<f64>,
    /// The learning rate of the last step.
    #[serde(deserialize_with = "written::optional")]
    pub learning_rate: Option<f64>,
    /// What was put on the last step's pictures, as `gaussian:0.1`.
    pub noise: Option<String>,
    /// At the last epoch's end.
    pub held_out: Option<Scores>,
    /// The best checkpoint by held-out error.
    pub best: Option<BestCheckpoint>,
    /// Mean squared error of the mean training picture on the held-out ones (on some
    /// that train where none is), once the run has ended.
    #[serde(deserialize_with = "written::optional")]
    pub mean_picture_mse: Option<f64>,
    /// Whether the run ended with a held-out error that is not finite, or worse
    /// than the mean picture's after it had been better or far beyond it.
    pub diverged: bool,
    /// The step of the latest checkpoint.
    pub checkpoint: Option<u64>,
    /// Where it trains: `cpu`, `cuda:0`.
    pub device: Option<String>,
    /// Why the run paused by itself, failed or diverged, and what to do.
    pub error: Option<String>,
    /// The step that could not be trusted, when that is why it paused.
    pub trouble: Option<AnomalyReport>,
    /// Fields that could not be read, with the reason; never written.
    #[serde(skip)]
    pub unreadable_fields: Vec<(String, String)>,
}

/// A step whose loss was not a number or far above the usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnomalyReport {
    /// The step.
    pub step: u64,
    /// Its loss; none when it is not a number.
    #[serde(default, deserialize_with = "written::optional")]
    pub loss: Option<f64>,
    /// What the loss was before.
    #[serde(default, deserialize_with = "written::optional")]
    pub usual: Option<f64>,
    /// The pictures of that step, as rows of the data set (the first sixteen).
    #[serde(default)]
    pub pictures: Vec<usize>,
    /// The checkpoint that a rollback goes to.
    pub rollback_to: Option<u64>,
}

impl Status {
    /// Of a file that says nothing.
    fn unsaid() -> Self {
        Self {
            state: Phase::Unknown,
            ..Self::default()
        }
    }

    /// Reads a run's status; a run that has none yet is queued. A field that
    /// cannot be read is as if it were not there, and is named in `unread`.
    ///
    /// # Errors
    /// When the file is there but cannot be read or is no JSON object.
    pub fn read(run: &RunDir) -> Result<Self> {
        let read = json_file::read(&run.status_path(), written::read_fields::<Self>)?;
        Ok(read.map_or_else(Self::default, |(status, unread)| Self {
            unreadable_fields: unread,
            ..status
        }))
    }

    /// Replaces the run's status. The worker's only (and its parent's, before
    /// there is a worker).
    ///
    /// # Errors
    /// Those of the file system; `NotFound` when the run was removed, which
    /// this does not make again.
    pub fn write(&self, run: &RunDir) -> Result<()> {
        if !run.exists() {
            return Err(Error::not_found(
                format!("run {}", run.path().display()),
                "its folder was removed",
            ));
        }
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::invalid("status.json", error))?;
        bytes.push(b'\n');
        replace_or_overwrite(&run.status_path(), &bytes)
    }

    /// A run's status and what the run is in truth, as of one moment: its worker
    /// may write its last word after the file was read and before its lock was
    /// found free.
    ///
    /// # Errors
    /// As of [`Status::read`].
    pub fn read_with_state(run: &RunDir) -> Result<(Self, RunState)> {
        let status = Self::read(run)?;
        let state = status.state(run);
        if state == RunState::from(status.state) {
            return Ok((status, state));
        }
        Ok((Self::read(run)?, state))
    }

    /// What the run is in truth: a live phase whose worker is gone is crashed.
    pub fn state(&self, run: &RunDir) -> RunState {
        let state = RunState::from(self.state);
        if state == RunState::Unknown && lock::is_held(run) {
            return RunState::Running;
        }
        if !state.is_live() || lock::is_held(run) {
            return state;
        }
        if self.host.as_deref() == Some(hostname().as_str()) {
            return self.recheck(run);
        }
        // Another program may write seldom, and say no host.
        let silence = if self.host.is_some() && liveness::locks_reach(run.path()) {
            LOCAL_DISK_TIMEOUT
        } else {
            REMOTE_TIMEOUT
        };
        let silent = liveness::status_age(run).is_some_and(|age| age > silence);
        if silent { RunState::Crashed } else { state }
    }

    /// A worker writes its last word before it lets the lock go, so a status
    /// read earlier than the lock was found free may be an old one.
    fn recheck(&self, run: &RunDir) -> RunState {
        match Self::read(run).map(|now| RunState::from(now.state)) {
            Ok(now) if now.is_live() => RunState::Crashed,
            Ok(now) => now,
            Err(_) => RunState::Crashed,
        }
    }
}

/// This host's name.
pub fn hostname() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
