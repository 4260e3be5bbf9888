//! Morph's keys.

use crossterm::event::KeyCode;

use super::MorphAction;
use crate::tui::action::Action as Any;
use crate::tui::keymap::{Binding, Key, bind};

const fn own(action: MorphAction) -> Any {
    Any::Morph(action)
}

/// Morph's keys.
pub const KEYS: &[Binding] = &[
    bind(
        &[Key::code(KeyCode::Left)],
        own(MorphAction::Previous),
        "the picture before",
        Some("scrub"),
    ),
    bind(
        &[Key::code(KeyCode::Right)],
        own(MorphAction::Next),
        "the next picture",
        Some("scrub"),
    ),
    bind(
        &[Key::char('v')],
        own(MorphAction::NextMode),
        "the path from A to B, variations of A, or new faces",
        Some("morph/vary/new"),
    ),
    bind(
        &[Key::char('h')],
        own(MorphAction::Less),
        "a smaller radius or spread; path: the picture before",
        Some("radius"),
    ),
    bind(
        &[Key::char('l')],
        own(MorphAction::More),
        "a larger radius or spread; path: the next picture",
        Some("radius"),
    ),
    bind(
        &[Key::char('r')],
        own(MorphAction::NewSeed),
        "other variations or new faces",
        Some("renew"),
    ),
    bind(
        &[Key::char('g'), Key::code(KeyCode::Home)],
        Any::First,
        "to the first picture",
        None,
    ),
    bind(
        &[Key::char('G'), Key::code(KeyCode::End)],
        Any::Last,
        "to the last picture",
        None,
    ),
    bind(
        &[Key::char('[')],
        own(MorphAction::StepPerson(0, false)),
        "A: a face of the previous person",
        Some("A"),
    ),
    bind(
        &[Key::char(']')],
        own(MorphAction::StepPerson(0, true)),
        "A: a face of the next person",
        Some("A"),
    ),
    bind(
        &[Key::char('{')],
        own(MorphAction::StepPerson(1, false)),
        "B: a face of the previous person",
        Some("B"),
    ),
    bind(
        &[Key::char('}')],
        own(MorphAction::StepPerson(1, true)),
        "B: a face of the next person",
        Some("B"),
    ),
    bind(
        &[Key::char('a')],
        own(MorphAction::NextPicture(0)),
        "A: another picture of the same person",
        None,
    ),
    bind(
        &[Key::char('b')],
        own(MorphAction::NextPicture(1)),
        "B: another picture of the same person",
        None,
    ),
    bind(
        &[Key::char('x')],
        own(MorphAction::Swap),
        "swap A and B",
        Some("swap"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        own(MorphAction::MoreSteps),
        "more pictures from A to B",
        None,
    ),
    bind(
        &[Key::char('-')],
        own(MorphAction::FewerSteps),
        "fewer pictures from A to B",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Enter)],
        own(MorphAction::NearestToA),
        "the chosen picture's nearest real face becomes A",
        None,
    ),
    bind(
        &[Key::char('s')],
        own(MorphAction::Search),
        "search the chosen picture's nearest real face",
        None,
    ),
    bind(
        &[Key::char('m')],
        own(MorphAction::NextModel),
        "next model",
        Some("model"),
    ),
    bind(
        &[Key::char('w')],
        own(MorphAction::Save),
        "save the pictures as a PNG",
        Some("save"),
    ),
];
