//! The background worker of the screen: threads that own the data set, the
//! models, their codes and indexes, and answer [`Request`]s.
//!
//! One thread answers, in the order of asking except that the newest request
//! of a kind replaces older ones (`queue`). What takes longer than a frame
//! (opening data, fitting, encoding, indexing) is made by a second thread and
//! put into the `stock`; a request that needs it waits aside meanwhile and
//! does not hold up others.

mod cache;
mod code_index;
mod denoise;
mod generate;
mod loader;
mod model_list;
mod pictures;
pub mod protocol;
mod queue;
mod reconstruct;
mod search;
mod worker;

use std::sync::mpsc;

use crate::error::{Error, Result};
use crate::paths::Paths;

pub use code_index::CodeIndex;
pub use protocol::{
    Comparison, Denoised, Generated, GeneratedFace, Histogram, ModelInfo, ModelRef, NoiseSweep,
    OpenedDataset, PictureRef, Reconstruction, Request, RequestId, RequestKind, Response,
    ResponseBody, SearchResults,
};

/// Replies that may wait for the screen; the engine rests beyond that.
const RESPONSE_CAPACITY: usize = 64;

/// The handle to the engine's threads; dropping it ends them.
#[derive(Debug)]
pub struct Engine {
    events: mpsc::Sender<worker::Event>,
}

impl Engine {
    /// Starts the threads. `device` as `--device` takes it; `threads` is how
    /// many cores models may use, all when `None`. Nothing is loaded before
    /// the first [`Request::Open`].
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        paths: Paths,
        device: String,
        threads: Option<usize>,
    ) -> Result<(Self, tokio::sync::mpsc::Receiver<Response>)> {
        if let Some(threads) = threads {
            crate::kernels::set_threads(threads);
            // A pool that exists already stays as it is.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build_global();
        }
        let (inbox, queue) = mpsc::channel();
        let (replies, receiver) = tokio::sync::mpsc::channel(RESPONSE_CAPACITY);
        let back = inbox.clone();
        std::thread::Builder::new()
            .name("engine".to_string())
            .spawn(move || worker::run(paths, device, queue, back, replies))
            .map_err(Error::io("engine", "start a thread"))?;
        Ok((Self { events: inbox }, receiver))
    }

    /// Queues a request without waiting. Its responses carry `id`; each request needs
    /// a larger one than those before.
    pub fn send(&self, id: RequestId, request: Request) {
        // A thread that has ended answers nothing, which the closed receiver shows.
        let _ = self.events.send(worker::Event::Request(id, request));
    }

    /// Gives a request up: it is answered by [`ResponseBody::Superseded`] unless it
    /// was answered already, and long work that only it wants stops.
    pub fn cancel(&self, ticket: RequestId) {
        let _ = self.events.send(worker::Event::Cancel(ticket));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.events.send(worker::Event::Quit);
    }
}
