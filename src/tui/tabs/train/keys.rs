//! Train's keys.

use crossterm::event::KeyCode;

use super::action::TrainAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::Key;
use crate::tui::keymap::shared::{self, FIRST, LAST};
use crate::tui::keymap::{Binding, Keymap, bind};
use crate::tui::motion::{Direction, Step};

/// While the runs are shown.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

/// While the form is open.
pub(crate) const FORM: Keymap<Action> = shared::modal(FORM_KEYS);

/// While a removal waits for its confirmation.
pub(crate) const CONFIRM_REMOVAL: Keymap<Action> = shared::modal(CONFIRM_KEYS);

const fn train(action: TrainAction) -> Action {
    Action::Train(action)
}

const KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::char('n')],
        train(TrainAction::OpenForm),
        "start a new run",
        Some("new"),
    ),
    bind(
        &[Key::char('j'), Key::code(KeyCode::Down)],
        Action::Move(Direction::Down),
        "the run below",
        Some("run"),
    ),
    bind(
        &[Key::char('k'), Key::code(KeyCode::Up)],
        Action::Move(Direction::Up),
        "the run above",
        Some("run"),
    ),
    FIRST,
    LAST,
    bind(
        &[Key::char('p')],
        train(TrainAction::Pause),
        "pause or resume the run",
        Some("pause"),
    ),
    bind(
        &[Key::char('x')],
        train(TrainAction::Stop),
        "stop the run after the current step, with a checkpoint",
        Some("stop"),
    ),
    bind(
        &[Key::char('X')],
        train(TrainAction::StopAfterEpoch),
        "stop the run after the epoch",
        None,
    ),
    bind(
        &[Key::char('c')],
        train(TrainAction::Checkpoint),
        "save a checkpoint now",
        Some("checkpoint"),
    ),
    bind(
        &[Key::char('r')],
        train(TrainAction::Resume),
        "resume a paused, stopped or crashed run",
        Some("resume"),
    ),
    bind(
        &[Key::char('B')],
        train(TrainAction::RollBack),
        "roll back to the last checkpoint, at 1/10 the rate",
        None,
    ),
    bind(
        &[Key::char(' ')],
        train(TrainAction::ToggleCompared),
        "add the run to the chart for comparison, or remove it",
        Some("compare"),
    ),
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        train(TrainAction::MoveCursor(Step::Previous)),
        "move the chart's cursor left; the faces follow",
        Some("cursor"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        train(TrainAction::MoveCursor(Step::Next)),
        "move the chart's cursor right",
        Some("cursor"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        train(TrainAction::ZoomIn),
        "zoom in, at the cursor or the end",
        Some("zoom"),
    ),
    bind(
        &[Key::char('-')],
        train(TrainAction::ZoomOut),
        "zoom out",
        Some("zoom"),
    ),
    bind(
        &[Key::char('o')],
        train(TrainAction::ToggleLogValues),
        "logarithmic or linear values",
        Some("log"),
    ),
    bind(
        &[Key::char('O')],
        train(TrainAction::ToggleLogSteps),
        "logarithmic or linear steps",
        None,
    ),
    bind(
        &[Key::char('u')],
        train(TrainAction::NextMetric),
        "chart loss, learning rate, images/s or GPU use",
        Some("chart"),
    ),
    bind(
        &[Key::char('v')],
        train(TrainAction::ToggleSettingsDiff),
        "settings that differ between the compared runs",
        None,
    ),
    bind(
        &[Key::char('e')],
        train(TrainAction::ToggleCodeSizeChart),
        "held-out error against code size, or the chart",
        Some("codes"),
    ),
    bind(
        &[Key::char('w')],
        train(TrainAction::ToggleWorst),
        "the faces with the largest errors, or always the same",
        None,
    ),
    bind(
        &[Key::char('[')],
        train(TrainAction::HalveLearningRate),
        "halve the learning rate, from the next step on",
        None,
    ),
    bind(
        &[Key::char(']')],
        train(TrainAction::DoubleLearningRate),
        "double the learning rate",
        None,
    ),
    bind(
        &[Key::char('{')],
        train(TrainAction::LessNoise),
        "train with less noise, from the next step on",
        None,
    ),
    bind(
        &[Key::char('}')],
        train(TrainAction::MoreNoise),
        "train with more noise",
        None,
    ),
    bind(
        &[Key::char('m')],
        train(TrainAction::NextSmoothing),
        "more smoothing, or none",
        Some("smooth"),
    ),
    bind(
        &[Key::code(KeyCode::Delete), Key::char('d')],
        train(TrainAction::Remove),
        "remove the run and its files",
        None,
    ),
];

const FORM_KEYS: &[Binding<Action>] = &[
    bind(
        &[
            Key::char('j'),
            Key::code(KeyCode::Down),
            Key::code(KeyCode::Tab),
        ],
        Action::Move(Direction::Down),
        "the field below",
        Some("field"),
    ),
    bind(
        &[
            Key::char('k'),
            Key::code(KeyCode::Up),
            Key::code(KeyCode::BackTab),
        ],
        Action::Move(Direction::Up),
        "the field above",
        Some("field"),
    ),
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        train(TrainAction::StepValue(Step::Previous)),
        "the previous value",
        Some("value"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        train(TrainAction::StepValue(Step::Next)),
        "the next value",
        Some("value"),
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::char('i')],
        train(TrainAction::Edit),
        "type the value",
        Some("type"),
    ),
    bind(
        &[Key::char('s')],
        train(TrainAction::Start),
        "start the run; it keeps training when you quit",
        Some("start"),
    ),
    bind(
        &[Key::code(KeyCode::Esc), Key::char('q')],
        Action::Back,
        "close the form",
        Some("close"),
    ),
];

const CONFIRM_KEYS: &[Binding<Action>] = &[
    bind(
        &[Key::char('y')],
        train(TrainAction::Confirm),
        "remove it",
        Some("remove it"),
    ),
    bind(
        &[Key::char('n'), Key::code(KeyCode::Esc), Key::char('q')],
        Action::Back,
        "keep it",
        Some("keep it"),
    ),
];
