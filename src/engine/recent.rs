//! What the worker keeps from one request to the next.

use std::sync::Arc;

use super::file_cache::FileCache;
use super::protocol::{RequestId, SearchRow};
use crate::error::Result;
use crate::model_store::ModelRef;
use crate::search::Measure;

/// Encoders of which it is known how near faces usually are.
const MAX_USUAL: usize = 16;

/// What was read or answered last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The picture file that was read last.
    pub files: FileCache,
    /// The search under way.
    pub search: SearchProgress,
    /// How near faces usually are to their nearest.
    pub usual: UsualDistances,
}

/// How near faces usually are to their nearest, by data set, encoder and measure; the latest last.
#[derive(Debug, Default)]
pub(super) struct UsualDistances(Vec<(CodesKey, (f32, f32))>);

/// The data set's fingerprint, the encoder and how its codes are compared.
type CodesKey = (String, ModelRef, Measure);

impl UsualDistances {
    /// What is known, else what `measure` finds.
    ///
    /// # Errors
    /// Those of `measure`.
    pub(super) fn get_or_measure(
        &mut self,
        key: CodesKey,
        measure: impl FnOnce() -> Result<(f32, f32)>,
    ) -> Result<(f32, f32)> {
        if let Some((_, range)) = self.0.iter().find(|(known, _)| *known == key) {
            return Ok(*range);
        }
        let range = measure()?;
        if self.0.len() == MAX_USUAL {
            self.0.remove(0);
        }
        self.0.push((key, range));
        Ok(range)
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
    pub(super) fn of(&mut self, id: RequestId) -> &mut Self {
        if self.id != Some(id) {
            *self = Self {
                id: Some(id),
                ..Self::default()
            };
        }
        self
    }

    /// Whether nothing more will come of an encoder.
    pub(super) fn is_done(&self, encoder: &ModelRef) -> bool {
        self.rows.iter().any(|row| row.encoder == *encoder)
            || self.failed.iter().any(|(failed, _)| failed == encoder)
    }
}
