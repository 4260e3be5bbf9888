//! The threads that decode and encode pictures, newest wishes first to last.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use image::RgbImage;

use crate::dataset::faces::decode;

use super::{Crop, Encoded, Graphics, Key, Source};

/// Threads: enough to hide decoding, few enough to leave training its cores.
const THREADS: usize = 2;

/// One picture to make.
#[derive(Debug, Clone)]
pub(super) struct Job<K> {
    pub key: K,
    pub source: Source,
    pub crop: Crop,
    pub columns: u16,
    pub rows: u16,
    pub graphics: Graphics,
    pub id: u32,
}

/// What a worker made, for [`Pictures::accept`](super::Pictures::accept).
pub struct Done {
    key: Key,
    generation: u64,
    result: Result<Encoded, String>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(u64, Job<Key>)>,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A worker that panicked left the queue whole: it holds the lock only to pop.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle to the threads; dropping it ends them after their present job.
pub(super) struct Workers {
    shared: Arc<Shared>,
    /// Wanted or being made, with the generation they belong to.
    under_way: HashMap<Key, u64>,
    generation: u64,
}

impl Workers {
    pub fn start(notify: impl Fn(Done) + Send + Clone + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            ready: Condvar::new(),
        });
        for number in 0..THREADS {
            let shared = shared.clone();
            let notify = notify.clone();
            std::thread::Builder::new()
                .name(format!("pictures-{number}"))
                .spawn(move || work(&shared, notify))?;
        }
        Ok(Self {
            shared,
            under_way: HashMap::new(),
            generation: 0,
        })
    }

    /// Replaces the list of what is wanted; what has been taken up goes on.
    pub fn want(&mut self, jobs: Vec<Job<Key>>) {
        let mut queue = self.shared.lock();
        for (_, dropped) in queue.jobs.drain(..) {
            self.under_way.remove(&dropped.key);
        }
        for job in jobs {
            if !self.under_way.contains_key(&job.key) {
                self.under_way.insert(job.key.clone(), self.generation);
                queue.jobs.push_back((self.generation, job));
            }
        }
        let any = !queue.jobs.is_empty();
        drop(queue);
        if any {
            self.shared.ready.notify_all();
        }
    }

    /// A finished picture, unless it was made before [`Workers::forget`].
    pub fn receive(&mut self, done: Done) -> Option<(Key, Result<Encoded, String>)> {
        if done.generation != self.generation {
            return None;
        }
        self.under_way.remove(&done.key);
        Some((done.key, done.result))
    }

    /// What is under way is of no use any more.
    pub fn forget(&mut self) {
        self.shared.lock().jobs.clear();
        self.under_way.clear();
        self.generation += 1;
    }

    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.jobs.clear();
        queue.closed = true;
        drop(queue);
        self.shared.ready.notify_all();
    }
}

fn work(shared: &Shared, notify: impl Fn(Done)) {
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
        let result = catch_unwind(AssertUnwindSafe(|| make(&job)))
            .unwrap_or_else(|_| Err("the decoder failed".to_string()));
        notify(Done {
            key: job.key,
            generation,
            result,
        });
    }
}

fn make<K: Hash>(job: &Job<K>) -> Result<Encoded, String> {
    let pixels: Arc<RgbImage> = match &job.source {
        Source::Pixels(pixels) => pixels.clone(),
        Source::File(path) => Arc::new(decode(path).map_err(|error| error.to_string())?),
    };
    Encoded::new(
        &pixels,
        job.crop,
        (job.columns, job.rows),
        &job.graphics,
        job.id,
    )
}
