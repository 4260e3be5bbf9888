//! The worker: the one process that trains a run and writes its directory.

use std::sync::Arc;

use super::control::Desired;
use super::lock::RunLock;
use super::metrics_log::{MetricRow, MetricsLog};
use super::observer::{Observer, StopHandle, WorkerEvent, WorkerOptions};
use super::run_dir::RunDir;
use super::session::Session;
use super::status::{self, RunState, Status};
use super::timestamp::utc_now;
use super::training_data::{self, TrainingData};
use super::worker_state::{StatusThread, WorkerState};
use super::{checkpoint, signals};
use crate::error::{Error, Result};
use crate::kernels;
use crate::paths::Paths;
use crate::paths::unfinished::sweep;
use crate::progress::{Progress, Unit};
use crate::training::{TrainSpec, Trainer};

/// How much a worker in the background yields to other programs: -20 to 19.
const NICENESS: i32 = 10;

/// How a worker ended.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerExit {
    /// The final status.
    pub status: Status,
    /// Whether a signal stopped the worker, rather than the control file.
    pub interrupted: bool,
}

/// Trains a run from its latest checkpoint, or from the beginning, until it is
/// finished or stopped.
///
/// # Errors
/// When another worker is training the run, its data is missing or has changed,
/// a step fails, a foreground worker meets an anomaly, or the directory cannot
/// be written. The status says `failed` then, if it can still be written.
pub(crate) fn run(
    paths: &Paths,
    run: &RunDir,
    options: WorkerOptions,
    observer: Observer,
) -> Result<WorkerExit> {
    if options.detached {
        // A session of our own: closing the terminal does not end the worker. This
        // only fails for a process group's leader, such as one started by a shell.
        let _ = rustix::process::setsid();
        lower_priority();
    }
    let spec = run.spec()?;
    limit_threads(&spec);
    with_lock(run, options, |state| {
        observer(WorkerEvent::Started(&StopHandle::new(state)));
        let mut watch = progress_reporter(state, &mut *observer);
        let data = training_data::open(paths, &spec, &mut watch)?;
        drop(watch);
        train(run, &spec, &data, options, state, observer)
    })
}

/// Lets programs that people wait for go first, the screen among them: a run on all cores
/// would make its keys wait. Threads that start later inherit it. Where the system groups
/// processes by session, niceness counts only within one, and the group has its own.
fn lower_priority() {
    let _ = rustix::process::nice(NICENESS);
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/autogroup", NICENESS.to_string());
}

/// [`run`] with pictures that are open already, for tests.
///
/// # Errors
/// As for [`run`].
pub fn run_with_data(
    run: &RunDir,
    data: &TrainingData,
    options: WorkerOptions,
    observer: Observer,
) -> Result<WorkerExit> {
    let spec = run.spec()?;
    limit_threads(&spec);
    with_lock(run, options, |state| {
        observer(WorkerEvent::Started(&StopHandle::new(state)));
        train(run, &spec, data, options, state, observer)
    })
}

/// Bounds all thread pools as the spec says, before any of them is used.
fn limit_threads(spec: &TrainSpec) {
    if spec.threads > 0 {
        kernels::limit_threads(spec.threads as usize);
    }
}

/// Does `work` as the run's only worker: under its lock, with the status kept
/// up to date and a final status in any case.
fn with_lock(
    run: &RunDir,
    options: WorkerOptions,
    work: impl FnOnce(&Arc<WorkerState>) -> Result<RunState>,
) -> Result<WorkerExit> {
    let _lock = RunLock::acquire(run)?;
    checkpoint::remove_stale(run);
    sweep(run.path());
    sweep(&run.previews_dir());
    let state = WorkerState::open(run, initial_status(run, &run.spec()?))?;
    let status_thread = state.spawn_status_thread();
    if options.handle_signals {
        signals::spawn_listener(&state, options.detached)?;
    }
    let result = work(&state);
    finish(run, &state, status_thread, result)
}

