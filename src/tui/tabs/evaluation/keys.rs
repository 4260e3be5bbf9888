//! The evaluation's keys.

use super::action::EvaluationAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::{DOWN, END, ENTER, HOME, LEFT, RIGHT, UP, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::Direction;

/// While it is shown.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

const fn evaluation(action: EvaluationAction) -> Action {
    Action::Evaluation(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "next encoder", "encoder";
    key('k'), UP => Action::Move(Direction::Up), "previous encoder", "encoder";
    key('h'), LEFT => Action::Move(Direction::Left), "a harder pair", "pair";
    key('l'), RIGHT => Action::Move(Direction::Right), "an easier pair", "pair";
    key('s') => evaluation(EvaluationAction::ToggleKind),
        "one person's pairs, or strangers", "same or strangers";
    ENTER => evaluation(EvaluationAction::OpenPair),
        "search the first picture of the pair", "search";
    key('g'), HOME => Action::First, "to the first encoder";
    key('G'), END => Action::Last, "to the last encoder";
    key('r') => evaluation(EvaluationAction::Again), "judge all again", "again";
    key('v') => evaluation(EvaluationAction::Close),
        "close; ends what is being judged", "close";
};
