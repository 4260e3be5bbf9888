//! Train's keys.

use super::action::{LINE_BREAK, TrainAction};
use crate::tui::action::Action;
use crate::tui::keymap::key::{
    BACK_TAB, DELETE, DOWN, END, ENTER, ESC, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, TAB, UP, ctrl,
    key,
};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
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

const KEYS: &[Binding<Action>] = bindings! {
    key('n') => train(TrainAction::OpenForm), "start a new run", "new";
    key('j'), DOWN => Action::Move(Direction::Down), "the run below", "run";
    key('k'), UP => Action::Move(Direction::Up), "the run above", "run";
    ctrl('d'), PAGE_DOWN => Action::HalfPageDown, "half a list down";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "half a list up";
    key('g'), HOME => Action::First, "to the first";
    key('G'), END => Action::Last, "to the last";
    key('/') => train(TrainAction::Filter),
        "filter the list: state:live tag:night loss<0.005 …", "filter";
    key('o') => train(TrainAction::NextOrder), "sort by age, name, state, held-out error …", "order";
    key('O') => train(TrainAction::ReverseOrder), "sort the other way round";
    key('p') => train(TrainAction::Pause), "pause or resume the run", "pause";
    key('x') => train(TrainAction::Stop),
        "stop the run after this step, or take it off the queue", "stop";
    key('X') => train(TrainAction::StopAfterEpoch), "stop the run after the epoch";
    key('c') => train(TrainAction::Checkpoint), "save a checkpoint now", "checkpoint";
    key('r') => train(TrainAction::Resume), "resume a paused, stopped or crashed run", "resume";
    key('Z') => train(TrainAction::RollBack), "roll back to the last checkpoint, at 1/10 the rate";
    key(' ') => train(TrainAction::ToggleCompared),
        "add the run to the chart for comparison, or remove it", "compare";
    key('h'), LEFT => train(TrainAction::MoveCursor(Step::Previous)),
        "move the chart's cursor left; the faces follow", "cursor";
    key('l'), RIGHT => train(TrainAction::MoveCursor(Step::Next)),
        "move the chart's cursor right", "cursor";
    key('+'), key('=') => train(TrainAction::ZoomIn), "zoom in, at the cursor or the end", "zoom";
    key('-') => train(TrainAction::ZoomOut), "zoom out", "zoom";
    key('y') => train(TrainAction::ToggleLogValues), "logarithmic or linear values", "log";
    key('Y') => train(TrainAction::ToggleLogSteps), "logarithmic or linear steps";
    key('u') => train(TrainAction::NextMetric),
        "chart loss, learning rate, images/s or GPU use", "chart";
    key('v') => train(TrainAction::ToggleSettingsDiff),
        "settings that differ between the compared runs";
    key('e') => train(TrainAction::ToggleCodeSizeChart),
        "held-out error against code size, or the chart", "codes";
    key('w') => train(TrainAction::ToggleWorst),
        "the faces with the largest errors, or always the same";
    key('[') => train(TrainAction::HalveLearningRate),
        "halve the learning rate, from the next step on";
    key(']') => train(TrainAction::DoubleLearningRate), "double the learning rate";
    key('{') => train(TrainAction::LessNoise), "train with less noise, from the next step on";
    key('}') => train(TrainAction::MoreNoise), "train with more noise";
    key('m') => train(TrainAction::NextSmoothing), "more smoothing, or none", "smooth";
    key('i') => train(TrainAction::EditNote), "write a note about the run";
    key('t') => train(TrainAction::EditTags), "the run's tags";
    key('L') => train(TrainAction::OpenLog), "the worker's log";
    DELETE, key('d') => train(TrainAction::Remove), "remove the run and its files";
};

/// While a note is typed.
pub(crate) const NOTE: Keymap<Action> = Keymap {
    leading: NOTE_KEYS,
    ..shared::TEXT
};

/// While the worker's log is shown.
pub(crate) const LOG: Keymap<Action> = shared::modal(LOG_KEYS);

const NOTE_KEYS: &[Binding<Action>] = bindings! {
    ctrl('n') => Action::Insert(LINE_BREAK), "begin a new line", "new line";
};

const LOG_KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "down", "scroll";
    key('k'), UP => Action::Move(Direction::Up), "up", "scroll";
    ctrl('d'), PAGE_DOWN, key(' ') => Action::HalfPageDown, "half a screen down", "half";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "half a screen up", "half";
    key('g'), HOME => Action::First, "to the first line", "first";
    key('G'), END => Action::Last, "to the end, which is followed", "end";
    ESC, key('q'), key('L') => Action::Back, "close the log", "close";
};

const FORM_KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN, TAB => Action::Move(Direction::Down), "the field below", "field";
    key('k'), UP, BACK_TAB => Action::Move(Direction::Up), "the field above", "field";
    key('h'), LEFT => train(TrainAction::StepValue(Step::Previous)), "the previous value", "value";
    key('l'), RIGHT => train(TrainAction::StepValue(Step::Next)), "the next value", "value";
    ENTER, key('i') => train(TrainAction::Edit), "type the value", "type";
    key('s') => train(TrainAction::Start),
        "start the run; it keeps training when you quit", "start";
    ESC, key('q') => Action::Back, "close the form", "close";
};

const CONFIRM_KEYS: &[Binding<Action>] = bindings! {
    key('y') => train(TrainAction::Confirm), "remove it", "remove it";
    key('n'), ESC, key('q') => Action::Back, "keep it", "keep it";
};
