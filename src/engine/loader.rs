//! Loads what takes longer than a frame, each task in a thread of its own: opens data
//! sets, fits and loads models, encodes data sets, builds indexes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use candle_core::Device;

use super::cache::{DatasetCache, Resource, Unavailable};
use super::events::{Event, LoadedDataset};
use super::panics::catch_panics;
use super::protocol::RequestId;
use super::turns::{TaskNumber, Turns};
use crate::dataset::{self, FaceSpec, Faces};
use crate::error::{Error, Result};
use crate::model_store::codes::{CodeDistribution, build_index, encode_faces, index_codes};
use crate::model_store::data::reference_split;
use crate::model_store::denoise::fit_classical;
use crate::model_store::generate::principal_axes;
use crate::model_store::origin::KnownFaces;
use crate::model_store::verify::judge_alone;
use crate::model_store::{LoadedModel, ModelRef, ModelSource};
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};
use crate::runs::{self, code_size_curve::code_size_curve};
use crate::search::Measure;

/// Least time between two progress reports of a task.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// One thing to do.
pub(super) enum Task {
    /// Open a data set.
    Open(RequestId, Option<String>),
    /// Load a resource into a cache.
    Load(Arc<DatasetCache>, Resource),
}

/// What all tasks share.
pub(super) struct Loader {
    paths: Paths,
    device: LazyDevice,
    events: Sender<Event>,
    pub turns: Turns,
    /// Held while a data set is opened: one after the other, so that the last one is the
    /// one that is remembered.
    opening: Mutex<()>,
}

/// A task that is under way.
struct Job<'a> {
    number: TaskNumber,
    cache: &'a DatasetCache,
    turns: &'a Turns,
    stop: &'a AtomicBool,
}

impl Loader {
    /// `device` as `--device` takes it.
    pub(super) fn new(paths: Paths, device: String, events: Sender<Event>) -> Self {
        Self {
            paths,
            device: LazyDevice {
                name: device,
                device: OnceLock::new(),
            },
            events,
            turns: Turns::default(),
            opening: Mutex::new(()),
        }
    }

    /// Starts a task. Once `stop` is set, it ends at its next progress report; in any case
    /// [`Event::TaskDone`] is its last event.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(
        self: &Arc<Self>,
        number: TaskNumber,
        task: Task,
        stop: Arc<AtomicBool>,
    ) -> std::io::Result<()> {
        let loader = self.clone();
        std::thread::Builder::new()
            .name("engine-loader".to_string())
            .spawn(move || loader.run(number, task, &stop))
            .map(drop)
    }

    fn run(&self, number: TaskNumber, task: Task, stop: &AtomicBool) {
        let mut reporter = Reporter {
            number,
            turns: &self.turns,
            events: &self.events,
            stop,
            last: None,
        };
        let mut watch = |progress: Progress<'_>| reporter.report(progress);
        match task {
            Task::Open(id, data) => {
                let (paths, device) = (&self.paths, &self.device);
                let one_at_a_time = self.opening.lock();
                let opened = catch_panics(|| {
                    if stop.load(Ordering::Relaxed) {
                        return Err(Error::Cancelled);
                    }
                    open(paths, data.as_deref(), device, &mut watch)
                });
                drop(one_at_a_time);
                // A worker that has ended wants no more.
                let _ = self.events.send(Event::Opened(id, opened));
            }
            Task::Load(cache, resource) => {
                let job = Job {
                    number,
                    cache: &cache,
                    turns: &self.turns,
                    stop,
                };
                let loaded = catch_panics(|| load(&job, &resource, &mut watch));
                if let Err(message) = loaded
                    && !stop.load(Ordering::Relaxed)
                {
                    cache.record_failure(resource, message);
                }
            }
        }
        let _ = self.events.send(Event::TaskDone(number));
    }
}

/// Passes the progress of one task on to the worker.
struct Reporter<'a> {
    number: TaskNumber,
    turns: &'a Turns,
    events: &'a Sender<Event>,
    stop: &'a AtomicBool,
    last: Option<Instant>,
}

