//! What Search's own keys mean.

use crate::tui::endpoint::Endpoint;
use crate::tui::motion::Step;

/// An action of Search alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchAction {
    /// The neighbour under the cursor becomes the query.
    Query,
    /// Back to the previous query.
    Back,
    /// Enter the path of a picture file as the query.
    OpenFile,
    /// Choose which part of the query's file is the face.
    Crop,
    /// Mark the neighbour under the cursor for a search of the marked faces' mean, or take
    /// the mark away.
    ToggleTag,
    /// Take all marks away.
    Untag,
    /// Enter what is added to the query.
    AddTerm,
    /// More or less of what was added last.
    StepAmount(Step),
    /// Enter a filter of the pictures that are found.
    Filter,
    /// Walk from neighbour to neighbour until the person changes.
    Walk,
    /// End the walk.
    StopWalk,
    /// Open the list of encoders.
    ChooseEncoders,
    /// In the list: show an encoder or leave it out.
    ToggleEncoder,
    /// In the list: show this encoder alone.
    OnlyEncoder,
    /// In the list: the encoders that are shown at first.
    DefaultEncoders,
    /// Exact search or hashing.
    ToggleIndex,
    /// Euclidean or cosine distance.
    ToggleMetric,
    /// Whitened codes or plain ones.
    ToggleWhitening,
    /// Copies of the query too, or not.
    ToggleCopies,
    /// A page of neighbours on or back.
    Page(Step),
    /// Larger or smaller pictures.
    Zoom(Step),
    /// Add noise to the neighbour under the cursor.
    Denoise,
    /// Mark the neighbour under the cursor for morphing.
    Mark(Endpoint),
}
