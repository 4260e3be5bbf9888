//! What has been made of the open data set so far, shared by the thread that
//! answers and the one that makes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use candle_core::Device;

use crate::classical::Classical;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::engine::ModelRef;
use crate::engine::gallery::Gallery;
use crate::error::Error;
use crate::latent::{CodeStatistics, Codes};
use crate::models::Autoencoder;
use crate::paths::Paths;
use crate::runs::code_curve::CodeCurve;
use crate::search::Metric;

/// Something that has to be made before a request can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// The tensor of all pictures.
    Faces(FaceSpec),
    /// A fitted or loaded model.
    Model(ModelRef),
    /// Its codes of all pictures.
    Codes(ModelRef),
    /// Those ready to be searched.
    Gallery(ModelRef, Metric, bool),
    /// How they spread.
    Spread(ModelRef),
    /// Methods that learn nothing from noise.
    Classical(FaceSpec),
    /// A run's pictures judged at many code sizes; as of a stamp.
    CodeCurve(String, u64),
}

/// Why a request cannot be answered now.
#[derive(Debug)]
pub(super) enum Missing {
    /// It can be when this is made.
    Need(Need),
    /// It cannot at all; one line that says why.
    Failed(String),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<candle_core::Error> for Missing {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed(Error::from(error).to_string())
    }
}

/// A model at hand.
pub(super) struct Loaded {
    pub reference: ModelRef,
    pub model: Arc<dyn Autoencoder>,
    pub label: String,
    pub faces: FaceSpec,
    /// The checkpoint that it was read from, for a run.
    pub checkpoint: Option<std::path::PathBuf>,
}

/// How a model's codes of the data set spread.
pub(super) struct Spread {
    pub statistics: CodeStatistics,
    /// See [`Made::real_range`](crate::engine::Made::real_range).
    pub real_range: (f32, f32),
}

/// The few latest of one kind of thing; older ones are dropped to bound memory.
struct Shelf<K, V> {
    limit: usize,
    entries: Mutex<Vec<(K, Arc<V>)>>,
}

