//! Browse's keys.

use super::action::BrowseAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::{ENTER, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};

/// Browse's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab_with_motions(KEYS);

const fn browse(action: BrowseAction) -> Action {
    Action::Browse(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    key('/') => browse(BrowseAction::Filter), "filter people by a part of their name", "filter";
    key('o') => browse(BrowseAction::ToggleSortOrder), "sort people by name or by count", "order";
    ENTER, key(' ') => Action::Enter, "into the person's pictures, and back", "pictures";
    key('n') => browse(BrowseAction::NextPerson), "next person";
    key('N') => browse(BrowseAction::PreviousPerson), "previous person";
    key('s') => browse(BrowseAction::Search), "search for the nearest faces", "search";
    key('d') => browse(BrowseAction::Denoise), "add noise to this face and remove it", "denoise";
    key('a') => browse(BrowseAction::Mark(Endpoint::A)), "mark as A, where a morph begins", "mark";
    key('b') => browse(BrowseAction::Mark(Endpoint::B)), "mark as B, where a morph ends", "mark";
    key('t') => browse(BrowseAction::ToggleTag), "mark for a mean, and Morph's direction and square";
    key('T') => Action::SearchTagged, "search the mean of the marked faces";
    key('m') => browse(BrowseAction::NextModel), "next model", "model";
};