impl Reporter<'_> {
    /// Waits here while others are preferred.
    fn report(&mut self, progress: Progress<'_>) -> Result<()> {
        self.turns.wait_for_turn(self.number, self.stop);
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        // Nobody misses a report: a worker that has ended takes no more tasks.
        if progress.unit == Unit::Note {
            let _ = self.events.send(Event::Note(progress.stage.to_string()));
        } else if self
            .last
            .is_none_or(|when| when.elapsed() >= PROGRESS_INTERVAL)
        {
            self.last = Some(Instant::now());
            let _ = self.events.send(Event::Progress {
                stage: progress.stage.to_string(),
                done: progress.done,
                total: progress.total,
            });
        }
        Ok(())
    }
}

/// The device, opened when it is first needed: finding a GPU takes a while.
struct LazyDevice {
    name: String,
    device: OnceLock<(Device, Option<String>)>,
}

impl LazyDevice {
    fn get(&self) -> &(Device, Option<String>) {
        self.device.get_or_init(|| {
            crate::kernels::device::select(&self.name).unwrap_or_else(|error| {
                (Device::Cpu, Some(format!("{error}; computing on the CPU")))
            })
        })
    }
}

fn open(
    paths: &Paths,
    data: Option<&str>,
    device: &LazyDevice,
    watch: Watch,
) -> Result<LoadedDataset> {
    let dataset = dataset::resolve(paths, data, watch)?;
    if data.is_some()
        && let Some(text) = dataset::set_last_used_or_warn(paths, &dataset)
    {
        watch(Progress::note(&text))?;
    }
    let (device, device_note) = device.get().clone();
    Ok(LoadedDataset {
        cache: Arc::new(DatasetCache::new(paths.clone(), Arc::new(dataset), device)),
        device_note,
    })
}

/// Loads a resource, and first what it depends on, unless it is in the cache.
fn load(job: &Job<'_>, resource: &Resource, watch: Watch) -> Result<()> {
    let cache = job.cache;
    if cache.has(resource) {
        return Ok(());
    }
    let _making = job.turns.begin(job.number, resource, job.stop);
    // Another task may have made it meanwhile.
    if cache.has(resource) {
        return Ok(());
    }
    if cache.is_closed() || job.stop.load(Ordering::Relaxed) {
        return Err(Error::Cancelled);
    }
    match resource {
        Resource::Faces(spec) => {
            let faces = Faces::load(&cache.paths, &cache.dataset, *spec, watch)?;
            cache.put_faces(*spec, faces);
        }
        Resource::Model(reference) => cache.put_model(load_model(job, reference, watch)?),
        Resource::Codes(reference) => {
            load(job, &Resource::Model(reference.clone()), watch)?;
            let model = require(cache.model(reference))?;
            let faces = load_faces(job, model.faces, watch)?;
            let codes = encode_faces(&cache.paths, &cache.dataset, &model, &faces, watch)?;
            cache.put_codes(reference.clone(), codes);
        }
        Resource::CodeIndex(reference, measure) => {
            load(job, &Resource::Codes(reference.clone()), watch)?;
            let codes = require(cache.codes(reference))?;
            load(job, &Resource::Model(reference.clone()), watch)?;
            let model = require(cache.model(reference))?;
            let index = index_codes(&cache.paths, &model, &codes, *measure, watch)?;
            cache.put_code_index(reference.clone(), *measure, index);
        }
        Resource::BuiltIndex(reference, measure, kind) => {
            load(job, &Resource::Model(reference.clone()), watch)?;
            load(
                job,
                &Resource::CodeIndex(reference.clone(), *measure),
                watch,
            )?;
            let model = require(cache.model(reference))?;
            let index = require(cache.code_index(reference, *measure))?;
            build_index(&cache.paths, &model, &index, *kind, watch)?;
        }
        Resource::CodeDistribution(reference) => {
            let measure = Measure::default();
            let index = Resource::CodeIndex(reference.clone(), measure);
            load(job, &index, watch)?;
            // The index may be there when the codes have been dropped.
            load(job, &Resource::Codes(reference.clone()), watch)?;
            let codes = require(cache.codes(reference))?;
            let index = require(cache.code_index(reference, measure))?;
            let distribution = CodeDistribution::new(&codes, &index)?;
            cache.put_code_distribution(reference.clone(), distribution);
        }
        Resource::Classical(spec) => {
            let faces = load_faces(job, *spec, watch)?;
            let rows = reference_split(&cache.dataset)?.training;
            let (mut classical, _) =
                fit_classical(&cache.paths, &cache.dataset, &faces, &rows, watch)?;
            classical.pretune(watch)?;
            cache.put_classical(*spec, classical);
        }
        Resource::CodeSizeCurve(id, stamp) => {
            let run = runs::find_by_id(&cache.paths, id)?;
            let curve = code_size_curve(&cache.paths, &run, watch)?;
            cache.put_code_size_curve(id, *stamp, curve);
        }
        Resource::PrincipalAxes(reference) => load_axes(job, reference, watch)?,
        Resource::KnownFaces(reference) => load_known_faces(job, reference, watch)?,
        Resource::Judged(encoder, stamp) => {
            let judged = judge_alone(&cache.paths, &cache.dataset, &cache.device, encoder, watch)?;
            cache.put_judged(encoder, *stamp, judged);
        }
    }
    Ok(())
}

