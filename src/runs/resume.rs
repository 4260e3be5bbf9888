//! Resuming a run: waking a paused worker or starting a new one.

use std::time::{Duration, Instant};

use super::checkpoint::{self, Checkpoint};
use super::control::{self, Control, Desired};
use super::lock::{self, RunLock};
use super::run_dir::RunDir;
use super::status::{RunState, Status, hostname, status_age};
use super::{liveness, spawn, steering, training_data};
use crate::dataset::Noise;
use crate::error::Result;
use crate::paths::Paths;
use crate::progress::unwatched;

/// A live worker has several heartbeats within this long.
const HEARTBEAT_WAIT: Duration = Duration::from_millis(3500);
/// Time between two readings of the status.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How to resume a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ResumeOptions {
    /// A new learning rate.
    pub learning_rate: Option<f64>,
    /// A new noise.
    pub noise: Option<Noise>,
    /// Whether to discard the checkpoints of a model that diverged. Has no
    /// effect on a live run.
    pub rollback: bool,
    /// Whether the user vouches that a worker on another host is gone, where
    /// that cannot be determined from here.
    pub force: bool,
}

/// Resumes a run: wakes a paused worker, or starts one. See [`prepare_resume`]
/// for what comes first. Returns once the run trains or prepares to.
///
/// # Errors
/// When the run is finished, its data is missing, a worker on another host may
/// still be training it, or the new worker does not start.
pub fn resume(paths: &Paths, run: &RunDir, options: ResumeOptions) -> Result<RunState> {
    let spec = run.spec()?;
    let status = Status::read(run).unwrap_or_default();
    check_unfinished(run, &status, options)?;
    if !status.state(run).is_live() {
        training_data::find_dataset(paths, &spec, &mut unwatched)?;
    }
    let (state, requested) = prepare(run, options)?;
    if state.is_live() {
        let state = wait_until_resumed(run, &requested)?;
        if state.is_live() {
            return Ok(state);
        }
        // The worker was about to end.
        training_data::find_dataset(paths, &spec, &mut unwatched)?;
    }
    spawn::start_worker(std::slice::from_ref(run))?;
    Ok(Status::read(run)?.state(run))
}

/// Sets the desired state to [`Desired::Run`] and returns the run's state. A live
/// run needs nothing more, any other needs a worker. With `rollback`, the
/// checkpoints of a model that diverged are discarded, so that even a finished
/// run can continue.
///
/// # Errors
/// When the run is finished, a worker on another host may still be training it,
/// or the control file cannot be written.
pub fn prepare_resume(run: &RunDir, options: ResumeOptions) -> Result<RunState> {
    Ok(prepare(run, options)?.0)
}

/// Checks that there is something left to train or to roll back.
fn check_unfinished(run: &RunDir, status: &Status, options: ResumeOptions) -> Result<()> {
    if status.state(run) != RunState::Finished || status.diverged && options.rollback {
        return Ok(());
    }
    let advice = if status.diverged {
        format!(
            "has diverged; go back to its last good checkpoint with \
             `lfw-tui runs resume {} --rollback --lr X`",
            run.id()
        )
    } else {
        "is finished; start a new run with more epochs".to_string()
    };
    Err(run.error(advice))
}

fn prepare(run: &RunDir, options: ResumeOptions) -> Result<(RunState, Control)> {
    // Fails with a clear message for another program's run.
    run.spec()?;
    let status = Status::read(run).unwrap_or_default();
    check_unfinished(run, &status, options)?;
    let mut state = status.state(run);
    let is_local = status.host.as_deref() == Some(hostname().as_str());
    if status.state.is_live() && !is_local && !lock::is_held(run) {
        state = probe_remote_worker(run, &status, options.force)?;
    }
    if options.rollback && !state.is_live() {
        discard_diverged_checkpoints(run, status)?;
    }
    let requested = control::update(run, |control| {
        control.desired = Desired::Run;
        control.learning_rate = options.learning_rate.or(control.learning_rate);
        control.noise = options.noise.or(control.noise);
    })?;
    Ok((state, requested))
}

/// The state of a run whose worker was on another host and whose lock is free
/// here: live if it has a heartbeat, else crashed if that can be known.
fn probe_remote_worker(run: &RunDir, status: &Status, force: bool) -> Result<RunState> {
    if liveness::has_heartbeat(run, HEARTBEAT_WAIT) {
        return Ok(status.state);
    }
    if force || lock::is_local_file_system(run.path()) {
        return Ok(RunState::Crashed);
    }
    let host = status.host.as_deref().unwrap_or("an unknown host");
    let pid = status
        .pid
        .map_or(String::new(), |pid| format!(" (process {pid})"));
    let silence = status_age(run)
        .unwrap_or(HEARTBEAT_WAIT)
        .max(HEARTBEAT_WAIT)
        .as_secs();
    Err(run.error(format!(
        "its worker was on {host}{pid} and has been silent for {silence} s; from here it is \
             unknown whether it has ended. If you are sure that it has: \
             lfw-tui runs resume {} --force",
        run.id()
    )))
}

/// Waits until a live run's worker has confirmed the request, or has ended.
fn wait_until_resumed(run: &RunDir, requested: &Control) -> Result<RunState> {
    let began = Instant::now();
    let problem = |problem: String| Err(run.error(problem));
    loop {
        let status = Status::read(run)?;
        let state = status.state(run);
        let is_confirmed = status.control_seq >= requested.seq;
        match state {
            RunState::Finished => return problem("has just finished".to_string()),
            RunState::Paused if is_confirmed => {
                if let Some(error) = status.error {
                    return problem(format!("does not continue: {error}"));
                }
                if Control::read(run)?.seq > requested.seq {
                    return problem("was paused again by a later request".to_string());
                }
            }
            RunState::Running if is_confirmed => return Ok(state),
            state if !state.is_live() => return Ok(state),
            _ => {}
        }
        if began.elapsed() > steering::RESPONSE_TIMEOUT {
            return problem(format!(
                "its worker has not responded for {} s; the request remains, the run continues \
                 when the worker reads it",
                steering::RESPONSE_TIMEOUT.as_secs()
            ));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Removes the newest checkpoints back to the last one whose held-out error is
/// no worse than the mean picture's, or all of them if none is that good.
fn discard_diverged_checkpoints(run: &RunDir, status: Status) -> Result<()> {
    let _lock = RunLock::acquire(run)?;
    let is_good = |one: &Checkpoint| {
        let held_out = one.metadata().ok().and_then(|metadata| metadata.held_out);
        held_out.is_none_or(|scores| {
            scores.is_finite()
                && status
                    .mean_picture_mse
                    .is_none_or(|mean| scores.mse <= mean)
        })
    };
    let all = checkpoint::all(run);
    match all.iter().rfind(|one| is_good(one)) {
        Some(good) => checkpoint::rewind(run, good.step)?,
        None => all
            .iter()
            .try_for_each(|one| checkpoint::discard(run, one.step))?,
    }
    Status {
        state: RunState::Stopped,
        diverged: false,
        error: None,
        held_out: None,
        ..status
    }
    .write(run)
}
