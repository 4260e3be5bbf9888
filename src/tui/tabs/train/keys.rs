//! Train's keys.

use crossterm::event::KeyCode;

use super::TrainAction;
use crate::tui::action::{Action as Any, Direction};
use crate::tui::keymap::{Binding, Key, MOTIONS, bind};

const fn own(action: TrainAction) -> Any {
    Any::Train(action)
}

/// Train's keys.
pub const KEYS: &[Binding] = &[
    bind(
        &[Key::char('n')],
        own(TrainAction::OpenForm),
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
        own(TrainAction::Pause),
        "pause the run, or let it go on",
        Some("pause"),
    ),
    bind(
        &[Key::char('x')],
        own(TrainAction::Stop),
        "stop the run after its step, with a checkpoint",
        Some("stop"),
    ),
    bind(
        &[Key::char('X')],
        own(TrainAction::StopAfterEpoch),
        "stop the run after its epoch",
        None,
    ),
    bind(
        &[Key::char('c')],
        own(TrainAction::Checkpoint),
        "save the run now",
        Some("checkpoint"),
    ),
    bind(
        &[Key::char('r')],
        own(TrainAction::Resume),
        "go on with a paused, stopped or crashed run",
        Some("resume"),
    ),
    bind(
        &[Key::char('B')],
        own(TrainAction::RollBack),
        "back to the last checkpoint, at a tenth of the rate",
        None,
    ),
    bind(
        &[Key::char(' ')],
        own(TrainAction::ToggleCompared),
        "take the run into the chart for comparison, or out",
        Some("compare"),
    ),
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        own(TrainAction::MoveCursor(false)),
        "the chart's cursor to the left; the faces follow",
        Some("cursor"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(TrainAction::MoveCursor(true)),
        "the chart's cursor to the right",
        Some("cursor"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        own(TrainAction::Zoom(true)),
        "look closer, around the cursor or the end",
        Some("zoom"),
    ),
    bind(
        &[Key::char('-')],
        own(TrainAction::Zoom(false)),
        "look from farther away",
        Some("zoom"),
    ),
    bind(
        &[Key::char('o')],
        own(TrainAction::ToggleLogValues),
        "logarithmic or linear values",
        Some("log"),
    ),
    bind(
        &[Key::char('O')],
        own(TrainAction::ToggleLogSteps),
        "logarithmic or linear steps",
        None,
    ),
    bind(
        &[Key::char('u')],
        own(TrainAction::NextMetric),
        "chart loss, learning rate, images/s, or the GPU",
        Some("chart"),
    ),
    bind(
        &[Key::char('v')],
        own(TrainAction::ToggleSettingsDiff),
        "what compared runs were asked to do differently",
        None,
    ),
    bind(
        &[Key::char('e')],
        own(TrainAction::ToggleCodeSizeChart),
        "held-out error against code size, or the chart",
        Some("codes"),
    ),
    bind(
        &[Key::char('w')],
        own(TrainAction::ToggleWorst),
        "the faces rebuilt worst now, or always the same",
        None,
    ),
    bind(
        &[Key::char('[')],
        own(TrainAction::ScaleLearningRate(false)),
        "half the learning rate, from the next step on",
        None,
    ),
    bind(
        &[Key::char(']')],
        own(TrainAction::ScaleLearningRate(true)),
        "double the learning rate",
        None,
    ),
    bind(
        &[Key::char('{')],
        own(TrainAction::StepNoise(false)),
        "less noise to learn to undo, from the next step on",
        None,
    ),
    bind(
        &[Key::char('}')],
        own(TrainAction::StepNoise(true)),
        "more noise",
        None,
    ),
    bind(
        &[Key::char('m')],
        own(TrainAction::NextSmoothing),
        "more smoothing, or none",
        Some("smooth"),
    ),
    bind(
        &[Key::code(KeyCode::Delete), Key::char('d')],
        own(TrainAction::Remove),
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
        own(TrainAction::StepValue(false)),
        "the value before",
        Some("value"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(TrainAction::StepValue(true)),
        "the next value",
        Some("value"),
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::char('i')],
        own(TrainAction::Edit),
        "type the value",
        Some("type"),
    ),
    bind(
        &[Key::char('s')],
        own(TrainAction::Start),
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
const CONFIRM_REMOVAL: &[Binding] = &[
    bind(
        &[Key::char('y')],
        own(TrainAction::Confirm),
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
pub const PARTS: &[&[Binding]] = &[FORM, CONFIRM_REMOVAL];
