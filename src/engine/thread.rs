//! The thread that answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use crate::dataset::FaceSpec;
use crate::engine::builder::{self, Job, Ready};
use crate::engine::message::{Answer, ModelRef, Opened, Reply, Request, Ticket};
use crate::engine::pictures::LastFile;
use crate::engine::queue::{Asked, Queue};
use crate::engine::stock::{Missing, Need, Stock};
use crate::engine::{cards, denoise, facts, made, search};
use crate::error::Result;
use crate::models::shipped;
use crate::paths::Paths;
use crate::search::Metric;

/// Everything that reaches the thread.
pub(super) enum Inbox {
    /// From the screen.
    Asked(Ticket, Request),
    /// From the screen: nobody waits for this any more.
    GiveUp(Ticket),
    /// The handle was dropped.
    Quit,
    /// The builder opened a data set, or could not.
    Opened(Ticket, Result<Ready, String>),
    /// The builder is done with the job of this number.
    Made(u64),
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
    Whole(Answer),
    /// This much is known now; ask again when the need is met.
    Part(Answer, Need),
}

/// The result of answering.
pub(super) type Answered = Result<Outcome, Missing>;

/// PCA that is fitted as soon as data is open, so that every tab has a model.
const FIRST_MODELS: [u32; 2] = [32, denoise::BASELINE];

/// Answers until the handle is dropped.
pub(super) fn run(
    paths: Paths,
    device: String,
    inbox: Receiver<Inbox>,
    back: Sender<Inbox>,
    replies: tokio::sync::mpsc::Sender<Reply>,
) {
    let (jobs, queue) = mpsc::channel();
    let builder = std::thread::Builder::new()
        .name("engine-builder".to_string())
        .spawn({
            let paths = paths.clone();
            move || builder::run(paths, device, queue, back)
        });
    let mut thread = Thread {
        paths,
        replies,
        jobs,
        queue: Queue::default(),
        parked: Vec::new(),
        opening: None,
        making: None,
        given: 0,
        stock: None,
        device_note: None,
        warm: Vec::new(),
        last_file: LastFile::default(),
        said: Vec::new(),
    };
    if builder.is_ok() {
        thread.serve(&inbox);
    }
    thread.stop_making();
}

/// A closure's result with panics turned into one line.
pub(super) fn guarded<T, E: std::fmt::Display>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| one_line(&error.to_string())),
        Err(panic) => Err(panicked(panic.as_ref())),
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
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
struct Making {
    number: u64,
    /// Raised, the job ends as soon as it reports.
    stop: Arc<AtomicBool>,
    /// What it will meet; `None` when it opens a data set.
    need: Option<Need>,
}

struct Thread {
    paths: Paths,
    replies: tokio::sync::mpsc::Sender<Reply>,
    jobs: Sender<builder::Order>,
    queue: Queue,
    /// Requests that wait for something to be made.
    parked: Vec<(Asked, Need)>,
    /// A request to open that waits or is being served.
    opening: Option<Ticket>,
    /// What the builder makes now.
    making: Option<Making>,
    /// Jobs given to the builder so far.
    given: u64,
    stock: Option<Arc<Stock>>,
    device_note: Option<String>,
    /// What the builder makes when nothing is asked for, last first.
    warm: Vec<Need>,
    last_file: LastFile,
    /// Notes that the user has had.
    said: Vec<String>,
}

impl Thread {
    fn serve(&mut self, inbox: &Receiver<Inbox>) {
        loop {
            // Everything that has arrived is looked at before anything is
            // answered: of a moving slider only the last position counts.
            let mut next = inbox.recv().ok();
            while let Some(message) = next {
                if !self.take(message) {
                    return;
                }
                next = inbox.try_recv().ok();
            }
            // What is asked while a data set is being opened is about that one.
            while self.opening.is_none()
                && let Some(asked) = self.queue.pop()
            {
                if !self.answer(asked) {
                    return;
                }
                while let Ok(message) = inbox.try_recv() {
                    if !self.take(message) {
                        return;
                    }
                }
            }
            self.set_builder_going();
            if self.replies.is_closed() {
                return;
            }
        }
    }

