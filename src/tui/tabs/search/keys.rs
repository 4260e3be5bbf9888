//! Search's keys.

use super::action::SearchAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::{BACKSPACE, ENTER, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};

/// Search's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab_with_motions(KEYS);

const fn search(action: SearchAction) -> Action {
    Action::Search(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    ENTER => search(SearchAction::Query), "make the selected face the query", "query";
    BACKSPACE => search(SearchAction::Back), "back to the previous query", "back";
    key('o') => search(SearchAction::OpenFile), "open a picture file as the query", "file";
    key('m') => search(SearchAction::NextModel), "next model", "model";
    key('i') => search(SearchAction::ToggleIndex), "exact search, or hashing", "index";
    key('n') => search(SearchAction::ToggleMetric), "Euclidean or cosine distance", "metric";
    key('w') => search(SearchAction::ToggleWhitening),
        "compare whitened codes, or plain ones", "whiten";
    key('+'), key('=') => search(SearchAction::More), "more neighbours", "more";
    key('-') => search(SearchAction::Fewer), "fewer neighbours";
    key('d') => search(SearchAction::Denoise), "denoise the selected face";
    key('a') => search(SearchAction::Mark(Endpoint::A)),
        "mark the selected face as A, where a morph begins";
    key('b') => search(SearchAction::Mark(Endpoint::B)),
        "mark the selected face as B, where a morph ends";
};
