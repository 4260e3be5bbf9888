//! The worker: trains one run and owns its directory.

use std::sync::Arc;

use super::lock::RunLock;
use super::metrics_log::{MetricRow, MetricsLog};
use super::session::Session;
use super::status::{self, Phase, Status};
use super::worker_state::{StatusThread, WorkerState, utc_now};
use super::{RunDir, checkpoint, signals, training_data};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::paths::unfinished::sweep;
use crate::progress::{Progress, Unit};
use crate::training::{StepReport, TrainSpec, Trainer};

/// What a foreground worker tells whoever started it.
#[derive(Debug, Clone, Copy)]
pub enum WorkerEvent<'a> {
    /// The worker has begun, and can be told to stop by this.
    Started(&'a StopHandle),
    /// Long work before the first step.
    Progress(Progress<'a>),
    /// Something to know, in a sentence.
    Note(&'a str),
    /// A step was done.
    Step {
        /// Its report.
        report: &'a StepReport,
        /// Training pictures a second over the last seconds; none during warm-up.
        images_per_s: Option<f64>,
        /// Seconds until the run is finished; none during warm-up.
        seconds_left: Option<f64>,
    },
}

/// Asks a worker of this process to stop with a checkpoint, as Ctrl-C does.
#[derive(Debug, Clone)]
pub struct StopHandle {
    state: Arc<WorkerState>,
}

impl StopHandle {
    fn new(board: &Arc<WorkerState>) -> Self {
        Self {
            state: board.clone(),
        }
    }

    /// Asks; the worker ends after its step.
    pub fn stop(&self) {
        self.state.request_stop();
    }
}

/// Listens to a worker.
pub type Observer<'a> = &'a mut dyn FnMut(WorkerEvent<'_>);

/// How a worker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Nobody waits for it: over a step that cannot be trusted it pauses, where
    /// a foreground worker fails; hang-ups do not concern it.
    pub detached: bool,
    /// Ctrl-C and SIGTERM stop it with a checkpoint. Only where the process is
    /// the worker's own.
    pub handle_signals: bool,
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerExit {
    /// Its last word.
    pub status: Status,
    /// A signal, not a wish, stopped it.
    pub interrupted: bool,
}

/// Trains a run from its latest checkpoint, or from the beginning, to its end
/// or until somebody stops it.
///
/// # Errors
/// When another worker is at it, its data is gone or has changed, a step fails
/// or cannot be trusted (foreground only), or its directory cannot be written;
/// the status says failed then, where it can still be written.
pub fn run(
    paths: &Paths,
    run: &RunDir,
    manner: WorkerOptions,
    listen: Observer,
) -> Result<WorkerExit> {
    if manner.detached {
        // Out of the terminal's session: its end is not ours. Fails only for a
        // process that leads a group, which one started by a shell does.
        let _ = rustix::process::setsid();
    }
    let spec = run.spec()?;
    limit_threads(&spec);
    with_lock(run, manner, |board| {
        listen(WorkerEvent::Started(&StopHandle::new(board)));
        let data = training_data::open(paths, &spec, &mut progress_reporter(board, &mut *listen))?;
        train(run, &spec, &data, manner, board, listen)
    })
}

/// Trains on faces that are there already; what [`run`] does after it has
/// opened the data. For tests and other callers that bring their own faces.
///
/// # Errors
/// As [`run`].
pub fn run_with_data(
    run: &RunDir,
    data: &training_data::TrainingData,
    manner: WorkerOptions,
    listen: Observer,
) -> Result<WorkerExit> {
    let spec = run.spec()?;
    limit_threads(&spec);
    with_lock(run, manner, |board| {
        listen(WorkerEvent::Started(&StopHandle::new(board)));
        train(run, &spec, data, manner, board, listen)
    })
}

/// Bounds all thread pools as the spec says, before the first of them is used.
fn limit_threads(spec: &TrainSpec) {
    if spec.threads > 0 {
        crate::kernels::limit_threads(spec.threads as usize);
    }
}

/// Does the work as the run's one worker: under its lock, with its board kept,
/// and a last word whatever happens.
fn with_lock(
    run: &RunDir,
    manner: WorkerOptions,
    work: impl FnOnce(&Arc<WorkerState>) -> Result<Phase>,
) -> Result<WorkerExit> {
    let _lock = RunLock::acquire(run)?;
    checkpoint::remove_stale(run);
    sweep(run.path());
    sweep(&run.previews_dir());
    let board = WorkerState::open(run, initial_status(run, &run.spec()?)?)?;
    let attendant = board.spawn_status_thread();
    if manner.handle_signals {
        signals::spawn_listener(&board, manner.detached)?;
    }
    let result = work(&board);
    finish(run, &board, attendant, result)
}

fn initial_status(run: &RunDir, spec: &TrainSpec) -> Result<Status> {
    let earlier = Status::read(run).unwrap_or_default();
    Ok(Status {
        format: 1,
        state: Phase::Running,
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
        trouble: None,
        diverged: false,
        unreadable_fields: Vec::new(),
        ..earlier
    })
}

/// Passes progress on, and ends the work when the worker is to stop.
fn progress_reporter<'a>(
    board: &'a Arc<WorkerState>,
    listen: &'a mut dyn FnMut(WorkerEvent<'_>),
) -> impl FnMut(Progress<'_>) -> Result<()> + 'a {
    let mut stage = String::new();
    move |progress| {
        if progress.unit != Unit::Note && stage != progress.stage {
            stage = progress.stage.to_string();
            board.publish(|status| status.stage = Some(stage.clone()));
        }
        listen(WorkerEvent::Progress(progress));
        match board.control_state().desired() {
            super::Desired::Stop => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

fn train(
    run: &RunDir,
    spec: &TrainSpec,
    data: &training_data::TrainingData,
    manner: WorkerOptions,
    board: &Arc<WorkerState>,
    listen: Observer,
) -> Result<Phase> {
    crate::kernels::set_precision(spec.precision);
    let (device, note) = crate::kernels::device::select(&spec.device)?;
    if let Some(note) = &note {
        listen(WorkerEvent::Note(note));
    }
    let name = crate::kernels::device::name(&device);
    tracing::info!("training {} on {name}", run.id());
    board.update(|status| status.device = Some(name));
    let trainer = Trainer::new_with_progress(
        spec.clone(),
        data.faces.clone(),
        data.split.clone(),
        device,
        &mut progress_reporter(board, &mut *listen),
    )?;
    Session::start(run, trainer, manner, board, listen)?.train()
}

/// Writes the last word, whatever happened.
fn finish(
    run: &RunDir,
    board: &Arc<WorkerState>,
    attendant: StatusThread,
    result: Result<Phase>,
) -> Result<WorkerExit> {
    let wish = board.control_state();
    let cancelled = matches!(result, Err(Error::Cancelled));
    let (phase, error) = match result {
        Ok(phase) => (phase, None),
        Err(Error::Cancelled) => (Phase::Stopped, None),
        Err(error) => (Phase::Failed, Some(error)),
    };
    // The attendant may not have looked yet.
    if wish.run_removed || !run.exists() {
        return Err(Error::not_found(
            format!("run {}", run.path().display()),
            "its folder was removed while it trained; the training ended, nothing is left of it",
        ));
    }
    match &error {
        Some(error) => tracing::error!("run {} failed: {error}", run.id()),
        None => tracing::info!("run {} ended: {phase:?}", run.id()),
    }
    if phase == Phase::Failed
        && let Ok(mut log) = MetricsLog::open(run)
    {
        let step = board.status().step;
        let detail = error.as_ref().map(Error::to_string);
        let _ = log.append(&MetricRow::event(step, "failed", detail));
    }
    let last = board.finish(attendant, |status| {
        status.state = phase;
        status.stage = None;
        status.images_per_s = status.images_per_s.filter(|_| phase == Phase::Finished);
        status.seconds_left = (phase == Phase::Finished).then_some(0.0);
        // A wish that came too late to be done is not confirmed.
        if cancelled {
            status.control_seq = wish.control.seq;
        }
        if let Some(error) = &error {
            status.error = Some(error.to_string());
        }
    });
    match error {
        Some(error) => Err(error),
        None => Ok(WorkerExit {
            status: last?,
            interrupted: wish.interrupted && phase == Phase::Stopped,
        }),
    }
}
