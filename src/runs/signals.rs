//! Signals to a worker: the first asks it to stop with a checkpoint, the
//! second Ctrl-C ends it at once.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::board::Board;
use crate::error::{Error, Result};

/// What a shell expects of a program that Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// Listens on a thread of its own for as long as the process lives. A detached
/// worker takes a hang-up for nothing: that its terminal closes is why it is
/// detached. So does one that was started under `nohup`.
///
/// # Errors
/// When the system refuses a handler.
pub fn listen(board: &Arc<Board>, detached: bool) -> Result<()> {
    let refused = |error| Error::io("signal handlers", "install")(error);
    let board = board.clone();
    let deaf = detached || hangup_is_ignored();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(refused)?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _guard = runtime.enter();
        (
            signal(SignalKind::interrupt()).map_err(refused)?,
            signal(SignalKind::terminate()).map_err(refused)?,
            signal(SignalKind::hangup()).map_err(refused)?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut asked = false;
            loop {
                let insistent = tokio::select! {
                    _ = interrupt.recv() => true,
                    _ = terminate.recv() => false,
                    _ = hangup.recv() => {
                        if deaf {
                            continue;
                        }
                        false
                    }
                };
                if asked && insistent {
                    std::process::exit(INTERRUPTED);
                }
                asked = true;
                board.interrupt();
            }
        });
    });
    Ok(())
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does
/// (Linux; elsewhere not known and taken for no).
fn hangup_is_ignored() -> bool {
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
