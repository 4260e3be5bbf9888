//! The thread that answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use crate::dataset::FaceSpec;
use crate::engine::cache::{DatasetCache, Resource, Unavailable};
use crate::engine::loader::{self, LoadedDataset, Task};
use crate::engine::pictures::FileCache;
use crate::engine::protocol::{
    ModelRef, OpenedDataset, Request, RequestId, Response, ResponseBody,
};
use crate::engine::queue::{PendingRequest, Queue};
use crate::engine::{denoise, generate, model_list, reconstruct, search};
use crate::error::Result;
use crate::models::bundled;
use crate::paths::Paths;
use crate::search::Metric;

/// Everything that reaches the thread.
pub(super) enum Event {
    /// From the screen.
    Request(RequestId, Request),
    /// From the screen: nobody waits for this any more.
    Cancel(RequestId),
    /// The handle was dropped.
    Quit,
    /// The builder opened a data set, or could not.
    Opened(RequestId, Result<LoadedDataset, String>),
    /// The builder is done with the job of this number.
    TaskDone(u64),
    /// How far the builder is.
    Progress {
        stage: String,
        done: u64,
        total: Option<u64>,
    },
    /// The builder has a word for the user.
    Note(String),
}

/// What answering a request came to.
pub(super) enum Outcome {
    /// This is all.
    Complete(ResponseBody),
    /// This much is known now; ask again when the need is met.
    Partial(ResponseBody, Resource),
}

/// The result of answering.
pub(super) type HandlerResult = Result<Outcome, Unavailable>;

/// PCA that is fitted as soon as data is open, so that every tab has a model.
const DEFAULT_PCA_SIZES: [u32; 2] = [32, denoise::BASELINE_CODE_SIZE];

/// Answers until the handle is dropped.
pub(super) fn run(
    paths: Paths,
    device: String,
    inbox: Receiver<Event>,
    back: Sender<Event>,
    replies: tokio::sync::mpsc::Sender<Response>,
) {
    let (jobs, queue) = mpsc::channel();
    let builder = std::thread::Builder::new()
        .name("engine-builder".to_string())
        .spawn({
            let paths = paths.clone();
            move || loader::run(paths, device, queue, back)
        });
    let mut thread = Worker {
        paths,
        responses: replies,
        tasks: jobs,
        queue: Queue::default(),
        deferred: Vec::new(),
        opening: None,
        running: None,
        task_count: 0,
        cache: None,
        device_note: None,
        prefetch: Vec::new(),
        file_cache: FileCache::default(),
        sent_notes: Vec::new(),
    };
    if builder.is_ok() {
        thread.serve(&inbox);
    }
    thread.stop_running();
}

/// A closure's result with panics turned into one line.
pub(super) fn catch_panics<T, E: std::fmt::Display>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| one_line(&error.to_string())),
        // The panic itself is in the log already, by the hook.
        Err(panic) => Err(panic_message(panic.as_ref())),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    one_line(&format!("a fault in the program, please report it: {said}"))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A job that the builder has.
struct RunningTask {
    number: u64,
    /// Raised, the job ends as soon as it reports.
    stop: Arc<AtomicBool>,
    /// What it will meet; `None` when it opens a data set.
    need: Option<Resource>,
}

struct Worker {
    paths: Paths,
    responses: tokio::sync::mpsc::Sender<Response>,
    tasks: Sender<loader::QueuedTask>,
    queue: Queue,
    /// Requests that wait for something to be made.
    deferred: Vec<(PendingRequest, Resource)>,
    /// A request to open that waits or is being served.
    opening: Option<RequestId>,
    /// What the builder makes now.
    running: Option<RunningTask>,
    /// Jobs given to the builder so far.
    task_count: u64,
    cache: Option<Arc<DatasetCache>>,
    device_note: Option<String>,
    /// What the builder makes when nothing is asked for, last first.
    prefetch: Vec<Resource>,
    file_cache: FileCache,
    /// Notes that the user has had.
    sent_notes: Vec<String>,
}

