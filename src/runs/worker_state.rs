//! State shared by the training thread, the status thread and signal handlers.
//! The status thread writes `status.json` and reads `control.json`, so that
//! training does not wait for files and the heartbeat continues during a long step.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::control::{self, Control, Desired};
use super::run_dir::RunDir;
use super::status::{RunState, Status};
use super::timestamp::utc_now;
use crate::error::Result;

/// Time between two readings of the control file; short enough for keys to feel immediate.
const CONTROL_POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Time between two writes of the status while only its numbers change.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// What the worker should do now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ControlState {
    /// The control file's content.
    pub control: Control,
    /// Whether a signal or a [`StopHandle`](super::observer::StopHandle) asked it to stop.
    pub interrupted: bool,
    /// Whether the run's directory was removed: there is nothing to save to.
    pub run_removed: bool,
}

impl ControlState {
    /// The desired state, with signals taken into account.
    pub(super) fn desired(&self) -> Desired {
        if self.interrupted || self.run_removed {
            Desired::Stop
        } else {
            self.control.desired
        }
    }
}

#[derive(Debug)]
struct Inner {
    status: Status,
    control_state: ControlState,
    /// Whether the status must be written without waiting for the next heartbeat.
    write_now: bool,
    finished: bool,
}

/// A worker's status and what it should do.
#[derive(Debug)]
pub(super) struct WorkerState {
    run: RunDir,
    inner: Mutex<Inner>,
    changed_condvar: Condvar,
    /// Counts up with every change of the control state; cheap to check after each step.
    control_version: AtomicU64,
}

impl WorkerState {
    /// Writes the first status.
    ///
    /// # Errors
    /// When the control file cannot be read or the status cannot be written.
    pub(super) fn open(run: &RunDir, status: Status) -> Result<Arc<Self>> {
        control::ensure_exists(run)?;
        let control_state = ControlState {
            control: Control::read(run)?,
            interrupted: false,
            run_removed: false,
        };
        status.write(run)?;
        Ok(Arc::new(Self {
            run: run.clone(),
            inner: Mutex::new(Inner {
                status,
                control_state,
                write_now: false,
                finished: false,
            }),
            changed_condvar: Condvar::new(),
            control_version: AtomicU64::new(1),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the status; it is written with the next heartbeat.
    pub(super) fn update(&self, edit: impl FnOnce(&mut Status)) {
        edit(&mut self.lock().status);
    }

    /// Changes the status and has it written at once.
    pub(super) fn publish(&self, edit: impl FnOnce(&mut Status)) {
        let mut inner = self.lock();
        edit(&mut inner.status);
        inner.write_now = true;
        self.changed_condvar.notify_all();
    }

    /// The current status.
    pub(super) fn status(&self) -> Status {
        self.lock().status.clone()
    }

    /// What the worker should do now.
    pub(super) fn control_state(&self) -> ControlState {
        self.lock().control_state
    }

    /// Changes whenever [`control_state`](Self::control_state) does.
    pub(super) fn control_version(&self) -> u64 {
        self.control_version.load(Ordering::Acquire)
    }

    /// Makes the worker stop after its current step.
    pub(super) fn request_stop(&self) {
        self.lock().control_state.interrupted = true;
        self.notify_control_changed();
    }

    fn notify_control_changed(&self) {
        self.control_version.fetch_add(1, Ordering::Release);
        self.changed_condvar.notify_all();
    }

    /// Waits until the control state is newer than `version`.
    pub(super) fn wait_for_change(&self, version: u64) {
        self.wait_for_change_until(version, None);
    }

    /// The same, until a deadline at the latest.
    pub(super) fn wait_for_change_until(&self, version: u64, deadline: Option<Instant>) {
        let mut inner = self.lock();
        while self.control_version() == version {
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => HEARTBEAT_INTERVAL,
            };
            if left.is_zero() {
                return;
            }
            inner = self
                .changed_condvar
                .wait_timeout(inner, HEARTBEAT_INTERVAL.min(left))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Reads the control file. The status shows pausing or stopping until the
    /// training thread has done it.
    fn poll_control(&self) {
        if !self.run.exists() {
            let mut inner = self.lock();
            if !inner.control_state.run_removed {
                inner.control_state.run_removed = true;
                self.notify_control_changed();
            }
            return;
        }
        // A file that cannot be read at the moment is read again the next time.
        let Ok(control) = Control::read(&self.run) else {
            return;
        };
        let mut inner = self.lock();
        if control == inner.control_state.control || control.validate().is_err() {
            return;
        }
        inner.control_state.control = control;
        if inner.status.state == RunState::Running {
            let next = match control.desired {
                Desired::Pause => Some(RunState::Pausing),
                Desired::Stop | Desired::StopAfterEpoch => Some(RunState::Stopping),
                Desired::Run => None,
            };
            if let Some(next) = next {
                inner.status.state = next;
                inner.write_now = true;
            }
        }
        self.notify_control_changed();
    }

    fn run_status_thread(&self) {
        let mut last_write = Instant::now();
        loop {
            {
                let inner = self.lock();
                if inner.finished {
                    return;
                }
                if !inner.write_now {
                    let _ = self
                        .changed_condvar
                        .wait_timeout(inner, CONTROL_POLL_INTERVAL)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
            self.poll_control();
            let status = {
                let mut inner = self.lock();
                if inner.finished {
                    return;
                }
                if !inner.write_now && last_write.elapsed() < HEARTBEAT_INTERVAL {
                    continue;
                }
                inner.write_now = false;
                touch(&mut inner.status);
                inner.status.clone()
            };
            last_write = Instant::now();
            // On a full disk the file is overwritten in place. If even that fails,
            // readers miss a heartbeat, and the next one tries again.
            let _ = status.write(&self.run);
        }
    }

    /// Starts the status thread; it ends when the result is dropped.
    pub(super) fn spawn_status_thread(self: &Arc<Self>) -> StatusThread {
        let state = self.clone();
        StatusThread {
            state: self.clone(),
            thread: Some(std::thread::spawn(move || state.run_status_thread())),
        }
    }

    /// Ends the status thread and writes the final status.
    ///
    /// # Errors
    /// When the status cannot be written.
    pub(super) fn finish(
        &self,
        status_thread: StatusThread,
        edit: impl FnOnce(&mut Status),
    ) -> Result<Status> {
        drop(status_thread);
        let status = {
            let mut inner = self.lock();
            edit(&mut inner.status);
            touch(&mut inner.status);
            inner.status.clone()
        };
        status.write(&self.run)?;
        Ok(status)
    }
}

fn touch(status: &mut Status) {
    // Another program may have left it at the largest number.
    status.heartbeat = status.heartbeat.wrapping_add(1);
    status.updated_at = Some(utc_now());
}

/// Keeps the status thread running until dropped.
#[derive(Debug)]
pub(super) struct StatusThread {
    state: Arc<WorkerState>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for StatusThread {
    fn drop(&mut self) {
        self.state.lock().finished = true;
        self.state.changed_condvar.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
