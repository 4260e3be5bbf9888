//! The thread that answers requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use super::cache::{DatasetCache, Resource, Unavailable};
use super::events::{Event, LoadedDataset};
use super::handlers::{self, Outcome};
use super::loader::{self, QueuedTask, Task};
use super::panics::{one_line, panic_message};
use super::protocol::{OpenedDataset, Request, RequestId, Response, ResponseBody};
use super::queue::{PendingRequest, Queue};
use super::recent::Recent;
use crate::dataset::FaceSpec;
use crate::kernels::device;
use crate::model_store::ModelRef;
use crate::models::bundled;
use crate::paths::Paths;
use crate::search::Measure;

/// PCA that is fitted as soon as data is open, so that every tab has a model.
const DEFAULT_PCA_SIZES: [u32; 2] = [32, handlers::BASELINE_CODE_SIZE];

/// Answers until the handle is dropped.
pub(super) fn run(
    paths: Paths,
    device: String,
    events: &Receiver<Event>,
    loader_events: Sender<Event>,
    responses: tokio::sync::mpsc::Sender<Response>,
) {
    let (tasks, task_queue) = mpsc::channel();
    let loader = std::thread::Builder::new()
        .name("engine-loader".to_string())
        .spawn({
            let paths = paths.clone();
            move || loader::run(&paths, device, &task_queue, &loader_events)
        });
    let mut worker = Worker {
        paths,
        responses,
        tasks,
        queue: Queue::default(),
        deferred: Vec::new(),
        opening: None,
        running: None,
        task_count: 0,
        cache: None,
        prefetch: Vec::new(),
        recent: Recent::default(),
        sent_notes: Vec::new(),
    };
    if loader.is_ok() {
        worker.serve(events);
    }
    worker.stop_running();
}

/// A task that the loader has.
struct RunningTask {
    number: u64,
    /// Set, the task ends at its next progress report.
    stop: Arc<AtomicBool>,
    /// What it loads; `None` when it opens a data set.
    resource: Option<Resource>,
}

struct Worker {
    paths: Paths,
    responses: tokio::sync::mpsc::Sender<Response>,
    tasks: Sender<QueuedTask>,
    queue: Queue,
    /// Requests that wait for something to be loaded.
    deferred: Vec<(PendingRequest, Resource)>,
    /// A request to open a data set that waits or is being served.
    opening: Option<RequestId>,
    /// What the loader does now.
    running: Option<RunningTask>,
    /// Tasks given to the loader so far.
    task_count: u64,
    cache: Option<Arc<DatasetCache>>,
    /// What the loader loads when no request waits, last first.
    prefetch: Vec<Resource>,
    recent: Recent,
    /// Notes that the user has had.
    sent_notes: Vec<String>,
}

// Functions that return a bool return `false` when the thread is to end: the handle
// was dropped, or the receiver of responses.
impl Worker {
    fn serve(&mut self, events: &Receiver<Event>) {
        loop {
            // Everything that has arrived is taken before anything is answered: of
            // a moving slider only the last position counts.
            let mut next = events.recv().ok();
            while let Some(event) = next {
                if !self.handle_event(event) {
                    return;
                }
                next = events.try_recv().ok();
            }
            // Requests that come while a data set is being opened are about that one.
            while self.opening.is_none()
                && let Some(pending) = self.queue.pop()
            {
                if !self.try_answer(pending) {
                    return;
                }
                while let Ok(event) = events.try_recv() {
                    if !self.handle_event(event) {
                        return;
                    }
                }
            }
            self.dispatch_next();
            if self.responses.is_closed() {
                return;
            }
        }
    }

    fn handle_event(&mut self, event: Event) -> bool {
        match event {
            Event::Quit => false,
            Event::Request(id, Request::Open { data }) => self.open(id, data),
            Event::Request(id, request) => self.enqueue(id, request),
            Event::Cancel(id) => self.cancel(id),
            Event::Opened(id, result) => self.on_opened(id, result),
            Event::TaskDone(number) => {
                self.on_task_done(number);
                true
            }
            Event::Progress { stage, done, total } => {
                self.report_progress(&stage, done, total);
                true
            }
            Event::Note(text) if self.sent_notes.contains(&text) => true,
            Event::Note(text) => {
                self.sent_notes.push(text.clone());
                self.respond(RequestId(0), ResponseBody::Note(text))
            }
        }
    }

