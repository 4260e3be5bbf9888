//! The thread pool of the kernels. Its workers spin for a moment, waiting for the
//! next operation, before they sleep. Work is split by the data's shape alone and
//! each piece writes its own output, so results do not depend on the number of threads.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long an idle worker spins before it sleeps: longer than the gap between
/// two layers, far shorter than a frame.
const SPIN_TIME: Duration = Duration::from_micros(60);

static POOL: OnceLock<RwLock<Arc<ThreadPool>>> = OnceLock::new();

/// Sets how many threads kernels use, at least one. Results are the same, bit for
/// bit, with any number.
pub fn set_threads(threads: usize) {
    let threads = threads.max(1);
    // The first pool has this size at once: no thread is started only to be stopped.
    let mut pool = pool_of(|| threads)
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    if pool.workers() + 1 != threads {
        *pool = Arc::new(ThreadPool::new(threads - 1));
    }
}

/// Bounds every thread pool of the program: the kernels' own and rayon's global
/// one, which decoding, search, PCA and metrics use. To be called before any of
/// them: rayon's pool keeps its size once it is in use.
pub fn limit_threads(threads: usize) {
    set_threads(threads);
    let rayon = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|index| format!("rayon-{index}"));
    // Fails only where the pool is there already.
    let _ = rayon.build_global();
}

/// How many threads kernels use: as set by [`set_threads`], else one per core.
pub fn threads() -> usize {
    current_pool().workers() + 1
}

/// The pool; one of this many threads, the calling one included, where there is none yet.
fn pool_of(threads: impl FnOnce() -> usize) -> &'static RwLock<Arc<ThreadPool>> {
    POOL.get_or_init(|| RwLock::new(Arc::new(ThreadPool::new(threads() - 1))))
}

/// The pool, at first of one thread per core.
fn pool() -> &'static RwLock<Arc<ThreadPool>> {
    pool_of(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn current_pool() -> Arc<ThreadPool> {
    pool()
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Calls `work(0)` … `work(items − 1)`, each once, on all threads, and returns when all are
/// done. Called from within `work`, or while another thread's call runs, it does all of
/// them on the calling thread.
pub(super) fn parallel_for(items: usize, work: impl Fn(usize) + Sync) {
    let pool = current_pool();
    if items <= 1 || pool.workers() == 0 {
        (0..items).for_each(work);
        return;
    }
    let Ok(_lock) = pool.call_lock.try_lock() else {
        (0..items).for_each(work);
        return;
    };
    pool.state.run(items, &work, pool.workers());
}

struct ThreadPool {
    state: Arc<PoolState>,
    workers: Vec<std::thread::JoinHandle<()>>,
    call_lock: Mutex<()>,
}

impl ThreadPool {
    fn new(workers: usize) -> Self {
        let state = Arc::new(PoolState::default());
        let workers = (0..workers)
            .filter_map(|index| {
                let state = state.clone();
                // Fewer threads than requested still compute the same.
                std::thread::Builder::new()
                    .name(format!("kernel-{index}"))
                    .spawn(move || state.serve())
                    .ok()
            })
            .collect();
        Self {
            state,
            workers,
            call_lock: Mutex::new(()),
        }
    }

    fn workers(&self) -> usize {
        self.workers.len()
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.state.close();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// A call in progress: the closure with its lifetime erased, and the number of items.
#[derive(Clone, Copy)]
struct Job {
    call: unsafe fn(*const (), usize),
    closure: *const (),
    items: usize,
}

#[derive(Default)]
struct PoolState {
    /// Counts jobs; `CLOSED` ends the workers.
    epoch: AtomicUsize,
    next: AtomicUsize,
    /// Workers that have not finished the current job.
    busy: AtomicUsize,
    panicked: AtomicUsize,
    job: UnsafeCell<Option<Job>>,
    asleep: Mutex<usize>,
    wake: Condvar,
}

const CLOSED: usize = usize::MAX;

// SAFETY: `job` is written only while no worker is busy, before `epoch`
// changes (release), and read only after seeing the change (acquire).
unsafe impl Sync for PoolState {}
// SAFETY: as above; the pointers in it are used only during the call they are of.
unsafe impl Send for PoolState {}

impl PoolState {
    fn run<F: Fn(usize) + Sync>(&self, items: usize, work: &F, workers: usize) {
        unsafe fn call<F: Fn(usize)>(closure: *const (), item: usize) {
            // SAFETY: `closure` is the `work` of the `run` that waits for us.
            unsafe { (*closure.cast::<F>())(item) }
        }
        let job = Job {
            call: call::<F>,
            closure: std::ptr::from_ref(work).cast(),
            items,
        };
        self.next.store(0, Ordering::Relaxed);
        self.busy.store(workers, Ordering::Relaxed);
        // SAFETY: no worker is busy: the last `run` waited for that.
        unsafe { *self.job.get() = Some(job) };
        self.epoch.fetch_add(1, Ordering::Release);
        {
            let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
            if *asleep > 0 {
                self.wake.notify_all();
            }
        }
        // Workers hold a pointer into our frame: wait for them even if we panic.
        let guard = WaitForWorkers(self);
        self.work(job);
        drop(guard);
        if self.panicked.swap(0, Ordering::Relaxed) > 0 {
            std::panic::resume_unwind(Box::new("a kernel failed on a worker thread"));
        }
    }

    fn work(&self, job: Job) {
        loop {
            let item = self.next.fetch_add(1, Ordering::Relaxed);
            if item >= job.items {
                return;
            }
            // SAFETY: `run` keeps the closure alive until all workers are done.
            unsafe { (job.call)(job.closure, item) };
        }
    }

    fn serve(&self) {
        let mut seen = 0;
        loop {
            seen = self.wait_for_job(seen);
            if seen == CLOSED {
                return;
            }
            // SAFETY: written before the epoch that we saw; stays until we are done.
            if let Some(job) = unsafe { *self.job.get() } {
                let done =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.work(job)));
                if done.is_err() {
                    self.panicked.fetch_add(1, Ordering::Relaxed);
                }
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }

    fn wait_for_job(&self, seen: usize) -> usize {
        let start = Instant::now();
        while start.elapsed() < SPIN_TIME {
            for _ in 0..64 {
                let epoch = self.epoch.load(Ordering::Acquire);
                if epoch != seen {
                    return epoch;
                }
                std::hint::spin_loop();
            }
        }
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        *asleep += 1;
        loop {
            let epoch = self.epoch.load(Ordering::Acquire);
            if epoch != seen {
                *asleep -= 1;
                return epoch;
            }
            asleep = self
                .wake
                .wait(asleep)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.epoch.store(CLOSED, Ordering::Release);
        let _asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.wake.notify_all();
    }
}

/// Waits until no worker is busy.
struct WaitForWorkers<'a>(&'a PoolState);

impl Drop for WaitForWorkers<'_> {
    fn drop(&mut self) {
        let mut turns = 0u32;
        while self.0.busy.load(Ordering::Acquire) > 0 {
            turns += 1;
            // A worker without a core needs ours.
            if turns > 2000 {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }
}
