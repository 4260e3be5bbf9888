//! The thread that makes what takes longer than a frame: opens data sets,
//! fits and loads models, encodes data sets, builds indexes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use candle_core::Device;

use crate::classical::{ClassicalDenoisers, WIENER_COMPONENTS};
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::engine::cache::{CodeDistribution, DatasetCache, LoadedModel, Resource, Unavailable};
use crate::engine::code_index::CodeIndex;
use crate::engine::worker::{Event, catch_panics};
use crate::engine::{ModelRef, RequestId};
use crate::error::{Error, Result};
use crate::latent::{CodeStatistics, encode_all};
use crate::models::{Autoencoder, FaceCovariance, Pca, bundled, model_file, pca_cache};
use crate::paths::Paths;
use crate::progress::{Progress, Unit};
use crate::runs::{self, code_size_curve::code_size_curve};
use crate::search::{Metric, nearest_distance_range};

/// Reports of one job come this far apart at least.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// One thing to make.
pub(super) enum Task {
    /// Open a data set.
    Open(RequestId, Option<String>),
    /// Meet a need.
    Load(Arc<DatasetCache>, Resource),
}

/// A job with its number; raising `stop` ends it as soon as it reports.
pub(super) struct QueuedTask {
    pub number: u64,
    pub task: Task,
    pub stop: Arc<AtomicBool>,
}

/// A data set that was opened, and where models run.
pub(super) struct LoadedDataset {
    pub cache: Arc<DatasetCache>,
    pub device_note: Option<String>,
}

/// Works until the other side hangs up.
pub(super) fn run(paths: Paths, device: String, jobs: Receiver<QueuedTask>, back: Sender<Event>) {
    let device = LazyDevice {
        name: device,
        device: OnceLock::new(),
    };
    while let Ok(QueuedTask {
        number,
        task: job,
        stop,
    }) = jobs.recv()
    {
        let mut reported = None::<Instant>;
        let mut watch = |progress: Progress<'_>| {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            if progress.unit == Unit::Note {
                let _ = back.send(Event::Note(progress.stage.to_string()));
                return Ok(());
            }
            if reported.is_none_or(|when| when.elapsed() >= PROGRESS_INTERVAL) {
                reported = Some(Instant::now());
                let _ = back.send(Event::Progress {
                    stage: progress.stage.to_string(),
                    done: progress.done,
                    total: progress.total,
                });
            }
            Ok(())
        };
        let done = match job {
            Task::Open(ticket, data) => {
                let opened = catch_panics(|| open(&paths, data.as_deref(), &device, &mut watch));
                Event::Opened(ticket, opened)
            }
            Task::Load(stock, need) => {
                let made = catch_panics(|| load_resource(&stock, &need, &mut watch));
                if let Err(message) = made
                    && !stop.load(Ordering::Relaxed)
                {
                    stock.record_failure(need, message);
                }
                Event::TaskDone(number)
            }
        };
        if back.send(done).is_err() {
            return;
        }
    }
}

/// The device, asked for once: finding a GPU takes a while.
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

type Watching<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

fn open(
    paths: &Paths,
    data: Option<&str>,
    device: &LazyDevice,
    watch: Watching,
) -> Result<LoadedDataset> {
    let dataset: Dataset = crate::dataset::resolve(paths, data, watch)?;
    if data.is_some()
        && let Some(text) = crate::dataset::set_last_used_or_warn(paths, &dataset)
    {
        watch(Progress::note(&text))?;
    }
    let (device, device_note) = device.get().clone();
    Ok(LoadedDataset {
        cache: Arc::new(DatasetCache::new(paths.clone(), Arc::new(dataset), device)),
        device_note,
    })
}