impl Worker {
    fn serve(&mut self, inbox: &Receiver<Event>) {
        loop {
            // Everything that has arrived is looked at before anything is
            // answered: of a moving slider only the last position counts.
            let mut next = inbox.recv().ok();
            while let Some(message) = next {
                if !self.handle_event(message) {
                    return;
                }
                next = inbox.try_recv().ok();
            }
            // What is asked while a data set is being opened is about that one.
            while self.opening.is_none()
                && let Some(asked) = self.queue.pop()
            {
                if !self.try_answer(asked) {
                    return;
                }
                while let Ok(message) = inbox.try_recv() {
                    if !self.handle_event(message) {
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

    /// Takes one message in; whether to go on.
    fn handle_event(&mut self, message: Event) -> bool {
        match message {
            Event::Quit => return false,
            Event::Request(ticket, Request::Open { data }) => return self.open(ticket, data),
            Event::Request(ticket, request) => {
                let kind = std::mem::discriminant(&request);
                let latest_wins = request.replaces_same_kind();
                let mut replaced = self.queue.push(ticket, request);
                if latest_wins {
                    self.deferred.retain(|(asked, _)| {
                        let keep = std::mem::discriminant(&asked.request) != kind;
                        if !keep {
                            replaced.push(asked.id);
                        }
                        keep
                    });
                }
                for ticket in replaced {
                    if !self.respond(ticket, ResponseBody::Superseded) {
                        return false;
                    }
                }
            }
            Event::Note(text) => {
                if !self.sent_notes.contains(&text) {
                    self.sent_notes.push(text.clone());
                    return self.respond(RequestId(0), ResponseBody::Note(text));
                }
            }
            Event::Cancel(ticket) => return self.cancel(ticket),
            Event::Opened(ticket, result) => return self.on_opened(ticket, result),
            Event::TaskDone(number) => self.on_task_done(number),
            Event::Progress { stage, done, total } => {
                let waiting = self.deferred.iter().map(|(asked, _)| asked.id);
                for ticket in waiting.chain(self.opening) {
                    let answer = ResponseBody::Progress {
                        stage: stage.clone(),
                        done,
                        total,
                    };
                    // The next report makes up for one that finds no room.
                    let _ = self.responses.try_send(Response {
                        id: ticket,
                        body: answer,
                    });
                }
            }
        }
        true
    }

    /// The builder is done: what waited for it is answered next.
    fn on_task_done(&mut self, number: u64) {
        let Some(making) = self.running.take_if(|making| making.number == number) else {
            return;
        };
        for (asked, need) in std::mem::take(&mut self.deferred) {
            let met = self.cache.as_ref().is_some_and(|stock| stock.has(&need));
            if met || Some(&need) == making.need.as_ref() {
                self.queue.push(asked.id, asked.request);
            } else {
                self.deferred.push((asked, need));
            }
        }
    }

    fn open(&mut self, ticket: RequestId, data: Option<String>) -> bool {
        self.stop_running();
        let mut stale: Vec<RequestId> = self.opening.replace(ticket).into_iter().collect();
        // Whatever waits was asked of the data set before.
        stale.extend(self.deferred.drain(..).map(|(asked, _)| asked.id));
        for asked in self.queue.drain() {
            if asked.request.replaces_same_kind() {
                stale.push(asked.id);
            } else {
                drop(self.queue.push(asked.id, asked.request));
            }
        }
        self.start_task(Task::Open(ticket, data), None);
        stale
            .into_iter()
            .all(|ticket| self.respond(ticket, ResponseBody::Superseded))
    }

    fn start_task(&mut self, job: Task, need: Option<Resource>) {
        self.task_count += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let number = self.task_count;
        let _ = self.tasks.send(loader::QueuedTask {
            number,
            task: job,
            stop: stop.clone(),
        });
        self.running = Some(RunningTask { number, stop, need });
    }

    fn on_opened(&mut self, ticket: RequestId, result: Result<LoadedDataset, String>) -> bool {
        if self.opening != Some(ticket) {
            return true;
        }
        self.opening = None;
        self.running = None;
        let ready = match result {
            Ok(ready) => ready,
            Err(message) => return self.respond(ticket, ResponseBody::Failed(message)),
        };
        if let Some(old) = self.cache.replace(ready.cache.clone()) {
            old.close();
        }
        self.device_note = ready.device_note;
        let faces = FaceSpec::default();
        self.prefetch = vec![Resource::CodeIndex(default_model(), Metric::L2, false)];
        if ready.cache.dataset.is_sample {
            for name in bundled::names() {
                self.prefetch
                    .push(Resource::Model(ModelRef::Bundled(name.to_string())));
            }
        }
        self.prefetch.extend(
            DEFAULT_PCA_SIZES
                .iter()
                .rev()
                .map(|&code_size| Resource::Model(ModelRef::Pca { code_size, faces })),
        );
        let opened = OpenedDataset {
            dataset: ready.cache.dataset.clone(),
            faces,
            device: device_name(&ready.cache.device),
            device_note: self.device_note.clone(),
        };
        self.respond(ticket, ResponseBody::Opened(opened))
    }

    fn cancel(&mut self, ticket: RequestId) -> bool {
        let parked = self.deferred.len();
        self.deferred.retain(|(asked, _)| asked.id != ticket);
        let mut found = self.queue.remove(ticket) || self.deferred.len() < parked;
        if self.opening == Some(ticket) {
            self.opening = None;
            self.stop_running();
            found = true;
        } else if let Some(RunningTask {
            need: Some(need), ..
        }) = &self.running
            && found
            && !self.deferred.iter().any(|(_, other)| other == need)
        {
            self.stop_running();
        }
        !found || self.respond(ticket, ResponseBody::Superseded)
    }

    fn stop_running(&self) {
        if let Some(making) = &self.running {
            making.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Gives the builder what a request waits for, else what may be wanted next.
    fn dispatch_next(&mut self) {
        let idle = self.running.is_none() && self.opening.is_none();
        let Some(stock) = self.cache.clone().filter(|_| idle) else {
            return;
        };
        let need = match self.deferred.last() {
            Some((_, need)) => need.clone(),
            None => match self.prefetch.pop() {
                Some(need) => need,
                None => return,
            },
        };
        self.start_task(Task::Load(stock, need.clone()), Some(need));
    }

    /// Answers or parks one request; whether anyone listens still.
    fn try_answer(&mut self, asked: PendingRequest) -> bool {
        let result = match catch_unwind(AssertUnwindSafe(|| self.handle(&asked.request))) {
            Ok(result) => result,
            Err(panic) => Err(Unavailable::Failed(panic_message(panic.as_ref()))),
        };
        let ticket = asked.id;
        match result {
            Ok(Outcome::Complete(answer)) => self.respond(ticket, answer),
            Ok(Outcome::Partial(answer, need)) => {
                self.deferred.push((asked, need));
                self.respond(ticket, answer)
            }
            Err(Unavailable::Pending(need)) => {
                self.deferred.push((asked, need));
                true
            }
            Err(Unavailable::Failed(message)) => {
                self.respond(ticket, ResponseBody::Failed(one_line(&message)))
            }
        }
    }

    fn handle(&mut self, request: &Request) -> HandlerResult {
        if let Request::Save { pictures, name } = request {
            let saved = generate::save(&self.paths, pictures, name)?;
            return Ok(Outcome::Complete(ResponseBody::Saved(saved)));
        }
        let Some(stock) = self.cache.clone() else {
            return Err(Unavailable::Failed("no data set is open yet".to_string()));
        };
        let last = &mut self.file_cache;
        match request {
            Request::ListModels => Ok(Outcome::Complete(ResponseBody::Models(model_list::list(
                &stock,
            )?))),
            Request::Reconstruct { picture, model } => reconstruct::answer(&stock, *picture, model),
            Request::Denoise {
                models,
                source,
                noise,
                noise_seed,
                classical,
            } => {
                let asked = denoise::DenoiseParams {
                    models,
                    source,
                    noise_seed: *noise_seed,
                    classical: *classical,
                };
                denoise::answer(&stock, &asked, *noise, last)
            }
            Request::NoiseSweep {
                models,
                source,
                noises,
                noise_seed,
                classical,
            } => {
                let asked = denoise::DenoiseParams {
                    models,
                    source,
                    noise_seed: *noise_seed,
                    classical: *classical,
                };
                denoise::noise_sweep(&stock, &asked, noises, last)
            }
            Request::Search {
                model,
                query,
                k,
                index,
                metric,
                whiten,
            } => {
                let asked = search::SearchParams {
                    model,
                    query,
                    k: *k,
                    index: *index,
                    metric: *metric,
                    whiten: *whiten,
                };
                search::answer(&stock, &asked, last)
            }
            Request::Morph { model, a, b, steps } => {
                generate::morph(&stock, model, [a, b], *steps, last)
            }
            Request::Vary {
                model,
                face,
                radius,
                count,
                seed,
            } => generate::vary(&stock, model, face, (*radius, *count, *seed), last),
            Request::Sample {
                model,
                spread,
                count,
                seed,
            } => generate::sample(&stock, model, *spread, *count, *seed),
            Request::CodeSizeCurve { run, stamp } => {
                let curve = stock.code_curve(run, *stamp)?;
                Ok(Outcome::Complete(ResponseBody::CodeSizeCurve(curve)))
            }
            Request::Open { .. } | Request::Save { .. } => {
                Err(Unavailable::Failed("was answered elsewhere".to_string()))
            }
        }
    }

    /// Whether anyone listens still.
    fn respond(&self, ticket: RequestId, answer: ResponseBody) -> bool {
        if let ResponseBody::Failed(problem) = &answer {
            tracing::warn!("request failed: {problem}");
        }
        self.responses
            .blocking_send(Response {
                id: ticket,
                body: answer,
            })
            .is_ok()
    }
}

/// The model that every tab starts with.
fn default_model() -> ModelRef {
    ModelRef::Pca {
        code_size: DEFAULT_PCA_SIZES[0],
        faces: FaceSpec::default(),
    }
}

fn device_name(device: &candle_core::Device) -> String {
    match device.location() {
        candle_core::DeviceLocation::Cpu => "cpu".to_string(),
        candle_core::DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        candle_core::DeviceLocation::Metal { gpu_id } => format!("metal:{gpu_id}"),
    }
}
