//! Draws that have not arrived yet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::protocol::RequestId;
use crate::generation::Sampling;
use crate::model_store::LoadedModel;

/// The draws of one request, which are made in turns so that other requests do not wait.
pub(super) struct DrawsUnderWay {
    /// Whose they are.
    pub id: RequestId,
    /// Who draws them.
    pub model: Arc<LoadedModel>,
    /// How far they are.
    pub sampling: Sampling,
    /// The clean picture `[size, size, 3]`.
    pub clean: Vec<f32>,
    /// The damaged one.
    pub damaged: Vec<f32>,
    /// Time of the passes so far.
    pub elapsed: Duration,
}

impl fmt::Debug for DrawsUnderWay {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "DrawsUnderWay({:?})", self.id)
    }
}
