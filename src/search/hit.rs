//! A result of a search.

use serde::{Deserialize, Serialize};

/// One neighbour of a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Row in the code table: the picture's index in its data set.
    pub row: usize,
    /// Distance under the index's [`Metric`](super::Metric).
    pub distance: f32,
}
