//! The signals that end, resume or resize the screen.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, Result};

/// Signals that the event loop waits for.
pub(super) struct Signals {
    pub terminate: Signal,
    pub hang_up: Signal,
    pub interrupt: Signal,
    pub resume: Signal,
    pub resize: Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system refuses, or outside a tokio runtime.
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::io("signals", "listen to"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            resume: listen(SignalKind::from_raw(libc::SIGCONT))?,
            resize: listen(SignalKind::window_change())?,
        })
    }
}