    /// Takes one message in; whether to go on.
    fn take(&mut self, message: Inbox) -> bool {
        match message {
            Inbox::Quit => return false,
            Inbox::Asked(ticket, Request::Open { data }) => return self.open(ticket, data),
            Inbox::Asked(ticket, request) => {
                let kind = std::mem::discriminant(&request);
                let latest_wins = request.is_latest_wins();
                let mut replaced = self.queue.push(ticket, request);
                if latest_wins {
                    self.parked.retain(|(asked, _)| {
                        let keep = std::mem::discriminant(&asked.request) != kind;
                        if !keep {
                            replaced.push(asked.ticket);
                        }
                        keep
                    });
                }
                for ticket in replaced {
                    if !self.reply(ticket, Answer::Superseded) {
                        return false;
                    }
                }
            }
            Inbox::Note(text) => {
                if !self.said.contains(&text) {
                    self.said.push(text.clone());
                    return self.reply(Ticket(0), Answer::Note(text));
                }
            }
            Inbox::GiveUp(ticket) => return self.give_up(ticket),
            Inbox::Opened(ticket, result) => return self.opened(ticket, result),
            Inbox::Made(number) => self.made(number),
            Inbox::Progress { stage, done, total } => {
                let waiting = self.parked.iter().map(|(asked, _)| asked.ticket);
                for ticket in waiting.chain(self.opening) {
                    let answer = Answer::Progress {
                        stage: stage.clone(),
                        done,
                        total,
                    };
                    // The next report makes up for one that finds no room.
                    let _ = self.replies.try_send(Reply { ticket, answer });
                }
            }
        }
        true
    }

    /// The builder is done: what waited for it is answered next.
    fn made(&mut self, number: u64) {
        let Some(making) = self.making.take_if(|making| making.number == number) else {
            return;
        };
        for (asked, need) in std::mem::take(&mut self.parked) {
            let met = self.stock.as_ref().is_some_and(|stock| stock.has(&need));
            if met || Some(&need) == making.need.as_ref() {
                self.queue.push(asked.ticket, asked.request);
            } else {
                self.parked.push((asked, need));
            }
        }
    }

    fn open(&mut self, ticket: Ticket, data: Option<String>) -> bool {
        self.stop_making();
        let mut stale: Vec<Ticket> = self.opening.replace(ticket).into_iter().collect();
        // Whatever waits was asked of the data set before.
        stale.extend(self.parked.drain(..).map(|(asked, _)| asked.ticket));
        for asked in self.queue.drain() {
            match asked.request.is_latest_wins() {
                true => stale.push(asked.ticket),
                false => drop(self.queue.push(asked.ticket, asked.request)),
            }
        }
        self.give(Job::Open(ticket, data), None);
        stale
            .into_iter()
            .all(|ticket| self.reply(ticket, Answer::Superseded))
    }

    fn give(&mut self, job: Job, need: Option<Need>) {
        self.given += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let number = self.given;
        let _ = self.jobs.send(builder::Order {
            number,
            job,
            stop: stop.clone(),
        });
        self.making = Some(Making { number, stop, need });
    }

    fn opened(&mut self, ticket: Ticket, result: Result<Ready, String>) -> bool {
        if self.opening != Some(ticket) {
            return true;
        }
        self.opening = None;
        self.making = None;
        let ready = match result {
            Ok(ready) => ready,
            Err(message) => return self.reply(ticket, Answer::Failed(message)),
        };
        if let Some(old) = self.stock.replace(ready.stock.clone()) {
            old.close();
        }
        self.device_note = ready.device_note;
        let faces = FaceSpec::default();
        self.warm = vec![Need::Gallery(first_model(), Metric::L2, false)];
        if ready.stock.dataset.is_sample {
            for name in shipped::names() {
                self.warm
                    .push(Need::Model(ModelRef::Shipped(name.to_string())));
            }
        }
        self.warm.extend(
            FIRST_MODELS
                .iter()
                .rev()
                .map(|&code_size| Need::Model(ModelRef::Pca { code_size, faces })),
        );
        let opened = Opened {
            dataset: ready.stock.dataset.clone(),
            faces,
            device: device_name(&ready.stock.device),
            device_note: self.device_note.clone(),
        };
        self.reply(ticket, Answer::Opened(opened))
    }

