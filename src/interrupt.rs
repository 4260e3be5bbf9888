//! Signals that end a command. After the first one the work may clean up; if it
//! takes too long, or at the second signal, the program exits at once. Incomplete
//! files are removed in every case.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};

/// How long the work has to notice the signal and end. Long decodes, solvers and
/// servers that do not respond never notice.
const GRACE_PERIOD: Duration = Duration::from_millis(600);

/// The number of the first signal received, 0 before.
static FIRST_SIGNAL: AtomicI32 = AtomicI32::new(0);
/// Whether other code handles signals now. A training run needs longer to end:
/// it writes a checkpoint.
static HANDED_OVER: AtomicBool = AtomicBool::new(false);
/// Files and folders that are incomplete.
static REMOVE_ON_EXIT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Handles Ctrl-C, SIGTERM and, unless the process was started under `nohup`,
/// hang-ups on another thread: [`check`] fails from then on. `before_exit` is
/// called before the program exits because the work did not end. Further calls
/// have no effect.
pub(crate) fn install_handlers(before_exit: fn()) {
    static CAUGHT: Once = Once::new();
    CAUGHT.call_once(|| {
        // Without handlers, signals end the program in the default way.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
        else {
            return;
        };
        let streams = {
            let _guard = runtime.enter();
            SignalStreams::register(hangup_is_ignored())
        };
        let Ok(streams) = streams else { return };
        let _ = std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || runtime.block_on(exit_after_grace_period(streams, before_exit)));
    });
}

/// The signals that end a program: Ctrl-C, SIGTERM and, unless they are ignored,
/// hang-ups.
pub(crate) struct SignalStreams {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    ignore_hangup: bool,
}

impl SignalStreams {
    /// Installs the handlers, within a tokio runtime.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub(crate) fn register(ignore_hangup: bool) -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            ignore_hangup,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> SignalKind {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return SignalKind::interrupt(),
                _ = self.terminate.recv() => return SignalKind::terminate(),
                _ = self.hangup.recv() => {
                    if !self.ignore_hangup {
                        return SignalKind::hangup();
                    }
                }
            }
        }
    }
}

/// Records the first signal, and exits at the second or after the grace period.
async fn exit_after_grace_period(mut streams: SignalStreams, before_exit: fn()) {
    let mut deadline: Option<Instant> = None;
    loop {
        let kind = tokio::select! {
            kind = streams.next() => Some(kind),
            () = sleep_until(deadline) => None,
        };
        if HANDED_OVER.load(Ordering::Relaxed) {
            return;
        }
        let Some(kind) = kind else {
            terminate(before_exit)
        };
        record(kind);
        if deadline.replace(Instant::now() + GRACE_PERIOD).is_some() {
            terminate(before_exit);
        }
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

fn terminate(before_exit: fn()) -> ! {
    before_exit();
    remove_unfinished();
    std::process::exit(exit_code());
}

/// Records a signal; only the first counts.
pub(crate) fn record(kind: SignalKind) {
    let _ =
        FIRST_SIGNAL.compare_exchange(0, kind.as_raw_value(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Stops the handling that [`install_handlers`] began: the caller handles signals
/// from now on.
pub(crate) fn hand_over() {
    HANDED_OVER.store(true, Ordering::Relaxed);
}

/// Whether a signal has been received.
pub(crate) fn is_requested() -> bool {
    FIRST_SIGNAL.load(Ordering::Relaxed) != 0
}

/// Called by long work between two of its parts.
///
/// # Errors
/// `Cancelled` once a signal has been received.
pub(crate) fn check() -> Result<()> {
    if is_requested() {
        return Err(Error::Cancelled);
    }
    Ok(())
}

/// The exit code after a signal, as shells expect it: 130 for Ctrl-C, 143 for
/// SIGTERM, 129 for a hang-up.
pub(crate) fn exit_code() -> i32 {
    match FIRST_SIGNAL.load(Ordering::Relaxed) {
        0 => 130,
        number => 128 + number,
    }
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does. Known
/// only on Linux; `false` elsewhere.
pub(crate) fn hangup_is_ignored() -> bool {
    // Read before the first handler is installed, which changes the answer.
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        let Ok(text) = std::fs::read_to_string("/proc/self/status") else {
            return false;
        };
        let mask = text
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // Bit n − 1 is signal n; SIGHUP is 1 everywhere.
        mask.is_some_and(|mask| mask & 1 != 0)
    })
}

/// Removes an incomplete file or folder if a signal ends the program while this
/// value exists.
#[derive(Debug)]
pub(crate) struct RemoveOnSignal(PathBuf);

impl RemoveOnSignal {
    /// For a file, or for a folder with its content.
    pub(crate) fn new(path: &Path) -> Self {
        remove_on_exit().push(path.to_path_buf());
        Self(path.to_path_buf())
    }
}

impl Drop for RemoveOnSignal {
    fn drop(&mut self) {
        let mut all = remove_on_exit();
        if let Some(at) = all.iter().position(|path| *path == self.0) {
            all.swap_remove(at);
        }
    }
}

fn remove_on_exit() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    REMOVE_ON_EXIT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn remove_unfinished() {
    for path in remove_on_exit().iter() {
        // Other threads may still be writing below it.
        for _ in 0..3 {
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
            if !path.exists() {
                break;
            }
        }
    }
}