    fn enqueue(&mut self, id: RequestId, request: Request) -> bool {
        let kind = std::mem::discriminant(&request);
        let replaces = request.replaces_same_kind();
        let mut replaced = self.queue.push(id, request);
        if replaces {
            self.deferred.retain(|(pending, _)| {
                let keep = std::mem::discriminant(&pending.request) != kind;
                if !keep {
                    replaced.push(pending.id);
                }
                keep
            });
        }
        self.supersede(replaced)
    }

    fn supersede(&self, requests: Vec<RequestId>) -> bool {
        requests
            .into_iter()
            .all(|id| self.respond(id, ResponseBody::Superseded))
    }

    fn report_progress(&self, stage: &str, done: u64, total: Option<u64>) {
        let waiting = self.deferred.iter().map(|(pending, _)| pending.id);
        for id in waiting.chain(self.opening) {
            let body = ResponseBody::Progress {
                stage: stage.to_string(),
                done,
                total,
            };
            // The next report makes up for one that finds no room.
            let _ = self.responses.try_send(Response { id, body });
        }
    }

    /// Queues again the requests that waited for what the loader has loaded.
    fn on_task_done(&mut self, number: u64) {
        let Some(done) = self.running.take_if(|running| running.number == number) else {
            return;
        };
        for (pending, resource) in std::mem::take(&mut self.deferred) {
            let cache = self.cache.as_ref();
            let is_loaded = cache.is_some_and(|cache| cache.has(&resource));
            if is_loaded || Some(&resource) == done.resource.as_ref() {
                self.queue.push(pending.id, pending.request);
            } else {
                self.deferred.push((pending, resource));
            }
        }
    }

    fn open(&mut self, id: RequestId, data: Option<String>) -> bool {
        self.stop_running();
        let mut stale: Vec<RequestId> = self.opening.replace(id).into_iter().collect();
        // Whatever waits is about the data set before.
        stale.extend(self.deferred.drain(..).map(|(pending, _)| pending.id));
        for pending in self.queue.drain() {
            if pending.request.replaces_same_kind() {
                stale.push(pending.id);
            } else {
                drop(self.queue.push(pending.id, pending.request));
            }
        }
        self.start_task(Task::Open(id, data), None);
        self.supersede(stale)
    }

    fn start_task(&mut self, task: Task, resource: Option<Resource>) {
        self.task_count += 1;
        let number = self.task_count;
        let stop = Arc::new(AtomicBool::new(false));
        // The loader ends only with this thread.
        let _ = self.tasks.send(QueuedTask {
            number,
            task,
            stop: stop.clone(),
        });
        self.running = Some(RunningTask {
            number,
            stop,
            resource,
        });
    }

    fn on_opened(&mut self, id: RequestId, result: Result<LoadedDataset, String>) -> bool {
        if self.opening != Some(id) {
            return true;
        }
        self.opening = None;
        self.running = None;
        let LoadedDataset { cache, device_note } = match result {
            Ok(loaded) => loaded,
            Err(message) => return self.respond(id, ResponseBody::Failed(message)),
        };
        if let Some(old) = self.cache.replace(cache.clone()) {
            old.close();
        }
        self.prefetch = prefetch(cache.dataset.is_sample);
        let opened = OpenedDataset {
            dataset: cache.dataset.clone(),
            faces: FaceSpec::default(),
            device: device::name(&cache.device),
            device_note,
        };
        self.respond(id, ResponseBody::Opened(opened))
    }

