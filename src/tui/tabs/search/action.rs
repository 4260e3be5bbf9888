//! What Search's own keys mean.

use crate::tui::endpoint::Endpoint;

/// An action of Search alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchAction {
    /// The neighbour under the cursor becomes the query.
    Query,
    /// Back to the previous query.
    Back,
    /// Enter the path of a picture file as the query.
    OpenFile,
    /// Use the next model.
    NextModel,
    /// Exact search or hashing.
    ToggleIndex,
    /// Euclidean or cosine distance.
    ToggleMetric,
    /// Whitened codes or plain ones.
    ToggleWhitening,
    /// More neighbours.
    More,
    /// Fewer neighbours.
    Fewer,
    /// Add noise to the neighbour under the cursor.
    Denoise,
    /// Mark the neighbour under the cursor for morphing.
    Mark(Endpoint),
}
