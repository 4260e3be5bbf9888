//! The worker's notice board: what it says of itself and what is wanted of it.
//! A thread of its own writes the status and reads the control file, so that
//! training neither waits for files nor has to end a long step to beat.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::control::{self, Control};
use super::status::{Phase, Status};
use super::{Desired, RunDir};
use crate::error::Result;

/// How often the control file is looked at: a key's effect is felt at once.
const CONTROL_POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How often the status is written when nothing but numbers change.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// What is wanted of the worker at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlState {
    /// The control file's content.
    pub control: Control,
    /// Ctrl-C, SIGTERM or a hang-up came: stop.
    pub interrupted: bool,
    /// The run's directory is gone: end, there is nothing to save to.
    pub run_removed: bool,
}

impl ControlState {
    /// What to do, signals included.
    pub fn desired(&self) -> Desired {
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
    write_now: bool,
    finished: bool,
}

/// Shared by the training thread, the attendant and the signal handler.
#[derive(Debug)]
pub struct WorkerState {
    run: RunDir,
    inner: Mutex<Inner>,
    changed_condvar: Condvar,
    /// Goes up with every change of the wish; cheap to look at after each step.
    control_version: AtomicU64,
}

impl WorkerState {
    /// Puts up the first status.
    ///
    /// # Errors
    /// When the control file cannot be read or the status not be written.
    pub fn open(run: &RunDir, status: Status) -> Result<Arc<Self>> {
        control::ensure_exists(run)?;
        let wish = ControlState {
            control: Control::read(run)?,
            interrupted: false,
            run_removed: false,
        };
        status.write(run)?;
        Ok(Arc::new(Self {
            run: run.clone(),
            inner: Mutex::new(Inner {
                status,
                control_state: wish,
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

    /// Changes numbers of the status; written with the next beat.
    pub fn update(&self, edit: impl FnOnce(&mut Status)) {
        edit(&mut self.lock().status);
    }

    /// Changes the status and has it written at once.
    pub fn publish(&self, edit: impl FnOnce(&mut Status)) {
        let mut shared = self.lock();
        edit(&mut shared.status);
        shared.write_now = true;
        self.changed_condvar.notify_all();
    }

    /// The status as it stands.
    pub fn status(&self) -> Status {
        self.lock().status.clone()
    }

    /// What is wanted now.
    pub fn control_state(&self) -> ControlState {
        self.lock().control_state
    }

    /// Changes whenever [`control_state`](Self::wish) does.
    pub fn control_version(&self) -> u64 {
        self.control_version.load(Ordering::Acquire)
    }

    /// Somebody wants the worker to stop.
    pub fn request_stop(&self) {
        self.lock().control_state.interrupted = true;
        self.notify_control_changed();
    }

    fn notify_control_changed(&self) {
        self.control_version.fetch_add(1, Ordering::Release);
        self.changed_condvar.notify_all();
    }

    /// Waits until the wish is no longer that of `version`.
    pub fn wait_for_change(&self, version: u64) {
        self.wait_for_change_until(version, None);
    }

    /// The same, until a deadline at most.
    pub fn wait_for_change_until(&self, version: u64, deadline: Option<Instant>) {
        let mut shared = self.lock();
        while self.control_version() == version {
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => HEARTBEAT_INTERVAL,
            };
            if left.is_zero() {
                return;
            }
            shared = self
                .changed_condvar
                .wait_timeout(shared, HEARTBEAT_INTERVAL.min(left))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Reads the control file; a new wish is shown as pausing or stopping until
    /// the training thread has come to it.
    fn poll_control(&self) {
        if !self.run.exists() {
            let mut shared = self.lock();
            if !shared.control_state.run_removed {
                shared.control_state.run_removed = true;
                self.notify_control_changed();
            }
            return;
        }
        // One that is not readable at the moment is tried again at the next glance.
        let Ok(control) = Control::read(&self.run) else {
            return;
        };
        let mut shared = self.lock();
        if control == shared.control_state.control || control.validate().is_err() {
            return;
        }
        shared.control_state.control = control;
        if shared.status.state == Phase::Running {
            let next = match control.desired {
                Desired::Pause => Some(Phase::Pausing),
                Desired::Stop | Desired::StopAfterEpoch => Some(Phase::Stopping),
                Desired::Run => None,
            };
            if let Some(next) = next {
                shared.status.state = next;
                shared.write_now = true;
            }
        }
        self.notify_control_changed();
    }

    fn run_status_thread(&self) {
        let mut beat = Instant::now();
        loop {
            {
                let shared = self.lock();
                if shared.finished {
                    return;
                }
                if !shared.write_now {
                    let _ = self
                        .changed_condvar
                        .wait_timeout(shared, CONTROL_POLL_INTERVAL)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
            self.poll_control();
            let status = {
                let mut shared = self.lock();
                if shared.finished {
                    return;
                }
                if !shared.write_now && beat.elapsed() < HEARTBEAT_INTERVAL {
                    continue;
                }
                shared.write_now = false;
                touch(&mut shared.status);
                shared.status.clone()
            };
            beat = Instant::now();
            // On a full disk it is written over in place; should even that fail, readers
            // see that the beat does not come, and the next one tries again.
            let _ = status.write(&self.run);
        }
    }

    /// Starts the attendant; it ends when the result is dropped.
    pub fn spawn_status_thread(self: &Arc<Self>) -> StatusThread {
        let board = self.clone();
        StatusThread {
            state: self.clone(),
            thread: Some(std::thread::spawn(move || board.run_status_thread())),
        }
    }

    /// The last word: written by the caller's thread, after which nothing is.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(
        &self,
        attendant: StatusThread,
        edit: impl FnOnce(&mut Status),
    ) -> Result<Status> {
        drop(attendant);
        let status = {
            let mut shared = self.lock();
            edit(&mut shared.status);
            touch(&mut shared.status);
            shared.status.clone()
        };
        status.write(&self.run)?;
        Ok(status)
    }
}

fn touch(status: &mut Status) {
    // A foreign writer may have left it at the largest number.
    status.heartbeat = status.heartbeat.wrapping_add(1);
    status.updated_at = Some(utc_now());
}

/// The time as it stands in a run's files: UTC, for people.
pub fn utc_now() -> String {
    jiff::Timestamp::now().strftime("%FT%TZ").to_string()
}

/// The thread that keeps the board.
#[derive(Debug)]
pub struct StatusThread {
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
