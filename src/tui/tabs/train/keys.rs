//! Train's keys.

use crossterm::event::KeyCode;

use super::Action;
use crate::tui::action::{Action as Any, Direction};
use crate::tui::keymap::{Binding, Key, MOTIONS, bind};

const fn own(action: Action) -> Any {
    Any::Train(action)
}

/// Train's keys.
pub const KEYS: &[Binding] = &[
    bind(
        &[Key::char('n')],
        own(Action::New),
        "start a new run",
        Some("new"),
    ),
    bind(
        &[Key::char('j'), Key::code(KeyCode::Down)],
        Any::Move(Direction::Down),
        "the run below",
        Some("run"),
    ),
    bind(
        &[Key::char('k'), Key::code(KeyCode::Up)],
        Any::Move(Direction::Up),
        "the run above",
        Some("run"),
    ),
    MOTIONS[6],
    MOTIONS[7],
    bind(
        &[Key::char('p')],
        own(Action::Pause),
        "pause the run, or let it go on",
        Some("pause"),
    ),
    bind(
        &[Key::char('x')],
        own(Action::Stop),
        "stop the run after its step, with a checkpoint",
        Some("stop"),
    ),
    bind(
        &[Key::char('X')],
        own(Action::StopAfterEpoch),
        "stop the run after its epoch",
        None,
    ),
    bind(
        &[Key::char('c')],
        own(Action::Checkpoint),
        "save the run now",
        Some("checkpoint"),
    ),
    bind(
        &[Key::char('r')],
        own(Action::Resume),
        "go on with a paused, stopped or crashed run",
        Some("resume"),
    ),
    bind(
        &[Key::char('B')],
        own(Action::RollBack),
        "back to the last checkpoint, at a tenth of the rate",
        None,
    ),
    bind(
        &[Key::char(' ')],
        own(Action::Compare),
        "take the run into the chart for comparison, or out",
        Some("compare"),
    ),
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        own(Action::Cursor(false)),
        "the chart's cursor to the left; the faces follow",
        Some("cursor"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(Action::Cursor(true)),
        "the chart's cursor to the right",
        Some("cursor"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        own(Action::Zoom(true)),
        "look closer, around the cursor or the end",
        Some("zoom"),
    ),
    bind(
        &[Key::char('-')],
        own(Action::Zoom(false)),
        "look from farther away",
        Some("zoom"),
    ),
    bind(
        &[Key::char('o')],
        own(Action::Log),
        "logarithmic or linear values",
        Some("log"),
    ),
    bind(
        &[Key::char('O')],
        own(Action::LogSteps),
        "logarithmic or linear steps",
        None,
    ),
    bind(
        &[Key::char('u')],
        own(Action::Quantity),
        "chart loss, learning rate, images/s, or the GPU",
        Some("chart"),
    ),
    bind(
        &[Key::char('v')],
        own(Action::Differences),
        "what compared runs were asked to do differently",
        None,
    ),
    bind(
        &[Key::char('e')],
        own(Action::Codes),
        "held-out error against code size, or the chart",
        Some("codes"),
    ),
    bind(
        &[Key::char('w')],
        own(Action::Worst),
        "the faces rebuilt worst now, or always the same",
        None,
    ),
    bind(
        &[Key::char('[')],
        own(Action::Rate(false)),
        "half the learning rate, from the next step on",
        None,
    ),
    bind(
        &[Key::char(']')],
        own(Action::Rate(true)),
        "double the learning rate",
        None,
    ),
    bind(
        &[Key::char('{')],
        own(Action::Noise(false)),
        "less noise to learn to undo, from the next step on",
        None,
    ),
    bind(
        &[Key::char('}')],
        own(Action::Noise(true)),
        "more noise",
        None,
    ),
    bind(
        &[Key::char('m')],
        own(Action::Smooth),
        "more smoothing, or none",
        Some("smooth"),
    ),
    bind(
        &[Key::code(KeyCode::Delete), Key::char('d')],
        own(Action::Remove),
        "remove the run and its files",
        None,
    ),
];

/// The form's table.
const FORM: &[Binding] = &[
    bind(
        &[
            Key::char('j'),
            Key::code(KeyCode::Down),
            Key::code(KeyCode::Tab),
        ],
        Any::Move(Direction::Down),
        "the field below",
        Some("field"),
    ),
    bind(
        &[
            Key::char('k'),
            Key::code(KeyCode::Up),
            Key::code(KeyCode::BackTab),
        ],
        Any::Move(Direction::Up),
        "the field above",
        Some("field"),
    ),
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        own(Action::Value(false)),
        "the value before",
        Some("value"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(Action::Value(true)),
        "the next value",
        Some("value"),
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::char('i')],
        own(Action::Edit),
        "type the value",
        Some("type"),
    ),
    bind(
        &[Key::char('s')],
        own(Action::Start),
        "start the run; it goes on when the screen is closed",
        Some("start"),
    ),
    bind(
        &[Key::code(KeyCode::Esc), Key::char('q')],
        Any::Back,
        "close the form",
        Some("close"),
    ),
];

/// The table while a removal waits for its confirmation.
const REMOVING: &[Binding] = &[
    bind(
        &[Key::char('y')],
        own(Action::Confirm),
        "remove it",
        Some("remove it"),
    ),
    bind(
        &[Key::char('n'), Key::code(KeyCode::Esc), Key::char('q')],
        Any::Back,
        "keep it",
        Some("keep it"),
    ),
];

/// Tables of Train's parts.
pub const PARTS: &[&[Binding]] = &[FORM, REMOVING];
