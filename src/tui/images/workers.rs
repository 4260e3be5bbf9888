//! The threads that decode and encode pictures.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use image::RgbImage;

use super::cache_key::CacheKey;
use super::capabilities::Capabilities;
use super::encode::EncodedPicture;
use super::picture::PixelSource;
use crate::dataset::picture_file::decode;

/// Enough to hide the time of decoding, few enough to leave training its cores.
const THREAD_COUNT: usize = 2;

/// A picture to encode.
#[derive(Debug, Clone)]
pub(super) struct EncodeJob {
    pub(super) key: CacheKey,
    pub(super) source: PixelSource,
    pub(super) capabilities: Capabilities,
    pub(super) id: u32,
}

/// What came of a job, for [`ImageRenderer::accept`](super::ImageRenderer::accept).
pub struct EncodeResult {
    key: CacheKey,
    generation: u64,
    result: Result<EncodedPicture, String>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(u64, EncodeJob)>,
    closed: bool,
}

struct JobQueue {
    queue: Mutex<Queue>,
    ready: Condvar,
}

impl JobQueue {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The lock is held only to push and pop: a panic leaves the queue valid.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle to the threads. When it is dropped, they end after their present job.
pub(super) struct EncoderThreads {
    shared: Arc<JobQueue>,
    /// Waiting or under way, with their generation.
    in_progress: HashMap<CacheKey, u64>,
    /// Changes with [`EncoderThreads::invalidate`].
    generation: u64,
}

impl EncoderThreads {
    /// Starts the threads, which call `notify` with each result.
    pub(super) fn start(
        notify: impl Fn(EncodeResult) + Send + Clone + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(JobQueue {
            queue: Mutex::default(),
            ready: Condvar::new(),
        });
        for number in 0..THREAD_COUNT.min(crate::kernels::threads()) {
            let shared = shared.clone();
            let notify = notify.clone();
            std::thread::Builder::new()
                .name(format!("pictures-{number}"))
                .spawn(move || run_worker(&shared, notify))?;
        }
        Ok(Self {
            shared,
            in_progress: HashMap::new(),
            generation: 0,
        })
    }

    /// Replaces the waiting jobs; those under way are finished.
    pub(super) fn replace_queue(&mut self, jobs: Vec<EncodeJob>) {
        let mut queue = self.shared.lock();
        for (_, dropped) in queue.jobs.drain(..) {
            self.in_progress.remove(&dropped.key);
        }
        for job in jobs {
            if !self.in_progress.contains_key(&job.key) {
                self.in_progress.insert(job.key.clone(), self.generation);
                queue.jobs.push_back((self.generation, job));
            }
        }
        let any = !queue.jobs.is_empty();
        drop(queue);
        if any {
            self.shared.ready.notify_all();
        }
    }

    /// A finished picture, unless it was begun before [`EncoderThreads::invalidate`].
    pub(super) fn receive(
        &mut self,
        done: EncodeResult,
    ) -> Option<(CacheKey, Result<EncodedPicture, String>)> {
        if done.generation != self.generation {
            return None;
        }
        self.in_progress.remove(&done.key);
        Some((done.key, done.result))
    }

    /// Drops the waiting jobs and the results of those under way.
    pub(super) fn invalidate(&mut self) {
        self.shared.lock().jobs.clear();
        self.in_progress.clear();
        self.generation += 1;
    }

    /// Whether no job waits or is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.in_progress.is_empty()
    }
}

impl Drop for EncoderThreads {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.jobs.clear();
        queue.closed = true;
        drop(queue);
        self.shared.ready.notify_all();
    }
}

fn run_worker(shared: &JobQueue, notify: impl Fn(EncodeResult)) {
    loop {
        let (generation, job) = {
            let mut queue = shared.lock();
            loop {
                if queue.closed {
                    return;
                }
                if let Some(job) = queue.jobs.pop_front() {
                    break job;
                }
                queue = shared
                    .ready
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        };
        // A decoder that panics makes its picture unreadable and nothing else.
        let result = catch_unwind(AssertUnwindSafe(|| encode(&job)))
            .unwrap_or_else(|_| Err("the decoder failed".to_string()));
        notify(EncodeResult {
            key: job.key,
            generation,
            result,
        });
    }
}

fn encode(job: &EncodeJob) -> Result<EncodedPicture, String> {
    let pixels: Arc<RgbImage> = match &job.source {
        PixelSource::Pixels(pixels) => pixels.clone(),
        PixelSource::File(path) => Arc::new(decode(path).map_err(|error| error.to_string())?),
    };
    EncodedPicture::new(
        &pixels,
        job.key.region,
        (job.key.columns, job.key.rows),
        &job.capabilities,
        job.key.detail,
        job.id,
    )
}
