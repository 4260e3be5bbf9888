//! The threads that decode and encode pictures, newest wishes first to last.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use image::RgbImage;

use crate::dataset::faces::decode;

use super::{CacheKey, Capabilities, EncodedPicture, PixelSource, Region};

/// Threads: enough to hide decoding, few enough to leave training its cores.
const THREAD_COUNT: usize = 2;

/// One picture to make.
#[derive(Debug, Clone)]
pub(super) struct EncodeJob<K> {
    pub key: K,
    pub source: PixelSource,
    pub region: Region,
    pub columns: u16,
    pub rows: u16,
    pub capabilities: Capabilities,
    pub id: u32,
}

/// What a worker made, for [`ImageRenderer::accept`](super::ImageRenderer::accept).
pub struct EncodeResult {
    key: CacheKey,
    generation: u64,
    result: Result<EncodedPicture, String>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(u64, EncodeJob<CacheKey>)>,
    closed: bool,
}

struct JobQueue {
    queue: Mutex<Queue>,
    ready: Condvar,
}

impl JobQueue {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A worker that panicked left the queue whole: it holds the lock only to pop.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle to the threads; dropping it ends them after their present job.
pub(super) struct EncoderThreads {
    shared: Arc<JobQueue>,
    /// Wanted or being made, with the generation they belong to.
    in_progress: HashMap<CacheKey, u64>,
    generation: u64,
}

impl EncoderThreads {
    pub fn start(notify: impl Fn(EncodeResult) + Send + Clone + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(JobQueue {
            queue: Mutex::default(),
            ready: Condvar::new(),
        });
        for number in 0..THREAD_COUNT {
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

    /// Replaces the list of what is wanted; what has been taken up goes on.
    pub fn replace_queue(&mut self, jobs: Vec<EncodeJob<CacheKey>>) {
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

    /// A finished picture, unless it was made before [`EncoderThreads::invalidate`].
    pub fn receive(
        &mut self,
        done: EncodeResult,
    ) -> Option<(CacheKey, Result<EncodedPicture, String>)> {
        if done.generation != self.generation {
            return None;
        }
        self.in_progress.remove(&done.key);
        Some((done.key, done.result))
    }

    /// What is under way is of no use any more.
    pub fn invalidate(&mut self) {
        self.shared.lock().jobs.clear();
        self.in_progress.clear();
        self.generation += 1;
    }

    pub fn is_idle(&self) -> bool {
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
        // A picture that a decoder panics on is unreadable, no more than that.
        let result = catch_unwind(AssertUnwindSafe(|| encode(&job)))
            .unwrap_or_else(|_| Err("the decoder failed".to_string()));
        notify(EncodeResult {
            key: job.key,
            generation,
            result,
        });
    }
}

fn encode<K: Hash>(job: &EncodeJob<K>) -> Result<EncodedPicture, String> {
    let pixels: Arc<RgbImage> = match &job.source {
        PixelSource::Pixels(pixels) => pixels.clone(),
        PixelSource::File(path) => Arc::new(decode(path).map_err(|error| error.to_string())?),
    };
    EncodedPicture::new(
        &pixels,
        job.region,
        (job.columns, job.rows),
        &job.capabilities,
        job.id,
    )
}