fn load_axes(job: &Job<'_>, reference: &ModelRef, watch: Watch) -> Result<()> {
    let cache = job.cache;
    load(job, &Resource::CodeDistribution(reference.clone()), watch)?;
    load(job, &Resource::Model(reference.clone()), watch)?;
    let statistics = &require(cache.code_distribution(reference))?.statistics;
    let axes = principal_axes(&*require(cache.model(reference))?, statistics, watch)?;
    cache.put_principal_axes(reference.clone(), axes);
    Ok(())
}

fn load_known_faces(job: &Job<'_>, reference: &ModelRef, watch: Watch) -> Result<()> {
    let cache = job.cache;
    load(job, &Resource::Model(reference.clone()), watch)?;
    let model = require(cache.model(reference))?;
    let source = ModelSource::from_ref(&cache.paths, reference)?;
    let (paths, dataset) = (&cache.paths, &cache.dataset);
    let known = KnownFaces::new(paths, dataset, &source, model.faces, watch)?;
    cache.put_known_faces(reference.clone(), known);
    Ok(())
}

fn load_faces(job: &Job<'_>, spec: FaceSpec, watch: Watch) -> Result<Arc<Faces>> {
    load(job, &Resource::Faces(spec), watch)?;
    require(job.cache.faces(spec))
}

/// Loads a stored model, or fits one to the data set.
fn load_model(job: &Job<'_>, reference: &ModelRef, watch: Watch) -> Result<LoadedModel> {
    let cache = job.cache;
    match ModelSource::from_ref(&cache.paths, reference)? {
        ModelSource::Fitted(fitted) => {
            let faces = load_faces(job, fitted.face_spec(), watch)?;
            let (paths, dataset) = (&cache.paths, &cache.dataset);
            let rows = fitted.rows(dataset)?;
            LoadedModel::fit(paths, dataset, (&faces, &rows), fitted, watch)
        }
        stored => LoadedModel::load(&stored, &cache.device),
    }
}

/// What was just loaded.
fn require<T>(lookup: Result<Arc<T>, Unavailable>) -> Result<Arc<T>> {
    lookup.map_err(|unavailable| match unavailable {
        Unavailable::Failed(message) => Error::invalid("engine", message),
        Unavailable::Pending(resource) => Error::invalid(
            "engine",
            format!("{resource:?} was dropped before it was used; try again"),
        ),
    })
}
