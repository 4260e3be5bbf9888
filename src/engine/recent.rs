//! What the worker keeps from one request to the next.

use std::sync::Arc;

use super::file_cache::FileCache;
use super::protocol::{RequestId, SearchRow};
use crate::model_store::ModelRef;

/// What was read or answered last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The picture file that was read last.
    pub files: FileCache,
    /// The search under way.
    pub search: SearchProgress,
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