    fn give_up(&mut self, ticket: Ticket) -> bool {
        let parked = self.parked.len();
        self.parked.retain(|(asked, _)| asked.ticket != ticket);
        let mut found = self.queue.remove(ticket) || self.parked.len() < parked;
        if self.opening == Some(ticket) {
            self.opening = None;
            self.stop_making();
            found = true;
        } else if let Some(Making {
            need: Some(need), ..
        }) = &self.making
            && found
            && !self.parked.iter().any(|(_, other)| other == need)
        {
            self.stop_making();
        }
        !found || self.reply(ticket, Answer::Superseded)
    }

    fn stop_making(&self) {
        if let Some(making) = &self.making {
            making.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Gives the builder what a request waits for, else what may be wanted next.
    fn set_builder_going(&mut self) {
        let idle = self.making.is_none() && self.opening.is_none();
        let Some(stock) = self.stock.clone().filter(|_| idle) else {
            return;
        };
        let need = match self.parked.last() {
            Some((_, need)) => need.clone(),
            None => match self.warm.pop() {
                Some(need) => need,
                None => return,
            },
        };
        self.give(Job::Make(stock, need.clone()), Some(need));
    }

    /// Answers or parks one request; whether anyone listens still.
    fn answer(&mut self, asked: Asked) -> bool {
        let result = match catch_unwind(AssertUnwindSafe(|| self.work(&asked.request))) {
            Ok(result) => result,
            Err(panic) => Err(Missing::Failed(panicked(panic.as_ref()))),
        };
        let ticket = asked.ticket;
        match result {
            Ok(Outcome::Whole(answer)) => self.reply(ticket, answer),
            Ok(Outcome::Part(answer, need)) => {
                self.parked.push((asked, need));
                self.reply(ticket, answer)
            }
            Err(Missing::Need(need)) => {
                self.parked.push((asked, need));
                true
            }
            Err(Missing::Failed(message)) => self.reply(ticket, Answer::Failed(one_line(&message))),
        }
    }

    fn work(&mut self, request: &Request) -> Answered {
        if let Request::Save { pictures, name } = request {
            let saved = made::save(&self.paths, pictures, name)?;
            return Ok(Outcome::Whole(Answer::Saved(saved)));
        }
        let Some(stock) = self.stock.clone() else {
            return Err(Missing::Failed("no data set is open yet".to_string()));
        };
        let last = &mut self.last_file;
        match request {
            Request::Models => Ok(Outcome::Whole(Answer::Models(cards::list(&stock)?))),
            Request::Facts { picture, model } => facts::answer(&stock, *picture, model),
            Request::Denoise {
                models,
                source,
                noise,
                noise_seed,
                classical,
            } => {
                let asked = denoise::Asked {
                    models,
                    source,
                    noise_seed: *noise_seed,
                    classical: *classical,
                };
                denoise::answer(&stock, &asked, *noise, last)
            }
            Request::Levels {
                models,
                source,
                noises,
                noise_seed,
                classical,
            } => {
                let asked = denoise::Asked {
                    models,
                    source,
                    noise_seed: *noise_seed,
                    classical: *classical,
                };
                denoise::levels(&stock, &asked, noises, last)
            }
            Request::Search {
                model,
                query,
                k,
                index,
                metric,
                whiten,
            } => {
                let asked = search::Asked {
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
                made::morph(&stock, model, [a, b], *steps, last)
            }
            Request::Vary {
                model,
                face,
                radius,
                count,
                seed,
            } => made::vary(&stock, model, face, (*radius, *count, *seed), last),
            Request::Sample {
                model,
                spread,
                count,
                seed,
            } => made::sample(&stock, model, *spread, *count, *seed),
            Request::CodeCurve { run, stamp } => {
                let curve = stock.code_curve(run, *stamp)?;
                Ok(Outcome::Whole(Answer::CodeCurve(curve)))
            }
            Request::Open { .. } | Request::Save { .. } => {
                Err(Missing::Failed("was answered elsewhere".to_string()))
            }
        }
    }

    /// Whether anyone listens still.
    fn reply(&self, ticket: Ticket, answer: Answer) -> bool {
        self.replies.blocking_send(Reply { ticket, answer }).is_ok()
    }
}

/// The model that every tab starts with.
fn first_model() -> ModelRef {
    ModelRef::Pca {
        code_size: FIRST_MODELS[0],
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
