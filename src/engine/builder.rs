//! The thread that makes what takes longer than a frame: opens data sets,
//! fits and loads models, encodes data sets, builds indexes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use candle_core::Device;

use crate::classical::{Classical, WIENER_COMPONENTS};
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::engine::gallery::Gallery;
use crate::engine::stock::{Loaded, Missing, Need, Spread, Stock};
use crate::engine::thread::{Inbox, guarded};
use crate::engine::{ModelRef, Ticket};
use crate::error::{Error, Result};
use crate::latent::{CodeStatistics, encode_all};
use crate::models::{Autoencoder, Beginning, Pca, fitted, saved, shipped};
use crate::paths::Paths;
use crate::progress::{Progress, Unit};
use crate::runs::{self, code_curve::code_curve};
use crate::search::{Metric, spacing};

/// Reports of one job come this far apart at least.
const REPORT_PAUSE: Duration = Duration::from_millis(100);

/// One thing to make.
pub(super) enum Job {
    /// Open a data set.
    Open(Ticket, Option<String>),
    /// Meet a need.
    Make(Arc<Stock>, Need),
}

/// A job with its number; raising `stop` ends it as soon as it reports.
pub(super) struct Order {
    pub number: u64,
    pub job: Job,
    pub stop: Arc<AtomicBool>,
}

/// A data set that was opened, and where models run.
pub(super) struct Ready {
    pub stock: Arc<Stock>,
    pub device_note: Option<String>,
}

/// Works until the other side hangs up.
pub(super) fn run(paths: Paths, device: String, jobs: Receiver<Order>, back: Sender<Inbox>) {
    let device = Chosen {
        name: device,
        found: OnceLock::new(),
    };
    while let Ok(Order { number, job, stop }) = jobs.recv() {
        let mut reported = None::<Instant>;
        let mut watch = |progress: Progress<'_>| {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            if progress.unit == Unit::Note {
                let _ = back.send(Inbox::Note(progress.stage.to_string()));
                return Ok(());
            }
            if reported.is_none_or(|when| when.elapsed() >= REPORT_PAUSE) {
                reported = Some(Instant::now());
                let _ = back.send(Inbox::Progress {
                    stage: progress.stage.to_string(),
                    done: progress.done,
                    total: progress.total,
                });
            }
            Ok(())
        };
        let done = match job {
            Job::Open(ticket, data) => {
                let opened = guarded(|| open(&paths, data.as_deref(), &device, &mut watch));
                Inbox::Opened(ticket, opened)
            }
            Job::Make(stock, need) => {
                let made = guarded(|| make(&stock, &need, &mut watch));
                if let Err(message) = made
                    && !stop.load(Ordering::Relaxed)
                {
                    stock.failed(need, message);
                }
                Inbox::Made(number)
            }
        };
        if back.send(done).is_err() {
            return;
        }
    }
}

/// The device, asked for once: finding a GPU takes a while.
struct Chosen {
    name: String,
    found: OnceLock<(Device, Option<String>)>,
}

impl Chosen {
    fn get(&self) -> &(Device, Option<String>) {
        self.found.get_or_init(|| {
            crate::kernels::device::select(&self.name).unwrap_or_else(|error| {
                (Device::Cpu, Some(format!("{error}; computing on the CPU")))
            })
        })
    }
}

type Watching<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

fn open(paths: &Paths, data: Option<&str>, device: &Chosen, watch: Watching) -> Result<Ready> {
    let dataset: Dataset = crate::dataset::resolve(paths, data, watch)?;
    if data.is_some()
        && let Some(text) = crate::dataset::remember_or_tell(paths, &dataset)
    {
        watch(Progress::note(&text))?;
    }
    let (device, device_note) = device.get().clone();
    Ok(Ready {
        stock: Arc::new(Stock::new(paths.clone(), Arc::new(dataset), device)),
        device_note,
    })
}

