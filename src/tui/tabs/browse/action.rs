//! What Browse's own keys mean.

use crate::tui::endpoint::Endpoint;

/// An action of Browse alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowseAction {
    /// Enter a filter of names.
    Filter,
    /// Sort people the other way.
    ToggleSortOrder,
    /// Select the next person, even while the pictures have the focus.
    NextPerson,
    /// Select the previous person.
    PreviousPerson,
    /// Search the nearest neighbours of the picture.
    Search,
    /// Add noise to the picture.
    Denoise,
    /// Mark the picture for morphing.
    Mark(Endpoint),
    /// Mark the picture for a search of the marked faces' mean, or take the mark away.
    ToggleTag,
    /// Use the next model.
    NextModel,
}
