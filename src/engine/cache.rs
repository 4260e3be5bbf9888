//! What has been made of the open data set so far, shared by the thread that
//! answers and the one that makes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use candle_core::Device;

use crate::classical::ClassicalDenoisers;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::engine::ModelRef;
use crate::engine::code_index::CodeIndex;
use crate::error::Error;
use crate::latent::{CodeStatistics, Codes};
use crate::models::Autoencoder;
use crate::paths::Paths;
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::search::Metric;

/// Something that has to be made before a request can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// The tensor of all pictures.
    Faces(FaceSpec),
    /// A fitted or loaded model.
    Model(ModelRef),
    /// Its codes of all pictures.
    Codes(ModelRef),
    /// Those ready to be searched.
    CodeIndex(ModelRef, Metric, bool),
    /// How they spread.
    CodeDistribution(ModelRef),
    /// Methods that learn nothing from noise.
    Classical(FaceSpec),
    /// A run's pictures judged at many code sizes; as of a stamp.
    CodeSizeCurve(String, u64),
}

/// Why a request cannot be answered now.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// It can be when this is made.
    Pending(Resource),
    /// It cannot at all; one line that says why.
    Failed(String),
}

impl From<Error> for Unavailable {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<candle_core::Error> for Unavailable {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed(Error::from(error).to_string())
    }
}

/// A model at hand.
pub(super) struct LoadedModel {
    pub reference: ModelRef,
    pub model: Arc<dyn Autoencoder>,
    pub label: String,
    pub faces: FaceSpec,
    /// The checkpoint that it was read from, for a run.
    pub checkpoint: Option<std::path::PathBuf>,
}

/// How a model's codes of the data set spread.
pub(super) struct CodeDistribution {
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
pub(super) struct DatasetCache {
    pub paths: Paths,
    pub dataset: Arc<Dataset>,
    pub device: Device,
    /// Set when another data set was opened: whatever is being made is in vain.
    closed: AtomicBool,
    faces: Shelf<FaceSpec, Faces>,
    models: Shelf<ModelRef, LoadedModel>,
    codes: Shelf<ModelRef, Codes>,
    code_indexes: Shelf<(ModelRef, Metric, bool), CodeIndex>,
    code_distributions: Shelf<ModelRef, CodeDistribution>,
    classical: Shelf<FaceSpec, ClassicalDenoisers>,
    code_curves: Shelf<(String, u64), CodeSizeCurve>,
    failures: Mutex<Vec<(Resource, String, Instant)>>,
}

type Lookup<T> = Result<Arc<T>, Unavailable>;

impl DatasetCache {
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
            code_indexes: Shelf::new(3),
            code_distributions: Shelf::new(4),
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

    pub fn faces(&self, spec: FaceSpec) -> Lookup<Faces> {
        self.or_unavailable(self.faces.get(&spec), || Resource::Faces(spec))
    }

    pub fn model(&self, reference: &ModelRef) -> Lookup<LoadedModel> {
        self.or_unavailable(self.models.get(reference), || {
            Resource::Model(reference.clone())
        })
    }

    pub fn codes(&self, reference: &ModelRef) -> Lookup<Codes> {
        self.or_unavailable(self.codes.get(reference), || {
            Resource::Codes(reference.clone())
        })
    }

    pub fn code_index(
        &self,
        reference: &ModelRef,
        metric: Metric,
        whiten: bool,
    ) -> Lookup<CodeIndex> {
        let key = (reference.clone(), metric, whiten);
        self.or_unavailable(self.code_indexes.get(&key), || {
            Resource::CodeIndex(reference.clone(), metric, whiten)
        })
    }

    pub fn code_distribution(&self, reference: &ModelRef) -> Lookup<CodeDistribution> {
        self.or_unavailable(self.code_distributions.get(reference), || {
            Resource::CodeDistribution(reference.clone())
        })
    }

    pub fn classical(&self, spec: FaceSpec) -> Lookup<ClassicalDenoisers> {
        self.or_unavailable(self.classical.get(&spec), || Resource::Classical(spec))
    }

    pub fn code_curve(&self, run: &str, stamp: u64) -> Lookup<CodeSizeCurve> {
        let key = (run.to_string(), stamp);
        self.or_unavailable(self.code_curves.get(&key), || {
            Resource::CodeSizeCurve(run.to_string(), stamp)
        })
    }

    pub fn put_code_curve(&self, run: &str, stamp: u64, curve: CodeSizeCurve) {
        self.code_curves.put((run.to_string(), stamp), curve);
    }

    pub fn put_classical(&self, spec: FaceSpec, classical: ClassicalDenoisers) {
        self.classical.put(spec, classical);
    }

    pub fn put_faces(&self, spec: FaceSpec, faces: Faces) {
        self.faces.put(spec, faces);
    }

    pub fn put_model(&self, loaded: LoadedModel) {
        self.models.put(loaded.reference.clone(), loaded);
    }

    pub fn put_codes(&self, reference: ModelRef, codes: Codes) {
        self.codes.put(reference, codes);
    }

    pub fn put_code_index(&self, reference: ModelRef, metric: Metric, whiten: bool, it: CodeIndex) {
        self.code_indexes.put((reference, metric, whiten), it);
    }

    pub fn put_code_distribution(&self, reference: ModelRef, spread: CodeDistribution) {
        self.code_distributions.put(reference, spread);
    }

    /// Whether a need is met.
    pub fn has(&self, need: &Resource) -> bool {
        match need {
            Resource::Faces(spec) => self.faces.get(spec).is_some(),
            Resource::Model(reference) => self.models.get(reference).is_some(),
            Resource::Codes(reference) => self.codes.get(reference).is_some(),
            Resource::CodeIndex(reference, metric, whiten) => {
                let key = (reference.clone(), *metric, *whiten);
                self.code_indexes.get(&key).is_some()
            }
            Resource::CodeDistribution(reference) => {
                self.code_distributions.get(reference).is_some()
            }
            Resource::Classical(spec) => self.classical.get(spec).is_some(),
            Resource::CodeSizeCurve(run, stamp) => {
                self.code_curves.get(&(run.clone(), *stamp)).is_some()
            }
        }
    }

    /// Remembers that a need cannot be met for now.
    pub fn record_failure(&self, need: Resource, message: String) {
        let mut failures = lock(&self.failures);
        failures.retain(|(other, _, _)| *other != need);
        failures.push((need, message, Instant::now()));
    }

    /// Drops a run's model and its codes when it was read from another
    /// checkpoint than this.
    pub fn drop_stale_run(&self, reference: &ModelRef, checkpoint: &std::path::Path) {
        let stale = |loaded: &LoadedModel| loaded.checkpoint.as_deref() != Some(checkpoint);
        if self
            .models
            .get(reference)
            .is_some_and(|loaded| stale(&loaded))
        {
            self.models.drop_where(|key, _| key == reference);
            self.codes.drop_where(|key, _| key == reference);
            self.code_indexes
                .drop_where(|(key, _, _), _| key == reference);
            self.code_distributions
                .drop_where(|key, _| key == reference);
        }
    }

    fn or_unavailable<T>(&self, found: Option<Arc<T>>, need: impl Fn() -> Resource) -> Lookup<T> {
        if let Some(found) = found {
            return Ok(found);
        }
        let need = need();
        let mut failures = lock(&self.failures);
        failures.retain(|(_, _, when)| when.elapsed() < RETRY_AFTER);
        match failures.iter().find(|(other, _, _)| *other == need) {
            Some((_, message, _)) => Err(Unavailable::Failed(message.clone())),
            None => Err(Unavailable::Pending(need)),
        }
    }
}
