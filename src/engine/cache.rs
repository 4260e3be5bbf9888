//! What has been loaded for the open data set, shared by the worker and the loader.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use candle_core::Device;
use lru::LruCache;

use crate::classical::ClassicalDenoisers;
use crate::dataset::{Dataset, FaceSpec, Faces};
use crate::error::Error;
use crate::latent::{Codes, PrincipalAxes};
use crate::model_store::codes::CodeDistribution;
use crate::model_store::origin::KnownFaces;
use crate::model_store::verify::{EncoderRef, JudgedEncoder};
use crate::model_store::{EncodedFaces, LoadedModel, ModelRef};
use crate::paths::Paths;
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::search::{CodeIndex, IndexKind, Measure};

/// Something that has to be loaded before a request can be answered; a cache key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// The tensor of all pictures.
    Faces(FaceSpec),
    /// A fitted or loaded model.
    Model(ModelRef),
    /// Its codes of all pictures.
    Codes(ModelRef),
    /// The codes' index for a way to compare them.
    CodeIndex(ModelRef, Measure),
    /// An approximate index of the codes.
    BuiltIndex(ModelRef, Measure, IndexKind),
    /// How the codes are distributed.
    CodeDistribution(ModelRef),
    /// The classical methods of denoising.
    Classical(FaceSpec),
    /// Held-out error against code size of a run's pictures, as of a stamp.
    CodeSizeCurve(String, u64),
    /// How well an encoder tells people apart, as of a stamp.
    Judged(EncoderRef, u64),
    /// The codes' axes, by what they change in the faces.
    PrincipalAxes(ModelRef),
    /// The real faces that faces made by a model may come from.
    KnownFaces(ModelRef),
}

/// Why a request cannot be answered now.
#[derive(Debug)]
pub(super) enum Unavailable {
    /// It can be when this is loaded.
    Pending(Resource),
    /// It cannot be answered at all; one line that says why.
    Failed(String),
}

impl From<Error> for Unavailable {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The values of one kind that were used last; older ones are dropped to bound memory.
struct Entries<K: Hash + Eq, V> {
    values: Mutex<LruCache<K, Arc<V>>>,
    /// The most bytes of all values, but for the one that was used last.
    max_bytes: usize,
    /// About how many bytes a value takes.
    bytes_of: fn(&V) -> usize,
}

impl<K: Hash + Eq, V> Entries<K, V> {
    /// At most so many values.
    fn new(capacity: usize) -> Self {
        Self::within(capacity, usize::MAX, |_| 0)
    }

    /// At most so many values and bytes.
    fn within(capacity: usize, max_bytes: usize, bytes_of: fn(&V) -> usize) -> Self {
        let capacity = NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN);
        Self {
            values: Mutex::new(LruCache::new(capacity)),
            max_bytes,
            bytes_of,
        }
    }

    fn get(&self, key: &K) -> Option<Arc<V>> {
        lock(&self.values).get(key).cloned()
    }

    fn put(&self, key: K, value: V) {
        let mut values = lock(&self.values);
        // The values that are pushed out are dropped after the lock.
        let mut old = vec![values.push(key, Arc::new(value))];
        let mut bytes: usize = values.iter().map(|(_, value)| (self.bytes_of)(value)).sum();
        while bytes > self.max_bytes && values.len() > 1 {
            let least = values.pop_lru();
            bytes -= least
                .as_ref()
                .map_or(0, |(_, value)| (self.bytes_of)(value));
            old.push(least);
        }
        drop(values);
    }

