//! Morph's keys.

use crossterm::event::KeyCode;

use super::action::MorphAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::Key;
use crate::tui::keymap::{Binding, Keymap, bind, shared};
use crate::tui::motion::Step;

/// Morph's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

const fn morph(action: MorphAction) -> Action {
    Action::Morph(action)
}

const KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::code(KeyCode::Left)],
        morph(MorphAction::StepPicture(Step::Previous)),
        "the previous picture",
        Some("scrub"),
    ),
    bind(
        &[Key::code(KeyCode::Right)],
        morph(MorphAction::StepPicture(Step::Next)),
        "the next picture",
        Some("scrub"),
    ),
    bind(
        &[Key::char('v')],
        morph(MorphAction::NextMode),
        "the path from A to B, variations of A, or new faces",
        Some("morph/vary/new"),
    ),
    bind(
        &[Key::char('h')],
        morph(MorphAction::MoveSlider(Step::Previous)),
        "a smaller radius or spread; path: the previous picture",
        Some("radius"),
    ),
    bind(
        &[Key::char('l')],
        morph(MorphAction::MoveSlider(Step::Next)),
        "a larger radius or spread; path: the next picture",
        Some("radius"),
    ),
    bind(
        &[Key::char('r')],
        morph(MorphAction::NewSeed),
        "other variations or new faces",
        Some("renew"),
    ),
    bind(
        &[Key::char('g'), Key::code(KeyCode::Home)],
        Action::First,
        "to the first picture",
        None,
    ),
    bind(
        &[Key::char('G'), Key::code(KeyCode::End)],
        Action::Last,
        "to the last picture",
        None,
    ),
    bind(
        &[Key::char('[')],
        morph(MorphAction::StepPerson(Endpoint::A, Step::Previous)),
        "A: a face of the previous person",
        Some("A"),
    ),
    bind(
        &[Key::char(']')],
        morph(MorphAction::StepPerson(Endpoint::A, Step::Next)),
        "A: a face of the next person",
        Some("A"),
    ),
    bind(
        &[Key::char('{')],
        morph(MorphAction::StepPerson(Endpoint::B, Step::Previous)),
        "B: a face of the previous person",
        Some("B"),
    ),
    bind(
        &[Key::char('}')],
        morph(MorphAction::StepPerson(Endpoint::B, Step::Next)),
        "B: a face of the next person",
        Some("B"),
    ),
    bind(
        &[Key::char('a')],
        morph(MorphAction::NextPicture(Endpoint::A)),
        "A: another picture of the same person",
        None,
    ),
    bind(
        &[Key::char('b')],
        morph(MorphAction::NextPicture(Endpoint::B)),
        "B: another picture of the same person",
        None,
    ),
    bind(
        &[Key::char('x')],
        morph(MorphAction::Swap),
        "swap A and B",
        Some("swap"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        morph(MorphAction::MoreSteps),
        "more pictures from A to B",
        None,
    ),
    bind(
        &[Key::char('-')],
        morph(MorphAction::FewerSteps),
        "fewer pictures from A to B",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Enter)],
        morph(MorphAction::NearestToA),
        "the nearest real face of the picture becomes A",
        None,
    ),
    bind(
        &[Key::char('s')],
        morph(MorphAction::Search),
        "search with the nearest real face of the picture",
        None,
    ),
    bind(
        &[Key::char('m')],
        morph(MorphAction::NextModel),
        "next model",
        Some("model"),
    ),
    bind(
        &[Key::char('w')],
        morph(MorphAction::Save),
        "save the pictures as a PNG",
        Some("save"),
    ),
];
