//! What a worker reports to the code that started it, and how that code stops it.

use std::sync::Arc;

use super::status::Status;
use super::worker_state::WorkerState;
use crate::progress::Progress;
use crate::training::StepReport;

/// One report of a worker.
#[derive(Debug, Clone, Copy)]
pub enum WorkerEvent<'a> {
    /// The worker has started; the handle stops it.
    Started(&'a StopHandle),
    /// Progress of long work before the first step.
    Progress(Progress<'a>),
    /// A sentence for the user.
    Note(&'a str),
    /// The run has paused by itself; its status says why.
    PausedByItself(&'a Status),
    /// A step is done.
    Step {
        /// The trainer's report.
        report: &'a StepReport,
        /// Training pictures per second over the last seconds; `None` during warm-up.
        images_per_s: Option<f64>,
        /// Seconds until the run is finished; `None` during warm-up.
        seconds_left: Option<f64>,
    },
}

/// Receives a worker's reports, on its thread.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(WorkerEvent<'_>);

/// Stops a worker of this process with a checkpoint, as Ctrl-C does.
#[derive(Debug, Clone)]
pub struct StopHandle {
    state: Arc<WorkerState>,
}

impl StopHandle {
    pub(super) fn new(state: &Arc<WorkerState>) -> Self {
        Self {
            state: state.clone(),
        }
    }

    /// Requests the stop; the worker ends after its current step.
    pub(crate) fn stop(&self) {
        self.state.request_stop();
    }
}

/// How a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Whether the worker outlives the process that started it. A detached
    /// worker ignores hang-ups, and pauses at an anomaly where a foreground
    /// worker fails.
    pub detached: bool,
    /// Whether Ctrl-C and SIGTERM stop the worker with a checkpoint. Only for a
    /// process that does nothing else.
    pub handle_signals: bool,
}
