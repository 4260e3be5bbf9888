//! The thread that answers requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use super::cache::{DatasetCache, Resource, Unavailable};
use super::events::{Event, LoadedDataset};
use super::handlers::{self, Outcome};
use super::loader::{Loader, Task};
use super::panics::{one_line, panic_message};
use super::protocol::{OpenedDataset, Request, RequestId, Response, ResponseBody};
use super::queue::{PendingRequest, Queue};
use super::recent::Recent;
use super::turns::TaskNumber;
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
    let mut worker = Worker {
        loader: Arc::new(Loader::new(paths.clone(), device, loader_events)),
        paths,
        responses,
        queue: Queue::default(),
        deferred: Vec::new(),
        in_view: Vec::new(),
        opening: None,
        running: Vec::new(),
        task_count: 0,
        cache: None,
        prefetch: Vec::new(),
        recent: Recent::default(),
        sent_notes: Vec::new(),
    };
    worker.serve(events);
    worker.stop_running(|_| true);
}

/// A task that is under way or put aside.
struct RunningTask {
    number: TaskNumber,
    /// Set, the task ends at its next progress report.
    stop: Arc<AtomicBool>,
    /// What it loads; `None` when it opens a data set.
    resource: Option<Resource>,
}

struct Worker {
    paths: Paths,
    responses: tokio::sync::mpsc::Sender<Response>,
    loader: Arc<Loader>,
    queue: Queue,
    /// Requests that wait for something to be loaded.
    deferred: Vec<(PendingRequest, Resource)>,
    /// The requests that the user looks at.
    in_view: Vec<RequestId>,
    /// A request to open a data set that waits or is being served.
    opening: Option<RequestId>,
    /// What the loader does, or has put aside.
    running: Vec<RunningTask>,
    /// Tasks given to the loader so far.
    task_count: TaskNumber,
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
            Event::Prefer(requests) => {
                self.in_view = requests;
                true
            }
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
    fn on_task_done(&mut self, number: TaskNumber) {
        let place = self.running.iter().position(|task| task.number == number);
        let Some(done) = place.map(|place| self.running.remove(place)) else {
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
        self.stop_running(|_| true);
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
        self.running.push(RunningTask {
            number,
            stop: stop.clone(),
            resource,
        });
        self.loader.turns.prefer(Some(number));
        if let Err(error) = self.loader.start(number, task, stop) {
            self.on_refused(number, &error);
        }
    }

    /// The system refused a thread for a task: who waits for it is told.
    fn on_refused(&mut self, number: TaskNumber, error: &std::io::Error) {
        let message = format!("the system refuses a thread: {error}; try again");
        let place = self.running.iter().position(|task| task.number == number);
        let refused = place.map(|place| self.running.remove(place));
        match refused.and_then(|task| task.resource) {
            Some(resource) => {
                if let Some(cache) = &self.cache {
                    cache.record_failure(resource.clone(), message);
                }
                let (waiting, others) = std::mem::take(&mut self.deferred)
                    .into_iter()
                    .partition(|(_, awaited)| *awaited == resource);
                self.deferred = others;
                let waiting: Vec<(PendingRequest, Resource)> = waiting;
                for (pending, _) in waiting {
                    drop(self.queue.push(pending.id, pending.request));
                }
            }
            None => {
                if let Some(id) = self.opening.take() {
                    self.respond(id, ResponseBody::Failed(message));
                }
            }
        }
    }

    fn on_opened(&mut self, id: RequestId, result: Result<LoadedDataset, String>) -> bool {
        if self.opening != Some(id) {
            return true;
        }
        self.opening = None;
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
        let mut dropped = Vec::new();
        self.deferred.retain(|(pending, resource)| {
            let keep = pending.id != id;
            if !keep {
                dropped.push(resource.clone());
            }
            keep
        });
        let mut found = self.queue.remove(id) || !dropped.is_empty();
        if self.opening == Some(id) {
            self.opening = None;
            self.stop_running(|task| task.resource.is_none());
            found = true;
        }
        if found {
            let deferred = std::mem::take(&mut self.deferred);
            let is_awaited = |resource: &Resource| deferred.iter().any(|(_, one)| one == resource);
            // What was loaded in advance goes on.
            self.stop_running(|task| {
                let resource = task.resource.as_ref();
                resource.is_some_and(|one| dropped.contains(one) && !is_awaited(one))
            });
            self.deferred = deferred;
        }
        !found || self.respond(id, ResponseBody::Superseded)
    }

    fn stop_running(&self, is_unwanted: impl Fn(&RunningTask) -> bool) {
        for task in self.running.iter().filter(|task| is_unwanted(task)) {
            task.stop.store(true, Ordering::Relaxed);
        }
    }

    /// The place of a waiting request in the order in which things are loaded: what the user
    /// looks at, then what other tabs wait for, then what must not hold up others; of equals
    /// the latest.
    fn urgency(&self, pending: &PendingRequest) -> (bool, bool, RequestId) {
        let is_in_view = self.in_view.contains(&pending.id);
        (!is_background(&pending.request), is_in_view, pending.id)
    }

    /// Has the loader go on with what is most urgent: what a request waits for, else what it
    /// has put aside, else what may be wanted next.
    fn dispatch_next(&mut self) {
        if self.opening.is_some() {
            return;
        }
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let waiting = self.deferred.iter();
        let awaited = waiting.max_by_key(|(pending, _)| self.urgency(pending));
        let awaited = awaited.map(|(_, resource)| resource.clone());
        let going_on = self.running.iter().rev().find(|task| {
            !task.stop.load(Ordering::Relaxed) && (awaited.is_none() || task.resource == awaited)
        });
        if let Some(task) = going_on {
            self.loader.turns.prefer(Some(task.number));
        } else if let Some(resource) = awaited.or_else(|| self.prefetch.pop()) {
            self.start_task(Task::Load(cache, resource.clone()), Some(resource));
        } else {
            // Those that are being stopped must not wait for a turn.
            self.loader.turns.prefer(None);
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
