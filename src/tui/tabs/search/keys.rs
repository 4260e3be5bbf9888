//! Search's keys.

use crossterm::event::KeyCode;

use super::action::SearchAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::Key;
use crate::tui::keymap::shared::{self, MOTIONS};
use crate::tui::keymap::{Binding, Keymap, bind};

/// Search's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

const fn search(action: SearchAction) -> Action {
    Action::Search(action)
}

const KEYS: &[Binding<Action>] = &[
    MOTIONS[0],
    MOTIONS[1],
    MOTIONS[2],
    MOTIONS[3],
    MOTIONS[4],
    MOTIONS[5],
    MOTIONS[6],
    MOTIONS[7],
    bind(
        &[Key::code(KeyCode::Enter)],
        search(SearchAction::Query),
        "make the selected face the query",
        Some("query"),
    ),
    bind(
        &[Key::code(KeyCode::Backspace)],
        search(SearchAction::Back),
        "back to the previous query",
        Some("back"),
    ),
    bind(
        &[Key::char('o')],
        search(SearchAction::OpenFile),
        "open a picture file as the query",
        Some("file"),
    ),
    bind(
        &[Key::char('m')],
        search(SearchAction::NextModel),
        "next model",
        Some("model"),
    ),
    bind(
        &[Key::char('i')],
        search(SearchAction::ToggleIndex),
        "exact search, or hashing",
        Some("index"),
    ),
    bind(
        &[Key::char('n')],
        search(SearchAction::ToggleMetric),
        "Euclidean or cosine distance",
        Some("metric"),
    ),
    bind(
        &[Key::char('w')],
        search(SearchAction::ToggleWhitening),
        "compare whitened codes, or plain ones",
        Some("whiten"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        search(SearchAction::More),
        "more neighbours",
        Some("more"),
    ),
    bind(
        &[Key::char('-')],
        search(SearchAction::Fewer),
        "fewer neighbours",
        None,
    ),
    bind(
        &[Key::char('d')],
        search(SearchAction::Denoise),
        "denoise the selected face",
        None,
    ),
    bind(
        &[Key::char('a')],
        search(SearchAction::Mark(Endpoint::A)),
        "mark the selected face as A, where a morph begins",
        None,
    ),
    bind(
        &[Key::char('b')],
        search(SearchAction::Mark(Endpoint::B)),
        "mark the selected face as B, where a morph ends",
        None,
    ),
];