/// Makes what is needed, what that needs first.
fn make(stock: &Stock, need: &Need, watch: Watching) -> Result<()> {
    if stock.has(need) {
        return Ok(());
    }
    if stock.is_closed() {
        return Err(Error::Cancelled);
    }
    match need {
        Need::Faces(spec) => {
            let faces = Faces::load(&stock.paths, &stock.dataset, *spec, watch)?;
            stock.put_faces(*spec, faces);
        }
        Need::Model(reference) => {
            let loaded = match reference {
                ModelRef::Pca { code_size, faces } => fit(stock, *code_size, *faces, watch)?,
                ModelRef::Run(id) => load(stock, id)?,
                ModelRef::Shipped(name) => load_shipped(stock, name)?,
            };
            stock.put_model(loaded);
        }
        Need::Codes(reference) => {
            make(stock, &Need::Model(reference.clone()), watch)?;
            let loaded = have(stock.model(reference))?;
            make(stock, &Need::Faces(loaded.faces), watch)?;
            let faces = have(stock.faces(loaded.faces))?;
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
        Need::Gallery(reference, metric, whiten) => {
            make(stock, &Need::Codes(reference.clone()), watch)?;
            let codes = have(stock.codes(reference))?;
            let gallery = Gallery::new(&codes, *metric, *whiten)?;
            stock.put_gallery(reference.clone(), *metric, *whiten, gallery);
        }
        Need::Spread(reference) => {
            make(
                stock,
                &Need::Gallery(reference.clone(), Metric::L2, false),
                watch,
            )?;
            let codes = have(stock.codes(reference))?;
            let gallery = have(stock.gallery(reference, Metric::L2, false))?;
            let spread = Spread {
                statistics: CodeStatistics::of(&codes)?,
                real_range: spacing(gallery.brute())?,
            };
            stock.put_spread(reference.clone(), spread);
        }
        Need::Classical(spec) => {
            make(stock, &Need::Faces(*spec), watch)?;
            let faces = have(stock.faces(*spec))?;
            let rows: Vec<usize> = (0..faces.len()).collect();
            let components = WIENER_COMPONENTS;
            let pca = pca(
                stock,
                components,
                &faces,
                &rows,
                "fitting the Wiener filter",
                watch,
            )?;
            let beginning = Beginning::around(pca, &faces, &rows)?;
            let mut classical = Classical::new(&beginning, &faces, &rows)?;
            classical.settle(watch)?;
            stock.put_classical(*spec, classical);
        }
        Need::CodeCurve(id, stamp) => {
            let run = runs::find_id(&stock.paths, id)?;
            let curve = code_curve(&stock.paths, &run, watch)?;
            stock.put_code_curve(id, *stamp, curve);
        }
    }
    Ok(())
}

/// What was just made.
fn have<T>(got: Result<Arc<T>, Missing>) -> Result<Arc<T>> {
    got.map_err(|missing| match missing {
        Missing::Failed(message) => Error::invalid("engine", message),
        Missing::Need(need) => Error::invalid(
            "engine",
            format!("{need:?} was dropped before it was used; ask again"),
        ),
    })
}

fn fit(stock: &Stock, code_size: u32, spec: FaceSpec, watch: Watching) -> Result<Loaded> {
    make(stock, &Need::Faces(spec), watch)?;
    let faces = have(stock.faces(spec))?;
    let rows: Vec<usize> = (0..faces.len()).collect();
    let stage = format!("fitting PCA-{code_size}");
    let pca = pca(stock, code_size, &faces, &rows, &stage, watch)?;
    Ok(Loaded {
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

fn pca(
    stock: &Stock,
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
    fitted::pca(paths, dataset, faces, rows, code_size, &mut named)
}

fn load(stock: &Stock, id: &str) -> Result<Loaded> {
    let run = runs::find_id(&stock.paths, id)?;
    let checkpoint = run.model()?;
    let saved = saved::load(&checkpoint, &stock.device)?;
    let name = run.spec()?.name;
    Ok(Loaded {
        reference: ModelRef::Run(id.to_string()),
        model: Arc::from(saved.model),
        label: if name.is_empty() { run.id() } else { name },
        faces: saved.description.faces(),
        checkpoint: Some(checkpoint),
    })
}

fn load_shipped(stock: &Stock, name: &str) -> Result<Loaded> {
    let saved = shipped::load(name, &stock.device)?;
    Ok(Loaded {
        reference: ModelRef::Shipped(name.to_string()),
        model: Arc::from(saved.model),
        label: name.to_string(),
        faces: saved.description.faces(),
        checkpoint: None,
    })
}
