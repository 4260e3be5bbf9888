//! Signals to a worker: the first stops it with a checkpoint, a second Ctrl-C
//! ends it at once.

use std::sync::Arc;

use tokio::signal::unix::SignalKind;

use super::worker_state::WorkerState;
use crate::error::{Error, Result};
use crate::interrupt::{self, SignalStreams};

/// Listens on another thread for as long as the process lives. A detached worker
/// ignores hang-ups, and so does one that was started under `nohup`.
///
/// # Errors
/// When a handler cannot be installed.
pub(super) fn spawn_listener(state: &Arc<WorkerState>, detached: bool) -> Result<()> {
    let refused = |error| Error::io("signal handlers", "install")(error);
    let state = state.clone();
    let ignore_hangup = detached || interrupt::hangup_is_ignored();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(refused)?;
    let mut streams = {
        let _guard = runtime.enter();
        SignalStreams::register(ignore_hangup).map_err(refused)?
    };
    // Only now, so that no signal is missed in between.
    interrupt::hand_over();
    if interrupt::is_requested() {
        state.request_stop();
    }
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut is_stopping = false;
            loop {
                let kind = streams.next().await;
                interrupt::record(kind);
                if is_stopping && kind == SignalKind::interrupt() {
                    std::process::exit(interrupt::exit_code());
                }
                is_stopping = true;
                state.request_stop();
            }
        });
    });
    Ok(())
}
