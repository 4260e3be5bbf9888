//! Train's keys.

use super::action::TrainAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::{
    BACK_TAB, DELETE, DOWN, END, ENTER, ESC, HOME, LEFT, RIGHT, TAB, UP, key,
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
    key('g'), HOME => Action::First, "to the first";
    key('G'), END => Action::Last, "to the last";
    key('p') => train(TrainAction::Pause), "pause or resume the run", "pause";
    key('x') => train(TrainAction::Stop),
        "stop the run after the current step, with a checkpoint", "stop";
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
    key('o') => train(TrainAction::ToggleLogValues), "logarithmic or linear values", "log";
    key('O') => train(TrainAction::ToggleLogSteps), "logarithmic or linear steps";
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
    DELETE, key('d') => train(TrainAction::Remove), "remove the run and its files";
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