/// Makes what is needed, what that needs first.
fn load_resource(stock: &DatasetCache, need: &Resource, watch: Watching) -> Result<()> {
    if stock.has(need) {
        return Ok(());
    }
    if stock.is_closed() {
        return Err(Error::Cancelled);
    }
    match need {
        Resource::Faces(spec) => {
            let faces = Faces::load(&stock.paths, &stock.dataset, *spec, watch)?;
            stock.put_faces(*spec, faces);
        }
        Resource::Model(reference) => {
            let loaded = match reference {
                ModelRef::Pca { code_size, faces } => fit_pca(stock, *code_size, *faces, watch)?,
                ModelRef::Run(id) => load_run(stock, id)?,
                ModelRef::Bundled(name) => load_bundled(stock, name)?,
            };
            stock.put_model(loaded);
        }
        Resource::Codes(reference) => {
            load_resource(stock, &Resource::Model(reference.clone()), watch)?;
            let loaded = require(stock.model(reference))?;
            load_resource(stock, &Resource::Faces(loaded.faces), watch)?;
            let faces = require(stock.faces(loaded.faces))?;
            let rows: Vec<usize> = (0..faces.len()).collect();
            let stage = format!("encoding by {}", loaded.label);
            let mut named = |progress: Progress<'_>| {
                watch(Progress {
                    stage: &stage,
                    ..progress
                })
            };
            let codes = encode_all(loaded.model.as_ref(), &faces, &rows, &mut named)?;
            stock.put_codes(reference.clone(), codes);
        }
        Resource::CodeIndex(reference, metric, whiten) => {
            load_resource(stock, &Resource::Codes(reference.clone()), watch)?;
            let codes = require(stock.codes(reference))?;
            let gallery = CodeIndex::new(&codes, *metric, *whiten)?;
            stock.put_code_index(reference.clone(), *metric, *whiten, gallery);
        }
        Resource::CodeDistribution(reference) => {
            load_resource(
                stock,
                &Resource::CodeIndex(reference.clone(), Metric::L2, false),
                watch,
            )?;
            let codes = require(stock.codes(reference))?;
            let gallery = require(stock.code_index(reference, Metric::L2, false))?;
            let spread = CodeDistribution {
                statistics: CodeStatistics::fit(&codes)?,
                real_range: nearest_distance_range(gallery.brute())?,
            };
            stock.put_code_distribution(reference.clone(), spread);
        }
        Resource::Classical(spec) => {
            load_resource(stock, &Resource::Faces(*spec), watch)?;
            let faces = require(stock.faces(*spec))?;
            let rows: Vec<usize> = (0..faces.len()).collect();
            let components = WIENER_COMPONENTS;
            let pca = cached_pca(
                stock,
                components,
                &faces,
                &rows,
                "fitting the Wiener filter",
                watch,
            )?;
            let beginning = FaceCovariance::from_pca(pca, &faces, &rows)?;
            let mut classical = ClassicalDenoisers::new(&beginning, &faces, &rows)?;
            classical.pretune(watch)?;
            stock.put_classical(*spec, classical);
        }
        Resource::CodeSizeCurve(id, stamp) => {
            let run = runs::find_by_id(&stock.paths, id)?;
            let curve = code_size_curve(&stock.paths, &run, watch)?;
            stock.put_code_curve(id, *stamp, curve);
        }
    }
    Ok(())
}

/// What was just made.
fn require<T>(got: Result<Arc<T>, Unavailable>) -> Result<Arc<T>> {
    got.map_err(|missing| match missing {
        Unavailable::Failed(message) => Error::invalid("engine", message),
        Unavailable::Pending(need) => Error::invalid(
            "engine",
            format!("{need:?} was dropped before it was used; ask again"),
        ),
    })
}

fn fit_pca(
    stock: &DatasetCache,
    code_size: u32,
    spec: FaceSpec,
    watch: Watching,
) -> Result<LoadedModel> {
    load_resource(stock, &Resource::Faces(spec), watch)?;
    let faces = require(stock.faces(spec))?;
    let rows: Vec<usize> = (0..faces.len()).collect();
    let stage = format!("fitting PCA-{code_size}");
    let pca = cached_pca(stock, code_size, &faces, &rows, &stage, watch)?;
    Ok(LoadedModel {
        reference: ModelRef::Pca {
            code_size,
            faces: spec,
        },
        label: format!("PCA-{}", pca.spec().code_size),
        model: Arc::new(pca),
        faces: spec,
        checkpoint: None,
    })
}

fn cached_pca(
    stock: &DatasetCache,
    code_size: u32,
    faces: &Faces,
    rows: &[usize],
    stage: &str,
    watch: Watching,
) -> Result<Pca> {
    let mut named = |progress: Progress<'_>| match progress.unit {
        Unit::Note => watch(progress),
        _ => watch(Progress { stage, ..progress }),
    };
    let (paths, dataset) = (&stock.paths, &stock.dataset);
    pca_cache::load_or_fit_on_dataset(paths, dataset, faces, rows, code_size, &mut named)
}

fn load_run(stock: &DatasetCache, id: &str) -> Result<LoadedModel> {
    let run = runs::find_by_id(&stock.paths, id)?;
    let checkpoint = run.model_path()?;
    let saved = model_file::load(&checkpoint, &stock.device)?;
    let name = run.spec()?.name;
    Ok(LoadedModel {
        reference: ModelRef::Run(id.to_string()),
        model: Arc::from(saved.model),
        label: if name.is_empty() { run.id() } else { name },
        faces: saved.metadata.face_spec(),
        checkpoint: Some(checkpoint),
    })
}

fn load_bundled(stock: &DatasetCache, name: &str) -> Result<LoadedModel> {
    let saved = bundled::load(name, &stock.device)?;
    Ok(LoadedModel {
        reference: ModelRef::Bundled(name.to_string()),
        model: Arc::from(saved.model),
        label: name.to_string(),
        faces: saved.metadata.face_spec(),
        checkpoint: None,
    })
}