    fn remove_where(&self, unwanted: impl Fn(&K) -> bool) {
        lock(&self.values).retain(|key, _| !unwanted(key));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic leaves no value half written: values are put in whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a failure is remembered before the same thing is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(3);

/// Encoders whose codes are kept: as many as Search shows.
const MAX_ENCODERS: usize = 8;

/// The most bytes of codes, and of indexes, that are kept: those of a million faces under
/// two encoders.
const MAX_CODE_BYTES: usize = 1 << 30;

/// Everything that has been loaded for one open data set.
pub(super) struct DatasetCache {
    pub paths: Paths,
    pub dataset: Arc<Dataset>,
    pub device: Device,
    /// Set when another data set was opened: loading for this one is in vain.
    closed: AtomicBool,
    faces: Entries<FaceSpec, Faces>,
    models: Entries<ModelRef, LoadedModel>,
    codes: Entries<ModelRef, Codes>,
    code_indexes: Entries<(ModelRef, Measure), CodeIndex>,
    code_distributions: Entries<ModelRef, CodeDistribution>,
    classical: Entries<FaceSpec, ClassicalDenoisers>,
    code_size_curves: Entries<(String, u64), CodeSizeCurve>,
    judged: Entries<(EncoderRef, u64), JudgedEncoder>,
    known_faces: Entries<ModelRef, KnownFaces>,
    principal_axes: Entries<ModelRef, PrincipalAxes>,
    failures: Mutex<Vec<(Resource, String, Instant)>>,
}

/// A cached value, or why it is not there.
type Lookup<T> = Result<Arc<T>, Unavailable>;

impl DatasetCache {
    pub(crate) fn new(paths: Paths, dataset: Arc<Dataset>, device: Device) -> Self {
        Self {
            paths,
            dataset,
            device,
            closed: AtomicBool::new(false),
            faces: Entries::new(4),
            models: Entries::new(12),
            // 13,233 codes of 512 values are 27 MB, and each index holds them once more:
            // those of all encoders that Search shows stay together, and of large data
            // sets as many as the memory may hold.
            codes: Entries::within(MAX_ENCODERS, MAX_CODE_BYTES, |codes| 4 * codes.values.len()),
            code_indexes: Entries::within(MAX_ENCODERS + 2, MAX_CODE_BYTES, CodeIndex::bytes),
            code_distributions: Entries::new(4),
            classical: Entries::new(1),
            code_size_curves: Entries::new(2),
            judged: Entries::new(200),
            // Of 13,233 faces 50 MB.
            known_faces: Entries::new(2),
            principal_axes: Entries::new(4),
            failures: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(crate) fn faces(&self, spec: FaceSpec) -> Lookup<Faces> {
        self.or_unavailable(self.faces.get(&spec), || Resource::Faces(spec))
    }

    pub fn model(&self, reference: &ModelRef) -> Lookup<LoadedModel> {
        self.or_unavailable(self.models.get(reference), || {
            Resource::Model(reference.clone())
        })
    }

    pub(crate) fn codes(&self, reference: &ModelRef) -> Lookup<Codes> {
        self.or_unavailable(self.codes.get(reference), || {
            Resource::Codes(reference.clone())
        })
    }

    pub(crate) fn code_index(&self, reference: &ModelRef, measure: Measure) -> Lookup<CodeIndex> {
        let key = (reference.clone(), measure);
        self.or_unavailable(self.code_indexes.get(&key), || {
            Resource::CodeIndex(reference.clone(), measure)
        })
    }

    /// Whether an approximate index is built, or why it is not.
    pub(crate) fn built_index(
        &self,
        reference: &ModelRef,
        measure: Measure,
        kind: IndexKind,
    ) -> Result<(), Unavailable> {
        let index = self.code_index(reference, measure)?;
        let built = index.is_built(kind).then_some(index);
        let resource = || Resource::BuiltIndex(reference.clone(), measure, kind);
        self.or_unavailable(built, resource).map(drop)
    }

    /// A model's codes of all faces, ready to be searched.
    pub(crate) fn encoded_faces(
        &self,
        reference: &ModelRef,
        measure: Measure,
    ) -> Result<EncodedFaces, Unavailable> {
        let model = self.model(reference)?;
        Ok(EncodedFaces {
            faces: self.faces(model.faces)?,
            codes: self.codes(reference)?,
            index: self.code_index(reference, measure)?,
            model,
        })
    }

    pub(crate) fn code_distribution(&self, reference: &ModelRef) -> Lookup<CodeDistribution> {
        self.or_unavailable(self.code_distributions.get(reference), || {
            Resource::CodeDistribution(reference.clone())
        })
    }

    pub(crate) fn classical(&self, spec: FaceSpec) -> Lookup<ClassicalDenoisers> {
        self.or_unavailable(self.classical.get(&spec), || Resource::Classical(spec))
    }

    pub(crate) fn code_size_curve(&self, run: &str, stamp: u64) -> Lookup<CodeSizeCurve> {
        let key = (run.to_string(), stamp);
        self.or_unavailable(self.code_size_curves.get(&key), || {
            Resource::CodeSizeCurve(run.to_string(), stamp)
        })
    }

    pub(crate) fn judged(&self, encoder: &EncoderRef, stamp: u64) -> Lookup<JudgedEncoder> {
        let key = (encoder.clone(), stamp);
        self.or_unavailable(self.judged.get(&key), || {
            Resource::Judged(encoder.clone(), stamp)
        })
    }

    pub(crate) fn principal_axes(&self, reference: &ModelRef) -> Lookup<PrincipalAxes> {
        self.or_unavailable(self.principal_axes.get(reference), || {
            Resource::PrincipalAxes(reference.clone())
        })
    }

    pub(crate) fn put_principal_axes(&self, reference: ModelRef, axes: PrincipalAxes) {
        self.principal_axes.put(reference, axes);
    }

    pub(crate) fn known_faces(&self, reference: &ModelRef) -> Lookup<KnownFaces> {
        self.or_unavailable(self.known_faces.get(reference), || {
            Resource::KnownFaces(reference.clone())
        })
    }

    pub(crate) fn put_known_faces(&self, reference: ModelRef, known: KnownFaces) {
        self.known_faces.put(reference, known);
    }

    pub(crate) fn put_judged(&self, encoder: &EncoderRef, stamp: u64, judged: JudgedEncoder) {
        self.judged.put((encoder.clone(), stamp), judged);
    }

    pub(crate) fn put_code_size_curve(&self, run: &str, stamp: u64, curve: CodeSizeCurve) {
        self.code_size_curves.put((run.to_string(), stamp), curve);
    }

    pub(crate) fn put_classical(&self, spec: FaceSpec, classical: ClassicalDenoisers) {
        self.classical.put(spec, classical);
    }

    pub(crate) fn put_faces(&self, spec: FaceSpec, faces: Faces) {
        self.faces.put(spec, faces);
    }

    pub(crate) fn put_model(&self, model: LoadedModel) {
        self.models.put(model.reference.clone(), model);
    }

    pub(crate) fn put_codes(&self, reference: ModelRef, codes: Codes) {
        self.codes.put(reference, codes);
    }

    pub(crate) fn put_code_index(&self, reference: ModelRef, measure: Measure, index: CodeIndex) {
        self.code_indexes.put((reference, measure), index);
    }

    pub(crate) fn put_code_distribution(
        &self,
        reference: ModelRef,
        distribution: CodeDistribution,
    ) {
        self.code_distributions.put(reference, distribution);
    }

    /// Whether a resource is loaded.
    pub(crate) fn has(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Faces(spec) => self.faces.get(spec).is_some(),
            Resource::Model(reference) => self.models.get(reference).is_some(),
            Resource::Codes(reference) => self.codes.get(reference).is_some(),
            Resource::CodeIndex(reference, measure) => {
                let key = (reference.clone(), *measure);
                self.code_indexes.get(&key).is_some()
            }
            Resource::BuiltIndex(reference, measure, kind) => {
                let key = (reference.clone(), *measure);
                let index = self.code_indexes.get(&key);
                index.is_some_and(|index| index.is_built(*kind))
            }
            Resource::CodeDistribution(reference) => {
                self.code_distributions.get(reference).is_some()
            }
            Resource::Classical(spec) => self.classical.get(spec).is_some(),
            Resource::CodeSizeCurve(run, stamp) => {
                self.code_size_curves.get(&(run.clone(), *stamp)).is_some()
            }
            Resource::PrincipalAxes(reference) => self.principal_axes.get(reference).is_some(),
            Resource::KnownFaces(reference) => self.known_faces.get(reference).is_some(),
            Resource::Judged(encoder, stamp) => {
                self.judged.get(&(encoder.clone(), *stamp)).is_some()
            }
        }
    }

    /// Remembers for a moment that a resource cannot be loaded.
    pub(crate) fn record_failure(&self, resource: Resource, message: String) {
        let mut failures = lock(&self.failures);
        failures.retain(|(other, _, _)| *other != resource);
        failures.push((resource, message, Instant::now()));
    }

    /// Drops a run's model and its codes when it was read from another checkpoint
    /// than this.
    pub(crate) fn drop_stale_run(&self, reference: &ModelRef, checkpoint: &Path) {
        let is_stale = self
            .models
            .get(reference)
            .is_some_and(|model| model.checkpoint.as_deref() != Some(checkpoint));
        if is_stale {
            self.models.remove_where(|key| key == reference);
            self.codes.remove_where(|key| key == reference);
            self.code_indexes.remove_where(|(key, _)| key == reference);
            self.code_distributions.remove_where(|key| key == reference);
            self.known_faces.remove_where(|key| key == reference);
            self.principal_axes.remove_where(|key| key == reference);
        }
    }

    fn or_unavailable<T>(
        &self,
        cached: Option<Arc<T>>,
        resource: impl FnOnce() -> Resource,
    ) -> Lookup<T> {
        if let Some(cached) = cached {
            return Ok(cached);
        }
        let resource = resource();
        let mut failures = lock(&self.failures);
        failures.retain(|(_, _, when)| when.elapsed() < RETRY_AFTER);
        match failures.iter().find(|(other, _, _)| *other == resource) {
            Some((_, message, _)) => Err(Unavailable::Failed(message.clone())),
            None => Err(Unavailable::Pending(resource)),
        }
    }
}
