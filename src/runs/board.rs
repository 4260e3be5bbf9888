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
const GLANCE: Duration = Duration::from_millis(100);
/// How often the status is written when nothing but numbers change.
const BEAT: Duration = Duration::from_secs(1);

/// What is wanted of the worker at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// The control file's content.
    pub control: Control,
    /// Ctrl-C, SIGTERM or a hang-up came: stop.
    pub interrupted: bool,
    /// The run's directory is gone: end, there is nothing to save to.
    pub removed: bool,
}

impl Wish {
    /// What to do, signals included.
    pub fn desired(&self) -> Desired {
        if self.interrupted || self.removed {
            Desired::Stop
        } else {
            self.control.desired
        }
    }
}

#[derive(Debug)]
struct Shared {
    status: Status,
    wish: Wish,
    urgent: bool,
    over: bool,
}

/// Shared by the training thread, the attendant and the signal handler.
#[derive(Debug)]
pub struct Board {
    run: RunDir,
    shared: Mutex<Shared>,
    bell: Condvar,
    /// Goes up with every change of the wish; cheap to look at after each step.
    version: AtomicU64,
}

impl Board {
    /// Puts up the first status.
    ///
    /// # Errors
    /// When the control file cannot be read or the status not be written.
    pub fn open(run: &RunDir, status: Status) -> Result<Arc<Self>> {
        control::provide(run)?;
        let wish = Wish {
            control: Control::read(run)?,
            interrupted: false,
            removed: false,
        };
        status.write(run)?;
        Ok(Arc::new(Self {
            run: run.clone(),
            shared: Mutex::new(Shared {
                status,
                wish,
                urgent: false,
                over: false,
            }),
            bell: Condvar::new(),
            version: AtomicU64::new(1),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes numbers of the status; written with the next beat.
    pub fn update(&self, edit: impl FnOnce(&mut Status)) {
        edit(&mut self.lock().status);
    }

    /// Changes the status and has it written at once.
    pub fn announce(&self, edit: impl FnOnce(&mut Status)) {
        let mut shared = self.lock();
        edit(&mut shared.status);
        shared.urgent = true;
        self.bell.notify_all();
    }

    /// The status as it stands.
    pub fn status(&self) -> Status {
        self.lock().status.clone()
    }

    /// What is wanted now.
    pub fn wish(&self) -> Wish {
        self.lock().wish
    }

    /// Changes whenever [`wish`](Self::wish) does.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Somebody wants the worker to stop.
    pub fn interrupt(&self) {
        self.lock().wish.interrupted = true;
        self.changed();
    }

    fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
        self.bell.notify_all();
    }

    /// Waits until the wish is no longer that of `version`.
    pub fn wait_beyond(&self, version: u64) {
        self.wait_beyond_or(version, None);
    }

    /// The same, until a deadline at most.
    pub fn wait_beyond_or(&self, version: u64, deadline: Option<Instant>) {
        let mut shared = self.lock();
        while self.version() == version {
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => BEAT,
            };
            if left.is_zero() {
                return;
            }
            shared = self
                .bell
                .wait_timeout(shared, BEAT.min(left))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Reads the control file; a new wish is shown as pausing or stopping until
    /// the training thread has come to it.
    fn glance(&self) {
        if !self.run.exists() {
            let mut shared = self.lock();
            if !shared.wish.removed {
                shared.wish.removed = true;
                self.changed();
            }
            return;
        }
        // One that is not readable at the moment is tried again at the next glance.
        let Ok(control) = Control::read(&self.run) else {
            return;
        };
        let mut shared = self.lock();
        if control == shared.wish.control || control.validate().is_err() {
            return;
        }
        shared.wish.control = control;
        if shared.status.state == Phase::Running {
            let next = match control.desired {
                Desired::Pause => Some(Phase::Pausing),
                Desired::Stop | Desired::StopAfterEpoch => Some(Phase::Stopping),
                Desired::Run => None,
            };
            if let Some(next) = next {
                shared.status.state = next;
                shared.urgent = true;
            }
        }
        self.changed();
    }

    fn attend(&self) {
        let mut beat = Instant::now();
        loop {
            {
                let shared = self.lock();
                if shared.over {
                    return;
                }
                if !shared.urgent {
                    let _ = self
                        .bell
                        .wait_timeout(shared, GLANCE)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
            self.glance();
            let status = {
                let mut shared = self.lock();
                if shared.over {
                    return;
                }
                if !shared.urgent && beat.elapsed() < BEAT {
                    continue;
                }
                shared.urgent = false;
                stamp(&mut shared.status);
                shared.status.clone()
            };
            beat = Instant::now();
            // On a full disk it is written over in place; should even that fail, readers
            // see that the beat does not come, and the next one tries again.
            let _ = status.write(&self.run);
        }
    }

    /// Starts the attendant; it ends when the result is dropped.
    pub fn attended(self: &Arc<Self>) -> Attendant {
        let board = self.clone();
        Attendant {
            board: self.clone(),
            thread: Some(std::thread::spawn(move || board.attend())),
        }
    }

    /// The last word: written by the caller's thread, after which nothing is.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn close(&self, attendant: Attendant, edit: impl FnOnce(&mut Status)) -> Result<Status> {
        drop(attendant);
        let status = {
            let mut shared = self.lock();
            edit(&mut shared.status);
            stamp(&mut shared.status);
            shared.status.clone()
        };
        status.write(&self.run)?;
        Ok(status)
    }
}

fn stamp(status: &mut Status) {
    // A foreign writer may have left it at the largest number.
    status.heartbeat = status.heartbeat.wrapping_add(1);
    status.updated_at = Some(now());
}

/// The time as it stands in a run's files: UTC, for people.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%FT%TZ").to_string()
}

/// The thread that keeps the board.
#[derive(Debug)]
pub struct Attendant {
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Attendant {
    fn drop(&mut self) {
        self.board.lock().over = true;
        self.board.bell.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
