//! Detached workers: this very program again, in a session of its own, with
//! nothing tied to the terminal that started it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::checkpoint::{self, Checkpoint};
use super::control::{self, Control};
use super::{Phase, RunDir, RunState, Status, liveness, lock, steering, training_data};
use crate::dataset::Noise;
use crate::error::{Error, Result};
use crate::paths::{Paths, symlinks};
use crate::progress::unwatched;
use crate::training::TrainSpec;

/// A worker says hello within this long, or something is wrong.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(20);
/// Reading pictures may take minutes; who started it is told after this long
/// that it is getting ready.
const PREPARATION_TIMEOUT: Duration = Duration::from_secs(30);
/// A worker that lives beats several times within this long.
const HEARTBEAT_WAIT: Duration = Duration::from_millis(3500);
/// A worker that has said its last word ends within this long.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);
/// How much of a log an error shows.
const LOG_TAIL_BYTES: u64 = 2000;

/// Makes a run and starts a worker on it that outlives this process. Its data
/// is the spec's; when the spec does not say which that is (no fingerprint) it
/// is found, and imported if need be, before this returns.
///
/// # Errors
/// When the run cannot be made or its worker does not come up; the message
/// ends with what the worker said.
pub fn start_detached(paths: &Paths, spec: &TrainSpec) -> Result<RunDir> {
    let mut spec = spec.clone();
    if spec.data.fingerprint.is_empty() {
        training_data::resolve_data(paths, &mut spec, &mut unwatched)?;
    }
    let mut queue = enqueue(paths, &[spec])?;
    if let Err(error) = start_worker(&queue) {
        remove_unstarted(paths, &queue);
        return Err(error);
    }
    Ok(queue.remove(0))
}

/// Removes those of runs just made that did no step and have no worker: who
/// asked for them is told why, and their names are free again.
pub fn remove_unstarted(paths: &Paths, queue: &[RunDir]) {
    for run in queue {
        // One that failed is on its way out.
        let began = Instant::now();
        while lock::is_held(run) && began.elapsed() < EXIT_TIMEOUT {
            std::thread::sleep(Duration::from_millis(10));
        }
        let unbegun = Status::read(run).is_ok_and(|status| {
            let state = status.state(run);
            status.step == 0
                && matches!(
                    state,
                    RunState::Queued | RunState::Failed | RunState::Crashed
                )
        });
        if unbegun && super::checkpoint::latest(run).is_none() {
            let _ = super::remove(paths, run);
        }
    }
}

/// Makes runs that wait for a worker: all of them or none.
///
/// # Errors
/// When one cannot be made.
pub fn enqueue(paths: &Paths, specs: &[TrainSpec]) -> Result<Vec<RunDir>> {
    let mut queue = Vec::with_capacity(specs.len());
    for spec in specs {
        let made = RunDir::create(paths, spec).and_then(|run| {
            queue.push(run.clone());
            let queued = Status {
                format: 1,
                epochs: spec.epochs,
                ..Status::default()
            };
            queued.write(&run)
        });
        if let Err(error) = made {
            for run in &queue {
                let _ = std::fs::remove_dir_all(run.path());
            }
            return Err(error);
        }
    }
    Ok(queue)
}

/// How a run is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ResumeOptions {
    /// Another learning rate from here on.
    pub learning_rate: Option<f64>,
    /// Another noise from here on.
    pub noise: Option<Noise>,
    /// Back before the checkpoints of a model that diverged, where no worker lives.
    pub rollback: bool,
    /// The user knows that a worker on another host is gone, which cannot be
    /// told from here.
    pub force: bool,
}

/// Lets a run go on: wakes a paused one, starts a worker on one that has none;
/// see [`prepare_resume`] for what comes first.
/// Returns once it trains, or is getting ready to.
///
/// # Errors
/// When it is finished, its data is gone, another host may still train it, or
/// its worker does not come up; with the reason.
pub fn resume(paths: &Paths, run: &RunDir, how: ResumeOptions) -> Result<RunState> {
    let spec = run.spec()?;
    let status = Status::read(run).unwrap_or_default();
    check_unfinished(run, &status, how)?;
    if !status.state(run).is_live() {
        training_data::find_dataset(paths, &spec, &mut unwatched)?;
    }
    let (state, asked) = prepare(run, how)?;
    if state.is_live() {
        match wait_until_resumed(run, &asked)? {
            state if state.is_live() => return Ok(state),
            // It was on its way to its end.
            _ => training_data::find_dataset(paths, &spec, &mut unwatched)?,
        };
    }
    start_worker(std::slice::from_ref(run))?;
    Ok(Status::read(run)?.state(run))
}

