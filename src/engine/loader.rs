//! The thread that loads what takes longer than a frame: opens data sets, fits
//! and loads models, encodes data sets, builds indexes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use candle_core::Device;

use super::cache::{DatasetCache, Resource, Unavailable};
use super::events::{Event, LoadedDataset};
use super::panics::catch_panics;
use super::protocol::RequestId;
use crate::dataset::{self, FaceSpec, Faces};
use crate::error::{Error, Result};
use crate::model_store::codes::{CodeDistribution, build_index, encode_faces, index_codes};
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

/// A task with its number.
pub(super) struct QueuedTask {
    pub number: u64,
    pub task: Task,
    /// Set, the task ends at its next progress report.
    pub stop: Arc<AtomicBool>,
}

/// Does tasks until the worker hangs up.
pub(super) fn run(
    paths: &Paths,
    device: String,
    tasks: &Receiver<QueuedTask>,
    events: &Sender<Event>,
) {
    let device = LazyDevice {
        name: device,
        device: OnceLock::new(),
    };
    while let Ok(QueuedTask { number, task, stop }) = tasks.recv() {
        let mut reporter = Reporter {
            events,
            stop: &stop,
            last: None,
        };
        let mut watch = |progress: Progress<'_>| reporter.report(progress);
        let event = match task {
            Task::Open(id, data) => {
                let opened = catch_panics(|| open(paths, data.as_deref(), &device, &mut watch));
                Event::Opened(id, opened)
            }
            Task::Load(cache, resource) => {
                let loaded = catch_panics(|| load(&cache, &resource, &mut watch));
                if let Err(message) = loaded
                    && !stop.load(Ordering::Relaxed)
                {
                    cache.record_failure(resource, message);
                }
                Event::TaskDone(number)
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}

/// Passes the progress of one task on to the worker.
struct Reporter<'a> {
    events: &'a Sender<Event>,
    stop: &'a AtomicBool,
    last: Option<Instant>,
}

impl Reporter<'_> {
    fn report(&mut self, progress: Progress<'_>) -> Result<()> {
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
fn load(cache: &DatasetCache, resource: &Resource, watch: Watch) -> Result<()> {
    if cache.has(resource) {
        return Ok(());
    }
    if cache.is_closed() {
        return Err(Error::Cancelled);
    }
    match resource {
        Resource::Faces(spec) => {
            let faces = Faces::load(&cache.paths, &cache.dataset, *spec, watch)?;
            cache.put_faces(*spec, faces);
        }
        Resource::Model(reference) => cache.put_model(load_model(cache, reference, watch)?),
        Resource::Codes(reference) => {
            load(cache, &Resource::Model(reference.clone()), watch)?;
            let model = require(cache.model(reference))?;
            let faces = load_faces(cache, model.faces, watch)?;
            let codes = encode_faces(&cache.paths, &cache.dataset, &model, &faces, watch)?;
            cache.put_codes(reference.clone(), codes);
        }
        Resource::CodeIndex(reference, measure) => {
            load(cache, &Resource::Codes(reference.clone()), watch)?;
            let codes = require(cache.codes(reference))?;
            load(cache, &Resource::Model(reference.clone()), watch)?;
            let model = require(cache.model(reference))?;
            let index = index_codes(&cache.paths, &model, &codes, *measure, watch)?;
            cache.put_code_index(reference.clone(), *measure, index);
        }
        Resource::BuiltIndex(reference, measure, kind) => {
            load(cache, &Resource::Model(reference.clone()), watch)?;
            load(
                cache,
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
            load(cache, &index, watch)?;
            // The index may be there when the codes have been dropped.
            load(cache, &Resource::Codes(reference.clone()), watch)?;
            let codes = require(cache.codes(reference))?;
            let index = require(cache.code_index(reference, measure))?;
            let distribution = CodeDistribution::new(&codes, &index)?;
            cache.put_code_distribution(reference.clone(), distribution);
        }
        Resource::Classical(spec) => {
            let faces = load_faces(cache, *spec, watch)?;
            let rows: Vec<usize> = (0..faces.len()).collect();
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
        Resource::PrincipalAxes(reference) => load_axes(cache, reference, watch)?,
        Resource::KnownFaces(reference) => load_known_faces(cache, reference, watch)?,
        Resource::Judged(encoder, stamp) => {
            let judged = judge_alone(&cache.paths, &cache.dataset, &cache.device, encoder, watch)?;
            cache.put_judged(encoder, *stamp, judged);
        }
    }
    Ok(())
}

fn load_axes(cache: &DatasetCache, reference: &ModelRef, watch: Watch) -> Result<()> {
    load(cache, &Resource::CodeDistribution(reference.clone()), watch)?;
    load(cache, &Resource::Model(reference.clone()), watch)?;
    let statistics = &require(cache.code_distribution(reference))?.statistics;
    let axes = principal_axes(&*require(cache.model(reference))?, statistics, watch)?;
    cache.put_principal_axes(reference.clone(), axes);
    Ok(())
}

fn load_known_faces(cache: &DatasetCache, reference: &ModelRef, watch: Watch) -> Result<()> {
    load(cache, &Resource::Model(reference.clone()), watch)?;
    let model = require(cache.model(reference))?;
    let source = ModelSource::from_ref(&cache.paths, reference)?;
    let (paths, dataset) = (&cache.paths, &cache.dataset);
    let known = KnownFaces::new(paths, dataset, &source, model.faces, watch)?;
    cache.put_known_faces(reference.clone(), known);
    Ok(())
}

fn load_faces(cache: &DatasetCache, spec: FaceSpec, watch: Watch) -> Result<Arc<Faces>> {
    load(cache, &Resource::Faces(spec), watch)?;
    require(cache.faces(spec))
}

/// Loads a stored model, or fits one to all pictures of the data set.
fn load_model(cache: &DatasetCache, reference: &ModelRef, watch: Watch) -> Result<LoadedModel> {
    match ModelSource::from_ref(&cache.paths, reference)? {
        ModelSource::Fitted(fitted) => {
            let faces = load_faces(cache, fitted.face_spec(), watch)?;
            let rows: Vec<usize> = (0..faces.len()).collect();
            let (paths, dataset) = (&cache.paths, &cache.dataset);
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
