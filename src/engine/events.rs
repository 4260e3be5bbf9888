//! What reaches the worker's thread.

use std::sync::Arc;

use super::cache::DatasetCache;
use super::protocol::{Request, RequestId};

/// One message to the worker.
pub(super) enum Event {
    /// From the screen.
    Request(RequestId, Request),
    /// From the screen: the answer is no longer wanted.
    Cancel(RequestId),
    /// From the screen: the requests that the user looks at.
    Prefer(Vec<RequestId>),
    /// The handle was dropped.
    Quit,
    /// The loader opened a data set, or failed to; one line says why. `TaskDone` follows.
    Opened(RequestId, Result<LoadedDataset, String>),
    /// The loader has finished the task of this number.
    TaskDone(u64),
    /// How far the loader's task is.
    Progress {
        /// What is being done.
        stage: String,
        /// Units done.
        done: u64,
        /// Units in all, when known.
        total: Option<u64>,
    },
    /// The loader has something to say to the user.
    Note(String),
}

/// A data set that was opened, and where models run.
pub(super) struct LoadedDataset {
    pub cache: Arc<DatasetCache>,
    /// Why the device is not the requested one.
    pub device_note: Option<String>,
}