/// The status at a worker's start, with the previous worker's figures.
fn initial_status(run: &RunDir, spec: &TrainSpec) -> Status {
    let earlier = Status::read(run).unwrap_or_default();
    Status {
        format: 1,
        state: RunState::Running,
        stage: Some("opening the data".to_string()),
        heartbeat: earlier.heartbeat.wrapping_add(1),
        pid: Some(std::process::id()),
        host: Some(status::hostname()),
        started_at: Some(utc_now()),
        updated_at: Some(utc_now()),
        epochs: spec.epochs,
        images_per_s: None,
        seconds_left: None,
        error: None,
        anomaly: None,
        diverged: false,
        unreadable_fields: Vec::new(),
        ..earlier
    }
}

/// Reports progress, and cancels the work when the worker should stop.
fn progress_reporter<'a>(
    state: &'a Arc<WorkerState>,
    observer: &'a mut dyn FnMut(WorkerEvent<'_>),
) -> impl FnMut(Progress<'_>) -> Result<()> + 'a {
    let mut stage = String::new();
    move |progress| {
        if progress.unit != Unit::Note && stage != progress.stage {
            stage = progress.stage.to_string();
            state.publish(|status| status.stage = Some(stage.clone()));
        }
        observer(WorkerEvent::Progress(progress));
        match state.control_state().desired() {
            Desired::Stop => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

fn train(
    run: &RunDir,
    spec: &TrainSpec,
    data: &TrainingData,
    options: WorkerOptions,
    state: &Arc<WorkerState>,
    observer: Observer,
) -> Result<RunState> {
    kernels::set_precision(spec.precision);
    let (device, note) = kernels::device::select(&spec.device)?;
    if let Some(note) = &note {
        observer(WorkerEvent::Note(note));
    }
    let name = kernels::device::name(&device);
    tracing::info!("training {} on {name}", run.id());
    state.update(|status| status.device = Some(name));
    let trainer = Trainer::new_with_progress(
        spec.clone(),
        data.faces.clone(),
        data.split.clone(),
        device,
        &mut progress_reporter(state, &mut *observer),
    )?;
    Session::start(run, trainer, options, state, observer)?.train()
}

/// Writes the final status, whatever the result.
fn finish(
    run: &RunDir,
    state: &Arc<WorkerState>,
    status_thread: StatusThread,
    result: Result<RunState>,
) -> Result<WorkerExit> {
    let wanted = state.control_state();
    let cancelled = matches!(result, Err(Error::Cancelled));
    let (final_state, error) = match result {
        Ok(final_state) => (final_state, None),
        Err(Error::Cancelled) => (RunState::Stopped, None),
        Err(error) => (RunState::Failed, Some(error)),
    };
    // The status thread may not have noticed yet.
    if wanted.run_removed || !run.exists() {
        return Err(Error::not_found(
            format!("run {}", run.path().display()),
            "its folder was removed during training; training has ended and nothing was kept",
        ));
    }
    match &error {
        Some(error) => tracing::error!("run {} failed: {error}", run.id()),
        None => tracing::info!("run {} ended: {final_state}", run.id()),
    }
    if final_state == RunState::Failed
        && let Ok(mut log) = MetricsLog::open(run)
    {
        let step = state.status().step;
        let detail = error.as_ref().map(Error::to_string);
        let _ = log.append(&MetricRow::event(step, "failed", detail));
    }
    let is_finished = final_state == RunState::Finished;
    let status = state.finish(status_thread, |status| {
        status.state = final_state;
        status.stage = None;
        status.images_per_s = status.images_per_s.filter(|_| is_finished);
        status.seconds_left = is_finished.then_some(0.0);
        // A request that came too late to be carried out is not confirmed.
        if cancelled {
            status.control_seq = wanted.control.seq;
        }
        if let Some(error) = &error {
            status.error = Some(error.to_string());
        }
    });
    match error {
        Some(error) => Err(error),
        None => Ok(WorkerExit {
            status: status?,
            interrupted: wanted.interrupted && final_state == RunState::Stopped,
        }),
    }
}
