//! The lock that a worker holds for its life. The system drops it when the
//! process ends in whatever way, so a free lock proves that nobody trains.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::RunDir;
use crate::error::{Error, Result};
use crate::paths::symlinks;

/// Readers probe with a shared lock for an instant; a worker outwaits them.
const WORKER_LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// Changes under a lock take milliseconds; one that takes this long hangs.
const CHANGE_LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// Held while a worker lives.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the run's lock.
    ///
    /// # Errors
    /// When another worker holds it, and those of the file system.
    pub fn acquire(run: &RunDir) -> Result<Self> {
        let path = run.lock_path();
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file =
            symlinks::open_nofollow(&mut options, &path).map_err(Error::io(&path, "open"))?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < WORKER_LOCK_TIMEOUT => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::invalid(
                        format!("run {}", run.folder_name()),
                        "a worker is already training it; watch it with `lfw-tui runs show`, \
                         or stop it with `lfw-tui runs stop`",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path, "lock")(error)),
            }
        }
    }
}

/// Held while something that several processes change is read and written.
#[derive(Debug)]
pub(super) struct ChangeLock {
    file: Option<File>,
}

impl ChangeLock {
    /// Waits for its turn. Some network file systems have no locks, and a full
    /// disk no room for the file: there it is held in name only, see [`is_effective`](Self::is_real).
    ///
    /// # Errors
    /// When the file cannot be made, or another process does not let go of it.
    pub(super) fn acquire(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let opened = symlinks::open_nofollow(&mut options, path).map_err(Error::io(path, "open"));
        let file = match opened {
            Err(error) if error.is_disk_full() => return Ok(Self { file: None }),
            opened => opened?,
        };
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file: Some(file) }),
                Err(TryLockError::WouldBlock) if began.elapsed() < CHANGE_LOCK_TIMEOUT => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::invalid(
                        path.display(),
                        format!(
                            "another program has held this lock for {} s; end it and try again",
                            CHANGE_LOCK_TIMEOUT.as_secs()
                        ),
                    ));
                }
                Err(TryLockError::Error(_)) => return Ok(Self { file: None }),
            }
        }
    }

    /// Whether it holds others off.
    pub(super) fn is_effective(&self) -> bool {
        self.file.is_some()
    }
}

/// Whether some process, here or (where the file system passes locks on) on
/// another host, holds the run's lock.
pub fn is_held(run: &RunDir) -> bool {
    match File::open(run.lock_path()) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}
