//! `control.json`: what the worker should do. It holds a desired state, not a
//! queue: the last writer of a field wins, and writing the same again changes
//! nothing. Whether it was carried out is known from `status.json` alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::json_file;
use super::lock::ChangeLock;
use super::run_dir::RunDir;
use super::status::Status;
use crate::dataset::Noise;
use crate::error::{Error, Result};

/// Without locks, a change is checked after this long,
const RECHECK_INTERVAL: Duration = Duration::from_millis(60);
/// and made again at most this often.
const MAX_ATTEMPTS: u32 = 20;

/// What the worker should be doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Train.
    #[default]
    Run,
    /// Finish the step, write a checkpoint, wait.
    Pause,
    /// Finish the step, write a checkpoint, end.
    Stop,
    /// Finish the epoch, evaluate, write a checkpoint, end.
    StopAfterEpoch,
}

/// `control.json`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    /// Counts up with every change; the worker confirms it as `control_seq`.
    pub seq: u64,
    /// The desired state.
    pub desired: Desired,
    /// Requests a checkpoint when above the status's `checkpoint_seq`.
    pub checkpoint_seq: u64,
    /// Requests a rollback to the last good checkpoint when it has increased
    /// since the worker started.
    pub(crate) rollback_seq: u64,
    /// Overrides the spec's learning rate; schedules scale it.
    pub learning_rate: Option<f64>,
    /// Overrides the spec's noise.
    pub noise: Option<Noise>,
}

impl Control {
    /// Reads a run's control file; the default, [`Desired::Run`], if there is none.
    ///
    /// # Errors
    /// When the file exists but cannot be read or is not valid.
    pub fn read(run: &RunDir) -> Result<Self> {
        let parse = |bytes: &[u8]| serde_json::from_slice(bytes);
        Ok(json_file::read(&run.control_path(), parse)?.unwrap_or_default())
    }

    /// Checks that the learning rate is positive and finite.
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(rate) = self.learning_rate
            && !(rate.is_finite() && rate > 0.0)
        {
            return Err(Error::invalid(
                format!("learning rate {rate}"),
                "must be above 0",
            ));
        }
        Ok(())
    }
}

/// Changes a run's control file and returns its new content, whose `seq` the
/// worker will confirm. A lock keeps the changes of several processes apart. On a
/// file system without locks, a change that was overwritten is made again.
///
/// # Errors
/// When the learning rate is out of range, the run was removed, or the file
/// cannot be written.
pub(crate) fn update(run: &RunDir, mut edit: impl FnMut(&mut Control)) -> Result<Control> {
    run.check_exists()?;
    let lock = ChangeLock::acquire(&run.control_lock_path())?;
    let mut written = write_edited(run, &mut edit)?;
    if lock.is_effective() {
        return Ok(written);
    }
    for _ in 0..MAX_ATTEMPTS {
        std::thread::sleep(RECHECK_INTERVAL);
        let now = Control::read(run)?;
        // A higher number comes from a writer that had read ours.
        if now == written || now.seq > written.seq {
            break;
        }
        written = write_edited(run, &mut edit)?;
    }
    Ok(written)
}

fn write_edited(run: &RunDir, edit: &mut dyn FnMut(&mut Control)) -> Result<Control> {
    // A damaged file must not leave the run without control.
    let mut control = Control::read(run).unwrap_or_default();
    let confirmed = Status::read(run).map_or(0, |status| status.control_seq);
    edit(&mut control);
    control.validate()?;
    control.seq = control.seq.max(confirmed).saturating_add(1);
    json_file::write(&run.control_path(), &control)?;
    Ok(control)
}

/// Creates the control file and its lock file if they do not exist. On a full
/// disk they could be overwritten, but not created.
pub(super) fn ensure_exists(run: &RunDir) -> Result<()> {
    let _lock = ChangeLock::acquire(&run.control_lock_path())?;
    if run.control_path().exists() {
        return Ok(());
    }
    let control = Control {
        seq: Status::read(run).map_or(0, |status| status.control_seq),
        ..Control::default()
    };
    json_file::write(&run.control_path(), &control)
}
