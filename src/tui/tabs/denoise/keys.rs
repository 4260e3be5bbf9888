//! Denoise's keys.

use crossterm::event::KeyCode;

use super::action::DenoiseAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::Key;
use crate::tui::keymap::{Binding, Keymap, bind, shared};
use crate::tui::motion::{Direction, Step};

/// While the pictures or the chart are shown.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

/// While the picker of models is open.
pub(crate) const PICKER: Keymap<Action> = shared::modal(PICKER_KEYS);

/// While a level is typed. Every other key ends that and does what it always
/// does.
pub(crate) const LEVEL_INPUT: Keymap<Action> = Keymap {
    fallback: KEYS,
    ..shared::modal(LEVEL_KEYS)
};

const fn denoise(action: DenoiseAction) -> Action {
    Action::Denoise(action)
}

const KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        denoise(DenoiseAction::MoveSlider(-1)),
        "a little less noise",
        Some("level"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        denoise(DenoiseAction::MoveSlider(1)),
        "a little more noise",
        Some("level"),
    ),
    bind(
        &[Key::char('H')],
        denoise(DenoiseAction::MoveSlider(-5)),
        "much less noise",
        None,
    ),
    bind(
        &[Key::char('L')],
        denoise(DenoiseAction::MoveSlider(5)),
        "much more noise",
        None,
    ),
    bind(
        &[Key::char('g'), Key::code(KeyCode::Home)],
        Action::First,
        "no noise",
        None,
    ),
    bind(
        &[Key::char('G'), Key::code(KeyCode::End)],
        Action::Last,
        "most noise",
        None,
    ),
    bind(
        &[Key::char('.')],
        denoise(DenoiseAction::TypeLevel('.')),
        "type a level, such as .25; each digit counts at once",
        Some("digits"),
    ),
    bind(
        &[Key::char('0')],
        denoise(DenoiseAction::TypeLevel('0')),
        "the same, such as 0.25, or 03 for three rectangles",
        None,
    ),
    bind(
        &[Key::char('k')],
        denoise(DenoiseAction::StepKind(Step::Next)),
        "next kind of noise",
        Some("kind"),
    ),
    bind(
        &[Key::char('K')],
        denoise(DenoiseAction::StepKind(Step::Previous)),
        "previous kind of noise",
        None,
    ),
    bind(
        &[Key::char('r')],
        denoise(DenoiseAction::NewNoise),
        "new noise of the same level",
        Some("new noise"),
    ),
    bind(
        &[Key::char('[')],
        denoise(DenoiseAction::StepFace(Step::Previous)),
        "previous face",
        Some("face"),
    ),
    bind(
        &[Key::char(']')],
        denoise(DenoiseAction::StepFace(Step::Next)),
        "next face",
        Some("face"),
    ),
    bind(
        &[Key::char('{')],
        denoise(DenoiseAction::StepPerson(Step::Previous)),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('}')],
        denoise(DenoiseAction::StepPerson(Step::Next)),
        "next person",
        None,
    ),
    bind(
        &[Key::char('v')],
        denoise(DenoiseAction::ChooseModels),
        "choose the models shown",
        Some("methods"),
    ),
    bind(
        &[Key::char('c')],
        denoise(DenoiseAction::ToggleClassical),
        "compare with Wiener, non-local means and total variation",
        Some("classical"),
    ),
    bind(
        &[Key::char('p')],
        denoise(DenoiseAction::ToggleChart),
        "chart PSNR at every noise level",
        Some("chart"),
    ),
    bind(
        &[Key::char('w')],
        denoise(DenoiseAction::Save),
        "save the pictures as a PNG",
        Some("save"),
    ),
    bind(
        &[Key::char('s')],
        denoise(DenoiseAction::Search),
        "search for the nearest faces",
        None,
    ),
];

const PICKER_KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::char('j'), Key::code(KeyCode::Down)],
        Action::Move(Direction::Down),
        "down",
        Some("move"),
    ),
    bind(
        &[Key::char('k'), Key::code(KeyCode::Up)],
        Action::Move(Direction::Up),
        "up",
        Some("move"),
    ),
    bind(
        &[Key::char(' ')],
        denoise(DenoiseAction::Toggle),
        "show the model or leave it out",
        Some("show/hide"),
    ),
    bind(
        &[
            Key::char('v'),
            Key::code(KeyCode::Enter),
            Key::code(KeyCode::Esc),
            Key::char('q'),
        ],
        Action::Back,
        "done",
        Some("done"),
    ),
];

const LEVEL_KEYS: &[Binding<Action>] = &[
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
    digit(&[Key::char('.')], '.', "the decimal point", None),
    bind(
        &[Key::code(KeyCode::Backspace)],
        Action::Erase,
        "delete a digit",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::code(KeyCode::Esc)],
        Action::Accept,
        "done",
        Some("done"),
    ),
];

const fn digit(
    keys: &'static [Key],
    digit: char,
    help: &'static str,
    footer: Option<&'static str>,
) -> Binding<Action> {
    bind(keys, denoise(DenoiseAction::TypeLevel(digit)), help, footer)
}