/// Sets the wish to "run" and says what state the run is in: a live one needs
/// nothing more, any other a worker. With `rollback` one that is not live goes
/// back before the checkpoints of a model that diverged; so a run that diverged
/// goes on though it is finished.
///
/// # Errors
/// When it is finished, another host may still train it, or the control cannot
/// be written.
pub fn prepare_resume(run: &RunDir, how: ResumeOptions) -> Result<RunState> {
    Ok(prepare(run, how)?.0)
}

/// That there is something left to train, or to go back to.
fn check_unfinished(run: &RunDir, status: &Status, how: ResumeOptions) -> Result<()> {
    if status.state(run) != RunState::Finished || status.diverged && how.rollback {
        return Ok(());
    }
    let advice = if status.diverged {
        format!(
            "has diverged at its end; go back to its last good checkpoint with \
         `lfw-tui runs resume {} --rollback --lr X`",
            run.id()
        )
    } else {
        "is finished; start a new one with more epochs".to_string()
    };
    Err(Error::invalid(format!("run {}", run.folder_name()), advice))
}

fn prepare(run: &RunDir, how: ResumeOptions) -> Result<(RunState, Control)> {
    // Says what is wrong with another program's run.
    run.spec()?;
    let status = Status::read(run).unwrap_or_default();
    check_unfinished(run, &status, how)?;
    let mut state = status.state(run);
    let is_ours = status.host.as_deref() == Some(super::hostname().as_str());
    if RunState::from(status.state).is_live() && !is_ours && !lock::is_held(run) {
        state = probe_remote_worker(run, &status, how.force)?;
    }
    if how.rollback && !state.is_live() {
        discard_diverged_checkpoints(run, status)?;
    }
    let asked = control::update(run, |control| {
        control.desired = super::Desired::Run;
        control.learning_rate = how.learning_rate.or(control.learning_rate);
        control.noise = how.noise.or(control.noise);
    })?;
    Ok((state, asked))
}

/// What a run is whose worker was on another host and whose lock is free here:
/// live when it beats, else crashed, where that can be known.
fn probe_remote_worker(run: &RunDir, status: &Status, force: bool) -> Result<RunState> {
    if liveness::has_heartbeat(run, HEARTBEAT_WAIT) {
        return Ok(RunState::from(status.state));
    }
    if force || liveness::locks_reach(run.path()) {
        return Ok(RunState::Crashed);
    }
    let host = status.host.as_deref().unwrap_or("an unknown host");
    let pid = status
        .pid
        .map_or(String::new(), |pid| format!(" (process {pid})"));
    let silence = liveness::status_age(run)
        .unwrap_or(HEARTBEAT_WAIT)
        .max(HEARTBEAT_WAIT)
        .as_secs();
    Err(Error::invalid(
        format!("run {}", run.folder_name()),
        format!(
            "its worker was on {host}{pid} and has been silent for {silence} s; whether it is gone \
             cannot be told from here. When you know that it is: lfw-tui runs resume {} --force",
            run.id()
        ),
    ))
}

