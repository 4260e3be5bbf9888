//! Signals to a worker: the first asks it to stop with a checkpoint, the
//! second Ctrl-C ends it at once.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::worker_state::WorkerState;
use crate::error::{Error, Result};
use crate::interrupt;

/// Listens on a thread of its own for as long as the process lives. A detached
/// worker takes a hang-up for nothing: that its terminal closes is why it is
/// detached. So does one that was started under `nohup`.
///
/// # Errors
/// When the system refuses a handler.
pub fn spawn_listener(board: &Arc<WorkerState>, detached: bool) -> Result<()> {
    let refused = |error| Error::io("signal handlers", "install")(error);
    let board = board.clone();
    let deaf = detached || interrupt::hangup_is_ignored();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(refused)?;
    let (mut ctrl_c, mut terminate, mut hangup) = {
        let _guard = runtime.enter();
        (
            signal(SignalKind::interrupt()).map_err(refused)?,
            signal(SignalKind::terminate()).map_err(refused)?,
            signal(SignalKind::hangup()).map_err(refused)?,
        )
    };
    // Only now: in between neither would have listened.
    interrupt::hand_over();
    if interrupt::is_requested() {
        board.request_stop();
    }
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut asked = false;
            loop {
                let kind = tokio::select! {
                    _ = ctrl_c.recv() => SignalKind::interrupt(),
                    _ = terminate.recv() => SignalKind::terminate(),
                    _ = hangup.recv() => {
                        if deaf {
                            continue;
                        }
                        SignalKind::hangup()
                    }
                };
                interrupt::record(kind);
                if asked && kind == SignalKind::interrupt() {
                    std::process::exit(interrupt::exit_code());
                }
                asked = true;
                board.request_stop();
            }
        });
    });
    Ok(())
}