impl<K: PartialEq, V> Shelf<K, V> {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::new(Vec::new()),
        }
    }

    fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut entries = lock(&self.entries);
        let at = entries.iter().position(|(other, _)| other == key)?;
        let entry = entries.remove(at);
        let value = entry.1.clone();
        entries.push(entry);
        Some(value)
    }

    fn put(&self, key: K, value: V) {
        let mut entries = lock(&self.entries);
        entries.retain(|(other, _)| *other != key);
        entries.push((key, Arc::new(value)));
        if entries.len() > self.limit {
            entries.remove(0);
        }
    }

    fn drop_where(&self, unwanted: impl Fn(&K, &V) -> bool) {
        lock(&self.entries).retain(|(key, value)| !unwanted(key, value));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left is whole: values are put in as one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a failure stands before the same thing is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// Everything about one open data set.
pub(super) struct Stock {
    pub paths: Paths,
    pub dataset: Arc<Dataset>,
    pub device: Device,
    /// Set when another data set was opened: whatever is being made is in vain.
    closed: AtomicBool,
    faces: Shelf<FaceSpec, Faces>,
    models: Shelf<ModelRef, Loaded>,
    codes: Shelf<ModelRef, Codes>,
    galleries: Shelf<(ModelRef, Metric, bool), Gallery>,
    spreads: Shelf<ModelRef, Spread>,
    classical: Shelf<FaceSpec, Classical>,
    code_curves: Shelf<(String, u64), CodeCurve>,
    failures: Mutex<Vec<(Need, String, Instant)>>,
}

type Got<T> = Result<Arc<T>, Missing>;

impl Stock {
    pub fn new(paths: Paths, dataset: Arc<Dataset>, device: Device) -> Self {
        Self {
            paths,
            dataset,
            device,
            closed: AtomicBool::new(false),
            faces: Shelf::new(4),
            models: Shelf::new(12),
            // 13,233 codes of 512 numbers are 27 MB, and as much once more in
            // each gallery.
            codes: Shelf::new(2),
            galleries: Shelf::new(3),
            spreads: Shelf::new(4),
            classical: Shelf::new(1),
            code_curves: Shelf::new(2),
            failures: Mutex::new(Vec::new()),
        }
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub fn faces(&self, spec: FaceSpec) -> Got<Faces> {
        self.or_missing(self.faces.get(&spec), || Need::Faces(spec))
    }

    pub fn model(&self, reference: &ModelRef) -> Got<Loaded> {
        self.or_missing(self.models.get(reference), || {
            Need::Model(reference.clone())
        })
    }

    pub fn codes(&self, reference: &ModelRef) -> Got<Codes> {
        self.or_missing(self.codes.get(reference), || Need::Codes(reference.clone()))
    }

    pub fn gallery(&self, reference: &ModelRef, metric: Metric, whiten: bool) -> Got<Gallery> {
        let key = (reference.clone(), metric, whiten);
        self.or_missing(self.galleries.get(&key), || {
            Need::Gallery(reference.clone(), metric, whiten)
        })
    }

    pub fn spread(&self, reference: &ModelRef) -> Got<Spread> {
        self.or_missing(self.spreads.get(reference), || {
            Need::Spread(reference.clone())
        })
    }

    pub fn classical(&self, spec: FaceSpec) -> Got<Classical> {
        self.or_missing(self.classical.get(&spec), || Need::Classical(spec))
    }

    pub fn code_curve(&self, run: &str, stamp: u64) -> Got<CodeCurve> {
        let key = (run.to_string(), stamp);
        self.or_missing(self.code_curves.get(&key), || {
            Need::CodeCurve(run.to_string(), stamp)
        })
    }

    pub fn put_code_curve(&self, run: &str, stamp: u64, curve: CodeCurve) {
        self.code_curves.put((run.to_string(), stamp), curve);
    }

    pub fn put_classical(&self, spec: FaceSpec, classical: Classical) {
        self.classical.put(spec, classical);
    }

    pub fn put_faces(&self, spec: FaceSpec, faces: Faces) {
        self.faces.put(spec, faces);
    }

    pub fn put_model(&self, loaded: Loaded) {
        self.models.put(loaded.reference.clone(), loaded);
    }

    pub fn put_codes(&self, reference: ModelRef, codes: Codes) {
        self.codes.put(reference, codes);
    }

    pub fn put_gallery(&self, reference: ModelRef, metric: Metric, whiten: bool, it: Gallery) {
        self.galleries.put((reference, metric, whiten), it);
    }

    pub fn put_spread(&self, reference: ModelRef, spread: Spread) {
        self.spreads.put(reference, spread);
    }

    /// Whether a need is met.
    pub fn has(&self, need: &Need) -> bool {
        match need {
            Need::Faces(spec) => self.faces.get(spec).is_some(),
            Need::Model(reference) => self.models.get(reference).is_some(),
            Need::Codes(reference) => self.codes.get(reference).is_some(),
            Need::Gallery(reference, metric, whiten) => {
                let key = (reference.clone(), *metric, *whiten);
                self.galleries.get(&key).is_some()
            }
            Need::Spread(reference) => self.spreads.get(reference).is_some(),
            Need::Classical(spec) => self.classical.get(spec).is_some(),
            Need::CodeCurve(run, stamp) => self.code_curves.get(&(run.clone(), *stamp)).is_some(),
        }
    }

    /// Remembers that a need cannot be met for now.
    pub fn failed(&self, need: Need, message: String) {
        let mut failures = lock(&self.failures);
        failures.retain(|(other, _, _)| *other != need);
        failures.push((need, message, Instant::now()));
    }

    /// Drops a run's model and its codes when it was read from another
    /// checkpoint than this.
    pub fn refresh_run(&self, reference: &ModelRef, checkpoint: &std::path::Path) {
        let stale = |loaded: &Loaded| loaded.checkpoint.as_deref() != Some(checkpoint);
        if self
            .models
            .get(reference)
            .is_some_and(|loaded| stale(&loaded))
        {
            self.models.drop_where(|key, _| key == reference);
            self.codes.drop_where(|key, _| key == reference);
            self.galleries.drop_where(|(key, _, _), _| key == reference);
            self.spreads.drop_where(|key, _| key == reference);
        }
    }

    fn or_missing<T>(&self, found: Option<Arc<T>>, need: impl Fn() -> Need) -> Got<T> {
        if let Some(found) = found {
            return Ok(found);
        }
        let need = need();
        let mut failures = lock(&self.failures);
        failures.retain(|(_, _, when)| when.elapsed() < RETRY_AFTER);
        match failures.iter().find(|(other, _, _)| *other == need) {
            Some((_, message, _)) => Err(Missing::Failed(message.clone())),
            None => Err(Missing::Need(need)),
        }
    }
}
