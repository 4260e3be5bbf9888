//! What those who watch want of a worker: a desired state, not a queue. The
//! last writer of a field wins, repeating a wish changes nothing, and whether it was
//! fulfilled stands in `status.json` alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lock::ChangeLock;
use super::{RunDir, json_file};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::paths::replace_or_overwrite;

/// Without locks: after this long it is looked whether a change still stands,
const RECHECK_INTERVAL: Duration = Duration::from_millis(60);
/// and so often it is made again.
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
    /// Counts up with every change; the worker repeats it as `control_seq`.
    pub seq: u64,
    /// The wish.
    pub desired: Desired,
    /// A checkpoint is wanted when this is above the status's `checkpoint_seq`.
    pub checkpoint_seq: u64,
    /// A return to the last good checkpoint is wanted when this has gone up
    /// since the worker began.
    pub rollback_seq: u64,
    /// Takes the place of the spec's learning rate; schedules scale it.
    pub learning_rate: Option<f64>,
    /// Takes the place of the spec's noise.
    pub noise: Option<Noise>,
}

impl Control {
    /// Reads a run's control; none is "run".
    ///
    /// # Errors
    /// When the file is there but cannot be read or is not valid.
    pub fn read(run: &RunDir) -> Result<Self> {
        let parse = |bytes: &[u8]| serde_json::from_slice(bytes);
        Ok(json_file::read(&run.control_path(), parse)?.unwrap_or_default())
    }

    /// Checks the knobs' ranges.
    ///
    /// # Errors
    /// Names the knob that is out of range.
    pub fn validate(&self) -> Result<()> {
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

/// Changes a run's wishes and gives what is wanted then; its `seq` is what to
/// look for in the status. Under a lock, so that of several who do so at once
/// nobody's change is lost; where the file system has no locks, it is looked
/// whether somebody wrote over it, and done again on top of theirs.
///
/// # Errors
/// When a knob is out of range, and those of the file system.
pub fn update(run: &RunDir, mut edit: impl FnMut(&mut Control)) -> Result<Control> {
    if !run.exists() {
        return Err(Error::not_found(
            format!("run {}", run.path().display()),
            "its folder was removed",
        ));
    }
    let lock = ChangeLock::acquire(&run.control_lock_path())?;
    let mut written = write_edited(run, &mut edit)?;
    if lock.is_effective() {
        return Ok(written);
    }
    for _ in 0..MAX_ATTEMPTS {
        std::thread::sleep(RECHECK_INTERVAL);
        let now = Control::read(run)?;
        // A higher number was given by who had read ours.
        if now == written || now.seq > written.seq {
            break;
        }
        written = write_edited(run, &mut edit)?;
    }
    Ok(written)
}

fn write_edited(run: &RunDir, edit: &mut dyn FnMut(&mut Control)) -> Result<Control> {
    // A control file that somebody's editor broke must not make the run unsteerable.
    let mut control = Control::read(run).unwrap_or_default();
    let seen = super::Status::read(run).map_or(0, |status| status.control_seq);
    edit(&mut control);
    control.validate()?;
    control.seq = control.seq.max(seen).saturating_add(1);
    write_file(run, &control)?;
    Ok(control)
}

fn write_file(run: &RunDir, control: &Control) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(control)
        .map_err(|error| Error::invalid("control.json", error))?;
    bytes.push(b'\n');
    replace_or_overwrite(&run.control_path(), &bytes)
}

/// Puts a control file there when there is none, and the file of its lock:
/// on a full disk they can be written over, but not made.
pub(super) fn ensure_exists(run: &RunDir) -> Result<()> {
    let _lock = ChangeLock::acquire(&run.control_lock_path())?;
    if run.control_path().exists() {
        return Ok(());
    }
    let seen = super::Status::read(run).map_or(0, |status| status.control_seq);
    write_file(
        run,
        &Control {
            seq: seen,
            ..Control::default()
        },
    )
}
