//! Locks of a run: the worker's, held while it lives, and short ones for changes.
//! The system releases a lock however its process ends, so a free worker lock
//! proves that no worker lives.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::run_dir::RunDir;
use crate::error::{Error, Result};
use crate::paths::symlinks;

/// Readers test the lock by taking a shared one for an instant; a worker waits
/// until they are done.
const WORKER_LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// Changes under a lock take milliseconds; a process that needs this long hangs.
const CHANGE_LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// The worker's lock, held while it lives.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the run's lock.
    ///
    /// # Errors
    /// When another worker holds it, or the file cannot be opened.
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
                    return Err(run.error(
                        "a worker is already training it; watch it with `lfw-tui runs show`, \
                         or stop it with `lfw-tui runs stop`",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path, "lock")(error)),
            }
        }
    }
}

/// Held while a file that several processes change is read and written.
#[derive(Debug)]
pub(super) struct ChangeLock {
    file: Option<File>,
}

impl ChangeLock {
    /// Waits for the lock. Some network file systems have no locks, and a full
    /// disk has no room for the file; the result then locks nothing, see
    /// [`is_effective`](Self::is_effective).
    ///
    /// # Errors
    /// When the file cannot be created, or another process does not release it.
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

    /// Whether it keeps other processes out.
    pub(super) fn is_effective(&self) -> bool {
        self.file.is_some()
    }
}

/// Whether a process holds the run's lock: one of this host, or of another
/// where the file system shares locks.
pub(crate) fn is_held(run: &RunDir) -> bool {
    match File::open(run.lock_path()) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// Whether a path is on a file system of this machine alone. A free lock there
/// proves that no worker lives, whatever the name of its host.
#[cfg(target_os = "linux")]
pub(super) fn is_local_file_system(path: &Path) -> bool {
    // ext, xfs, btrfs, tmpfs, ramfs, overlayfs, zfs, f2fs, bcachefs.
    const LOCAL: [u64; 9] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0x0102_1994,
        0x8584_58F6,
        0x794C_7630,
        0x2FC1_2FC1,
        0xF2F5_2010,
        0xCA45_1A4E,
    ];
    rustix::fs::statfs(path).is_ok_and(|stat| LOCAL.contains(&(stat.f_type as u64 & 0xFFFF_FFFF)))
}

/// Not known on other systems.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_local_file_system(_path: &Path) -> bool {
    false
}
