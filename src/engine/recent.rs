//! What the worker keeps from one request to the next.

use std::path::PathBuf;
use std::sync::Arc;

use super::draws_under_way::DrawsUnderWay;
use super::file_cache::FileCache;
use super::latest_draws::LatestDraws;
use super::protocol::{RequestId, SearchRow};
use super::sharp_work::SharpWork;
use crate::error::Result;
use crate::model_store::{Direction, ModelRef};
use crate::search::Measure;

/// Values of each kind that are kept: those of eight encoders and a few directions.
const MAX_KEPT: usize = 32;

/// What was read or answered last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The picture file that was read last.
    pub files: FileCache,
    /// The search under way.
    pub search: SearchProgress,
    /// Draws behind a damaged picture that have not arrived yet.
    pub posterior: Option<DrawsUnderWay>,
    /// How near faces usually are to their nearest.
    pub usual: Kept<(CodesKey, Measure), (f32, f32)>,
    /// Directions among codes.
    pub directions: Kept<(CodesKey, Direction), Arc<[f32]>>,
    /// Generated faces that a denoiser finishes, at most one work of each kind of request.
    pub sharp: Vec<SharpWork>,
    /// The faces that were drawn from noise last.
    pub draws: Option<LatestDraws>,
}

/// Whose codes of which pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CodesKey {
    /// The data set's.
    pub fingerprint: String,
    /// The encoder.
    pub encoder: ModelRef,
    /// Its checkpoint, which changes while it is trained.
    pub checkpoint: Option<PathBuf>,
}

/// The values that were computed last, so that a step of a slider does not compute them anew.
#[derive(Debug)]
pub(super) struct Kept<K, V>(Vec<(K, V)>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, V: Clone> Kept<K, V> {
    /// What is kept, else what `compute` finds.
    ///
    /// # Errors
    /// Those of `compute`.
    pub(super) fn get_or_compute(
        &mut self,
        key: K,
        compute: impl FnOnce() -> Result<V>,
    ) -> Result<V> {
        if let Some((_, value)) = self.0.iter().find(|(known, _)| *known == key) {
            return Ok(value.clone());
        }
        let value = compute()?;
        if self.0.len() == MAX_KEPT {
            self.0.remove(0);
        }
        self.0.push((key, value.clone()));
        Ok(value)
    }
}

/// The rows of a search that is answered in parts.
#[derive(Debug, Default)]
pub(super) struct SearchProgress {
    id: Option<RequestId>,
    /// Answered.
    pub rows: Vec<Arc<SearchRow>>,
    /// Cannot be answered, and why.
    pub failed: Vec<(ModelRef, String)>,
    /// The row of the encoder that answers meanwhile.
    pub meanwhile: Option<Arc<SearchRow>>,
}

impl SearchProgress {
    /// What is known of the answer to a request: nothing of a new one.
    pub(super) fn of(self, id: RequestId) -> Self {
        if self.id == Some(id) {
            return self;
        }
        Self {
            id: Some(id),
            ..Self::default()
        }
    }

    /// Whether nothing more will come of an encoder.
    pub(super) fn is_done(&self, encoder: &ModelRef) -> bool {
        self.rows.iter().any(|row| row.encoder == *encoder)
            || self.failed.iter().any(|(failed, _)| failed == encoder)
    }
}
