//! Signals that ask a command to end. The first lets the work clean up behind
//! itself; work that does not look up in time is ended all the same, and the
//! second signal ends the program at once. What is half made is removed on all
//! three ways out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};

/// How long work has to notice that it is to end, and to end: long decodes,
/// solvers and silent servers do not ask.
const GRACE_PERIOD: Duration = Duration::from_millis(600);

/// The number of the first signal that came, 0 before.
static FIRST_SIGNAL: AtomicI32 = AtomicI32::new(0);
/// Whether somebody else listens now, who needs longer to end: a training run
/// saves a checkpoint.
static HANDED_OVER: AtomicBool = AtomicBool::new(false);
/// Files and folders that are half made.
static REMOVE_ON_EXIT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Listens on a thread of its own from now on: Ctrl-C, SIGTERM and, unless the
/// process was started under `nohup`, a hang-up make [`check`] say so.
/// `last_words` are said when the work is ended without having noticed. Calling
/// it again changes nothing.
pub fn install_handlers(last_words: fn()) {
    static CAUGHT: Once = Once::new();
    CAUGHT.call_once(|| {
        // Without handlers a signal ends the program as it always would.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
        else {
            return;
        };
        let listening = {
            let _guard = runtime.enter();
            SignalStreams::register()
        };
        let Ok(listening) = listening else { return };
        let _ = std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || runtime.block_on(listening.run(last_words)));
    });
}

/// The three signals and whether hang-ups count.
struct SignalStreams {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    ignore_hangup: bool,
}

impl SignalStreams {
    fn register() -> std::io::Result<Self> {
        // Asked before a handler changes the answer.
        let deaf = hangup_is_ignored();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            ignore_hangup: deaf,
        })
    }

    async fn run(mut self, last_words: fn()) {
        let mut ends: Option<Instant> = None;
        loop {
            let kind = tokio::select! {
                _ = self.interrupt.recv() => SignalKind::interrupt(),
                _ = self.terminate.recv() => SignalKind::terminate(),
                _ = self.hangup.recv() => {
                    if self.ignore_hangup {
                        continue;
                    }
                    SignalKind::hangup()
                }
                () = sleep_until(ends) => {
                    if HANDED_OVER.load(Ordering::Relaxed) {
                        return;
                    }
                    terminate(last_words);
                }
            };
            if HANDED_OVER.load(Ordering::Relaxed) {
                return;
            }
            record(kind);
            if ends.replace(Instant::now() + GRACE_PERIOD).is_some() {
                terminate(last_words);
            }
        }
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

fn terminate(last_words: fn()) -> ! {
    last_words();
    remove_unfinished();
    std::process::exit(exit_code());
}

/// Remembers that a signal came; only the first counts.
pub fn record(kind: SignalKind) {
    let _ =
        FIRST_SIGNAL.compare_exchange(0, kind.as_raw_value(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Ends the listening that [`install_handlers`] began, for one who listens himself.
pub fn hand_over() {
    HANDED_OVER.store(true, Ordering::Relaxed);
}

/// Whether a signal came.
pub fn is_requested() -> bool {
    FIRST_SIGNAL.load(Ordering::Relaxed) != 0
}

/// To be called by work between two of its pieces.
///
/// # Errors
/// `Cancelled` once a signal came.
pub fn check() -> Result<()> {
    if is_requested() {
        return Err(Error::Cancelled);
    }
    Ok(())
}

/// What a shell expects of a program that a signal ended: 130 for Ctrl-C, 143
/// for SIGTERM, 129 for a hang-up.
pub fn exit_code() -> i32 {
    match FIRST_SIGNAL.load(Ordering::Relaxed) {
        0 => 130,
        number => 128 + number,
    }
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does
/// (Linux; elsewhere not known and taken for no).
pub fn hangup_is_ignored() -> bool {
    let Ok(text) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let mask = text
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Bit n − 1 stands for signal n; SIGHUP is 1 everywhere.
    mask.is_some_and(|mask| mask & 1 != 0)
}

/// Something half made that a signal's end removes; dropping this means that it
/// was finished or is gone.
#[derive(Debug)]
pub struct RemoveOnSignal(PathBuf);

impl RemoveOnSignal {
    /// Of a file or a folder with all that is in it.
    pub fn new(path: &Path) -> Self {
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
