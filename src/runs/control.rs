//! What those who watch want of a worker: a desired state, not a queue. The
//! last writer wins, repeating a wish changes nothing, and whether it was
//! fulfilled stands in `status.json` alone.

use serde::{Deserialize, Serialize};

use super::RunDir;
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::paths::replace_file_where_it_is;

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
        let file = run.control_file();
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Error::invalid(file.display(), error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io(&file, "read")(error)),
        }
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

/// Changes a run's wishes; gives the new `seq` to look for in its status.
///
/// # Errors
/// When a knob is out of range, and those of the file system.
pub fn change(run: &RunDir, edit: impl FnOnce(&mut Control)) -> Result<u64> {
    if !run.exists() {
        return Err(Error::not_found(
            format!("run {}", run.path().display()),
            "its folder was removed",
        ));
    }
    // A control file that somebody's editor broke must not make the run unsteerable.
    let mut control = Control::read(run).unwrap_or_default();
    let seen = super::Status::read(run).map_or(0, |status| status.control_seq);
    edit(&mut control);
    control.validate()?;
    control.seq = control.seq.max(seen) + 1;
    let mut bytes = serde_json::to_vec_pretty(&control)
        .map_err(|error| Error::invalid("control.json", error))?;
    bytes.push(b'\n');
    replace_file_where_it_is(&run.control_file(), &bytes)?;
    Ok(control.seq)
}

/// Asks a live run to pause.
///
/// # Errors
/// Those of [`change`].
pub fn pause(run: &RunDir) -> Result<u64> {
    change(run, |control| control.desired = Desired::Pause)
}

/// Asks a paused run to go on. A stopped or crashed one needs a new worker:
/// [`super::spawn::resume`].
///
/// # Errors
/// Those of [`change`].
pub fn resume(run: &RunDir) -> Result<u64> {
    change(run, |control| control.desired = Desired::Run)
}

/// Asks a live run to end with a checkpoint, after this step or this epoch.
///
/// # Errors
/// Those of [`change`].
pub fn stop(run: &RunDir, after_epoch: bool) -> Result<u64> {
    change(run, |control| {
        control.desired = if after_epoch {
            Desired::StopAfterEpoch
        } else {
            Desired::Stop
        };
    })
}

/// Asks a live run for a checkpoint now.
///
/// # Errors
/// Those of [`change`].
pub fn checkpoint(run: &RunDir) -> Result<u64> {
    let answered = super::Status::read(run).map_or(0, |status| status.checkpoint_seq);
    change(run, |control| {
        control.checkpoint_seq = control.checkpoint_seq.max(answered) + 1;
    })
}

/// Asks a run that paused over a bad step to go back to its last good
/// checkpoint and go on from there, with another learning rate if one is given.
///
/// # Errors
/// Those of [`change`].
pub fn rollback(run: &RunDir, learning_rate: Option<f64>) -> Result<u64> {
    change(run, |control| {
        control.rollback_seq += 1;
        control.desired = Desired::Run;
        control.learning_rate = learning_rate.or(control.learning_rate);
    })
}

/// Turns the learning rate or the noise while the run goes on; `None` leaves one as it is.
///
/// # Errors
/// Those of [`change`].
pub fn turn(run: &RunDir, learning_rate: Option<f64>, noise: Option<Noise>) -> Result<u64> {
    change(run, |control| {
        control.learning_rate = learning_rate.or(control.learning_rate);
        control.noise = noise.or(control.noise);
    })
}
