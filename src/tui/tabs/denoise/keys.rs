//! Denoise's keys.

use crossterm::event::KeyCode;

use super::DenoiseAction;
use crate::tui::action::{Action as Any, Direction};
use crate::tui::keymap::{Binding, Key, bind};

const fn own(action: DenoiseAction) -> Any {
    Any::Denoise(action)
}

/// Denoise's keys.
pub const KEYS: &[Binding] = &[
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        own(DenoiseAction::Less),
        "a little less noise",
        Some("level"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(DenoiseAction::More),
        "a little more noise",
        Some("level"),
    ),
    bind(
        &[Key::char('H')],
        own(DenoiseAction::MuchLess),
        "much less noise",
        None,
    ),
    bind(
        &[Key::char('L')],
        own(DenoiseAction::MuchMore),
        "much more noise",
        None,
    ),
    bind(
        &[Key::char('g'), Key::code(KeyCode::Home)],
        Any::First,
        "no noise",
        None,
    ),
    bind(
        &[Key::char('G'), Key::code(KeyCode::End)],
        Any::Last,
        "as much as there is",
        None,
    ),
    bind(
        &[Key::char('.')],
        own(DenoiseAction::TypeLevel('.')),
        "type a level, such as .25: it follows each digit",
        Some("digits"),
    ),
    bind(
        &[Key::char('0')],
        own(DenoiseAction::TypeLevel('0')),
        "the same, such as 0.25, or 03 for three rectangles",
        None,
    ),
    bind(
        &[Key::char('k')],
        own(DenoiseAction::NextKind),
        "next kind of noise",
        Some("kind"),
    ),
    bind(
        &[Key::char('K')],
        own(DenoiseAction::PreviousKind),
        "previous kind of noise",
        None,
    ),
    bind(
        &[Key::char('r')],
        own(DenoiseAction::NewNoise),
        "new noise of the same level",
        Some("new noise"),
    ),
    bind(
        &[Key::char('[')],
        own(DenoiseAction::PreviousFace),
        "previous face",
        Some("face"),
    ),
    bind(
        &[Key::char(']')],
        own(DenoiseAction::NextFace),
        "next face",
        Some("face"),
    ),
    bind(
        &[Key::char('{')],
        own(DenoiseAction::PreviousPerson),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('}')],
        own(DenoiseAction::NextPerson),
        "next person",
        None,
    ),
    bind(
        &[Key::char('v')],
        own(DenoiseAction::ChooseModels),
        "choose which models are shown",
        Some("methods"),
    ),
    bind(
        &[Key::char('c')],
        own(DenoiseAction::ToggleClassical),
        "the Wiener filter, non-local means and total variation beside",
        Some("classical"),
    ),
    bind(
        &[Key::char('p')],
        own(DenoiseAction::ToggleChart),
        "PSNR at every level of the noise, as a chart",
        Some("chart"),
    ),
    bind(
        &[Key::char('w')],
        own(DenoiseAction::Save),
        "save the pictures as a PNG",
        Some("save"),
    ),
    bind(
        &[Key::char('s')],
        own(DenoiseAction::Search),
        "search the nearest faces of this one",
        None,
    ),
];

/// The table while methods are chosen.
const PICKER: &[Binding] = &[
    bind(
        &[Key::char('j'), Key::code(KeyCode::Down)],
        Any::Move(Direction::Down),
        "down",
        Some("move"),
    ),
    bind(
        &[Key::char('k'), Key::code(KeyCode::Up)],
        Any::Move(Direction::Up),
        "up",
        Some("move"),
    ),
    bind(
        &[Key::char(' ')],
        own(DenoiseAction::Toggle),
        "take the model in or out",
        Some("in or out"),
    ),
    bind(
        &[
            Key::char('v'),
            Key::code(KeyCode::Enter),
            Key::code(KeyCode::Esc),
            Key::char('q'),
        ],
        Any::Back,
        "done",
        Some("done"),
    ),
];

/// The table while a level is typed; every other key ends that and does what
/// it always does.
const TYPING: &[Binding] = &[
    digit(
        &[Key::char('0')],
        '0',
        "a digit of the level",
        Some("digits"),
    ),
    digit(&[Key::char('1')], '1', "a digit of the level", None),
    digit(&[Key::char('2')], '2', "a digit of the level", None),
    digit(&[Key::char('3')], '3', "a digit of the level", None),
    digit(&[Key::char('4')], '4', "a digit of the level", None),
    digit(&[Key::char('5')], '5', "a digit of the level", None),
    digit(&[Key::char('6')], '6', "a digit of the level", None),
    digit(&[Key::char('7')], '7', "a digit of the level", None),
    digit(&[Key::char('8')], '8', "a digit of the level", None),
    digit(
        &[Key::char('9')],
        '9',
        "a digit of the level",
        Some("digits"),
    ),
    digit(&[Key::char('.')], '.', "the point", None),
    bind(
        &[Key::code(KeyCode::Backspace)],
        Any::Erase,
        "erase a digit",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::code(KeyCode::Esc)],
        Any::Accept,
        "done",
        Some("done"),
    ),
];

const fn digit(
    keys: &'static [Key],
    digit: char,
    help: &'static str,
    footer: Option<&'static str>,
) -> Binding {
    bind(keys, own(DenoiseAction::TypeLevel(digit)), help, footer)
}

/// Which of [`PARTS`] is in force while a level is typed.
pub const TYPING_PART: usize = 1;

/// Tables of Denoise's parts.
pub const PARTS: &[&[Binding]] = &[PICKER, TYPING];
