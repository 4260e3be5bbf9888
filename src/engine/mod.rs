//! The engine of the screen: threads that own the data set, the models, their
//! codes and indexes, and answer [`Request`]s.
//!
//! The `worker` answers in the order of the requests, except that the newest
//! request of a kind replaces older ones (`queue`). What takes longer than a frame
//! (opening data, fitting, encoding, indexing) the `loader` does in threads of its own
//! and puts into the `cache`; a request that needs it is deferred and does not hold
//! up others. What the tab in view waits for is loaded first, and the rest is put aside
//! until that is there (`turns`).

mod cache;
mod draws_under_way;
mod events;
mod file_cache;
mod handlers;
mod latest_draws;
mod loader;
mod panics;
pub(crate) mod protocol;
mod queue;
mod recent;
mod sharp_work;
mod turns;
mod worker;

use std::sync::mpsc;

use crate::error::{Error, Result};
use crate::paths::Paths;

pub use crate::generation::constraint::Damage;
pub use crate::generation::quality::Verdict;
pub use crate::model_store::ModelInfo;
pub use crate::model_store::data::Seen;
pub use crate::model_store::denoise::Quality;
pub use crate::model_store::from_noise::NoisePass;
pub use crate::model_store::verify::{EncoderRef, EncoderRow, Setup};
pub use crate::model_store::{Direction, Filter, Heading, ModelRef, PictureRef, Query, Term};
pub use crate::verification::{HardPair, HardestPairs};
use events::Event;
pub use protocol::{
    Approximate, Comparison, DenoiseParams, Denoised, DrawParams, DrawResults, Drawn,
    FacesFromNoise, Generated, GeneratedFace, Histogram, NoiseParams, NoiseSweep, OpenedDataset,
    PictureOrigin, Rebuilt, Reconstruction, Request, RequestId, RequestKind, Resemblance, Response,
    ResponseBody, SearchParams, SearchResults, SearchRow, SeenFaces, Sharpness, VerificationReport,
};

/// Responses that may wait for the screen; then the engine waits.
const RESPONSE_CAPACITY: usize = 64;

/// The handle to the engine's threads; dropping it ends them.
#[derive(Debug)]
pub struct Engine {
    events: mpsc::Sender<Event>,
}

impl Engine {
    /// Starts the threads. `device` as `--device` takes it; `threads` bounds
    /// every thread pool, one thread per core when `None`. Nothing is loaded before
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
            crate::kernels::limit_threads(threads);
        }
        let (inbox, queue) = mpsc::channel();
        let (replies, receiver) = tokio::sync::mpsc::channel(RESPONSE_CAPACITY);
        let back = inbox.clone();
        std::thread::Builder::new()
            .name("engine".to_string())
            .spawn(move || worker::run(paths, device, &queue, back, replies))
            .map_err(Error::io("engine", "start a thread"))?;
        Ok((Self { events: inbox }, receiver))
    }

    /// Queues a request without waiting. Its responses carry `id`; each request needs
    /// a larger one than those before.
    pub fn send(&self, id: RequestId, request: Request) {
        // A thread that has ended answers nothing, which the closed receiver shows.
        let _ = self.events.send(Event::Request(id, request));
    }

    /// Cancels a request: it is answered by [`ResponseBody::Superseded`] unless it
    /// was answered already, and long work that only it wants stops.
    pub fn cancel(&self, ticket: RequestId) {
        let _ = self.events.send(Event::Cancel(ticket));
    }

    /// Tells which requests the user looks at: what these wait for is loaded first.
    pub fn prefer(&self, requests: Vec<RequestId>) {
        let _ = self.events.send(Event::Prefer(requests));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Quit);
    }
}