/// Waits until a live run has heard that it is to go on, or has ended.
fn wait_until_resumed(run: &RunDir, asked: &Control) -> Result<RunState> {
    let began = Instant::now();
    let problem = |problem: String| {
        Err(Error::invalid(
            format!("run {}", run.folder_name()),
            problem,
        ))
    };
    loop {
        let status = Status::read(run)?;
        let state = status.state(run);
        let taken = status.control_seq >= asked.seq;
        match state {
            RunState::Finished => return problem("has just finished".to_string()),
            RunState::Paused if taken => {
                if let Some(error) = status.error {
                    return problem(format!("does not go on: {error}"));
                }
                if Control::read(run)?.seq > asked.seq {
                    return problem("was paused again by a later wish".to_string());
                }
            }
            RunState::Running if taken => return Ok(state),
            state if !state.is_live() => return Ok(state),
            _ => {}
        }
        if began.elapsed() > steering::RESPONSE_TIMEOUT {
            return problem(format!(
                "its worker has not answered for {} s; the wish stands, it will go on when the \
                 worker comes to it",
                steering::RESPONSE_TIMEOUT.as_secs()
            ));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Removes the checkpoints of a model that diverged, from the newest one on, so
/// that the next worker goes on from before them, or from the beginning.
fn discard_diverged_checkpoints(run: &RunDir, status: Status) -> Result<()> {
    let _lock = super::lock::RunLock::acquire(run)?;
    let is_good = |one: &Checkpoint| {
        let held_out = one.metadata().ok().and_then(|record| record.held_out);
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
        state: Phase::Stopped,
        diverged: false,
        error: None,
        held_out: None,
        ..status
    }
    .write(run)
}

/// Starts one worker for runs that it trains one after another, and waits until
/// the first one trains, or is at least getting ready to.
///
/// # Errors
/// When it does not come up, or fails before it trains; with what it said.
pub fn start_worker(queue: &[RunDir]) -> Result<()> {
    let Some(run) = queue.first() else {
        return Ok(());
    };
    let program = std::env::current_exe().map_err(Error::io("this program", "find"))?;
    let log_file = run.log_path();
    let log = symlinks::open_nofollow(OpenOptions::new().create(true).append(true), &log_file)
        .map_err(Error::io(&log_file, "open"))?;
    let begin = log.metadata().map_or(0, |meta| meta.len());
    let both = log.try_clone().map_err(Error::io(&log_file, "open"))?;
    let mut child = Command::new(&program)
        .arg("train")
        .args(
            queue
                .iter()
                .flat_map(|run| ["--run-dir".as_ref(), run.path().as_os_str()]),
        )
        .arg("--detach")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(both)
        .spawn()
        .map_err(Error::io(&program, "start"))?;
    tracing::info!(worker = child.id(), "started a worker for {}", run.id());
    let result = wait_until_training(queue, &mut child, begin);
    // Reaped when it ends, should this process live to see it.
    std::thread::spawn(move || child.wait());
    result
}

fn wait_until_training(queue: &[RunDir], child: &mut Child, log_begin: u64) -> Result<()> {
    let began = Instant::now();
    let run = &queue[0];
    let what = format!("the worker of run {}", run.folder_name());
    let failed = |how: String| {
        let said = log_tail(run, log_begin);
        let said = if said.is_empty() {
            "it said nothing".to_string()
        } else {
            format!("it said:\n{said}")
        };
        Err(Error::invalid(&what, format!("{how}; {said}")))
    };
    loop {
        let ended = child
            .try_wait()
            .map_err(Error::io(run.path(), "wait for the worker of"))?;
        let status = Status::read(run).ok();
        if let Some(status) = status.filter(|status| status.pid == Some(child.id())) {
            match (status.state, status.error) {
                // Others of a queue have their turn all the same.
                (Phase::Failed, Some(error)) if queue.len() == 1 => {
                    return Err(Error::invalid(format!("run {}", run.folder_name()), error));
                }
                (Phase::Failed, _) if ended.is_some() => {}
                (Phase::Running, _) if status.stage.is_some() => {
                    if ended.is_none() && began.elapsed() > PREPARATION_TIMEOUT {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        } else if began.elapsed() > STARTUP_TIMEOUT {
            return failed(format!(
                "did not report within {} s",
                STARTUP_TIMEOUT.as_secs()
            ));
        }
        if let Some(ended) = ended {
            return failed(format!("ended at once ({ended})"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the log says from a position on, its last lines if it is long.
fn log_tail(run: &RunDir, begin: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(run.log_path())?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(
            begin.max(length.saturating_sub(LOG_TAIL_BYTES)),
        ))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_string())
    };
    read().unwrap_or_default()
}
