//! Browse's keys.

use crossterm::event::KeyCode;

use super::action::BrowseAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::Key;
use crate::tui::keymap::shared::{self, MOTIONS};
use crate::tui::keymap::{Binding, Keymap, bind};

/// Browse's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

const fn browse(action: BrowseAction) -> Action {
    Action::Browse(action)
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
        &[Key::char('/')],
        browse(BrowseAction::Filter),
        "filter people by a part of their name",
        Some("filter"),
    ),
    bind(
        &[Key::char('o')],
        browse(BrowseAction::ToggleSortOrder),
        "sort people by name or by count",
        Some("order"),
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::char(' ')],
        Action::Enter,
        "into the person's pictures, and back",
        Some("pictures"),
    ),
    bind(
        &[Key::char('n')],
        browse(BrowseAction::NextPerson),
        "next person",
        None,
    ),
    bind(
        &[Key::char('N')],
        browse(BrowseAction::PreviousPerson),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('s')],
        browse(BrowseAction::Search),
        "search for the nearest faces",
        Some("search"),
    ),
    bind(
        &[Key::char('d')],
        browse(BrowseAction::Denoise),
        "add noise to this face and remove it",
        Some("denoise"),
    ),
    bind(
        &[Key::char('a')],
        browse(BrowseAction::Mark(Endpoint::A)),
        "mark as A, where a morph begins",
        Some("mark"),
    ),
    bind(
        &[Key::char('b')],
        browse(BrowseAction::Mark(Endpoint::B)),
        "mark as B, where a morph ends",
        Some("mark"),
    ),
    bind(
        &[Key::char('m')],
        browse(BrowseAction::NextModel),
        "next model",
        Some("model"),
    ),
];