    fn cancel(&mut self, id: RequestId) -> bool {
        let deferred = self.deferred.len();
        self.deferred.retain(|(pending, _)| pending.id != id);
        let mut found = self.queue.remove(id) || self.deferred.len() < deferred;
        if self.opening == Some(id) {
            self.opening = None;
            self.stop_running();
            found = true;
        } else if let Some(RunningTask {
            resource: Some(resource),
            ..
        }) = &self.running
            && found
            && !self.deferred.iter().any(|(_, other)| other == resource)
        {
            self.stop_running();
        }
        !found || self.respond(id, ResponseBody::Superseded)
    }

    fn stop_running(&self) {
        if let Some(running) = &self.running {
            running.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Stops loading what only a request in the background waits for: it is loaded later.
    fn interrupt_background(&self) {
        let running = self.running.as_ref();
        let resource = running.and_then(|running| running.resource.as_ref());
        if matches!(resource, Some(Resource::KnownFaces(_))) {
            self.stop_running();
        }
    }

    /// Gives an idle loader what a request waits for, else what may be wanted next.
    fn dispatch_next(&mut self) {
        let is_idle = self.running.is_none() && self.opening.is_none();
        let Some(cache) = self.cache.clone().filter(|_| is_idle) else {
            return;
        };
        let in_turn = |is_quiet: bool| {
            let mut latest = self.deferred.iter().rev();
            latest.find(|(pending, _)| is_quiet == is_background(&pending.request))
        };
        let awaited = in_turn(false).or_else(|| in_turn(true));
        let awaited = awaited.map(|(_, resource)| resource.clone());
        if let Some(resource) = awaited.or_else(|| self.prefetch.pop()) {
            self.start_task(Task::Load(cache, resource.clone()), Some(resource));
        }
    }

    /// Answers a request, or defers it until what it needs is loaded.
    fn try_answer(&mut self, pending: PendingRequest) -> bool {
        let (paths, cache, recent) = (&self.paths, self.cache.as_deref(), &mut self.recent);
        let handle = || handlers::handle(&pending, paths, cache, recent);
        let result = catch_unwind(AssertUnwindSafe(handle))
            .unwrap_or_else(|panic| Err(Unavailable::Failed(panic_message(panic.as_ref()))));
        let id = pending.id;
        match result {
            Ok(Outcome::Complete(body)) => self.respond(id, body),
            Ok(Outcome::Partial(body, resource)) => {
                self.interrupt_background();
                self.deferred.push((pending, resource));
                self.respond(id, body)
            }
            Ok(Outcome::Continued(body)) => {
                // Newer requests are taken in before it is its turn again.
                drop(self.queue.push(id, pending.request));
                // What others wait for is loaded meanwhile.
                self.dispatch_next();
                self.respond(id, body)
            }
            Err(Unavailable::Pending(resource)) => {
                if !is_background(&pending.request) {
                    self.interrupt_background();
                }
                self.deferred.push((pending, resource));
                true
            }
            Err(Unavailable::Failed(message)) => {
                self.respond(id, ResponseBody::Failed(one_line(&message)))
            }
        }
    }

    fn respond(&self, id: RequestId, body: ResponseBody) -> bool {
        if let ResponseBody::Failed(problem) = &body {
            tracing::warn!("request failed: {problem}");
        }
        self.responses.blocking_send(Response { id, body }).is_ok()
    }
}

/// Whether a request must not hold up others.
fn is_background(request: &Request) -> bool {
    matches!(request, Request::Origin { .. })
}

/// What to load when a data set was opened, last first: PCA for every tab, then
/// bundled models, then the index that Browse needs for the nearest face.
fn prefetch(is_sample: bool) -> Vec<Resource> {
    let faces = FaceSpec::default();
    let pca = |code_size| ModelRef::Pca { code_size, faces };
    let first_index = Resource::CodeIndex(pca(DEFAULT_PCA_SIZES[0]), Measure::default());
    let mut resources = vec![first_index];
    if is_sample {
        let names = bundled::names().map(str::to_string);
        resources.extend(names.map(|name| Resource::Model(ModelRef::Bundled(name))));
    }
    let sizes = DEFAULT_PCA_SIZES.into_iter().rev();
    resources.extend(sizes.map(|code_size| Resource::Model(pca(code_size))));
    resources
}
