//! Search's keys.

use super::action::SearchAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::{
    BACKSPACE, DOWN, END, ENTER, ESC, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, UP, ctrl, key,
};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::{Direction, Step};
use crate::tui::tabs::evaluation::action::EvaluationAction;

/// While the neighbours are shown.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

/// During a walk.
pub(crate) const WALK: Keymap<Action> = shared::modal(WALK_KEYS);

/// While the list of encoders is open.
pub(crate) const ENCODERS: Keymap<Action> = shared::modal(ENCODER_KEYS);

const fn search(action: SearchAction) -> Action {
    Action::Search(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => Action::Move(Direction::Left), "nearer", "move";
    key('j'), DOWN => Action::Move(Direction::Down), "down, to the next encoder's row", "move";
    key('k'), UP => Action::Move(Direction::Up), "up, to the previous encoder's row", "move";
    key('l'), RIGHT => Action::Move(Direction::Right), "farther", "move";
    PAGE_DOWN, ctrl('d') => search(SearchAction::Page(Step::Next)), "farther neighbours", "page";
    PAGE_UP, ctrl('u') => search(SearchAction::Page(Step::Previous)), "nearer neighbours";
    key('g'), HOME => Action::First, "to the nearest";
    key('G'), END => Action::Last, "to the farthest";
    ENTER => search(SearchAction::Query), "make the selected face the query", "query";
    BACKSPACE => search(SearchAction::Back), "back to the previous query", "back";
    key('/') => search(SearchAction::Filter), "find only some people, attributes or splits",
        "filter";
    key('m') => search(SearchAction::ChooseEncoders), "choose the encoders that are shown",
        "encoders";
    key('o') => search(SearchAction::OpenFile), "open a picture file as the query", "file";
    key('c') => search(SearchAction::Crop), "choose which part of the file is the face", "crop";
    key('p') => search(SearchAction::AddTerm), "add or take away an attribute, or a face",
        "plus";
    key('[') => search(SearchAction::StepAmount(Step::Previous)), "less of what was added";
    key(']') => search(SearchAction::StepAmount(Step::Next)), "more of what was added";
    key('t') => search(SearchAction::ToggleTag), "mark the selected face, or take its mark away",
        "mark";
    key('T') => Action::SearchTagged, "search the mean of the marked faces", "mean";
    key('U') => search(SearchAction::Untag), "take all marks away";
    key('r') => search(SearchAction::Walk),
        "walk to the nearest face until the person changes", "walk";
    key('i') => search(SearchAction::ToggleIndex), "what searches: all codes, hash tables, a graph", "index";
    key('n') => search(SearchAction::ToggleMetric), "Euclidean or cosine distance", "metric";
    key('w') => search(SearchAction::ToggleWhitening),
        "compare whitened codes, or plain ones", "whiten";
    key('y') => search(SearchAction::ToggleCopies),
        "find copies of the query's file too, or not";
    key('+'), key('=') => search(SearchAction::Zoom(Step::Next)), "larger pictures";
    key('-') => search(SearchAction::Zoom(Step::Previous)), "smaller pictures, and more of them";
    key('v') => Action::Evaluation(EvaluationAction::Open),
        "how well encoders tell people apart", "verify";
    key('d') => search(SearchAction::Denoise), "denoise the selected face";
    key('a') => search(SearchAction::Mark(Endpoint::A)),
        "mark the selected face as A, where a morph begins";
    key('b') => search(SearchAction::Mark(Endpoint::B)),
        "mark the selected face as B, where a morph ends";
};

const WALK_KEYS: &[Binding<Action>] = bindings! {
    ESC, key('r'), key('q') => search(SearchAction::StopWalk), "end the walk here", "stop";
};

const ENCODER_KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "down", "move";
    key('k'), UP => Action::Move(Direction::Up), "up", "move";
    key(' ') => search(SearchAction::ToggleEncoder), "show the encoder or leave it out", "show/hide";
    key('x') => search(SearchAction::OnlyEncoder), "show this encoder alone", "only this";
    key('r') => search(SearchAction::DefaultEncoders), "the encoders shown at first", "reset";
    key('m'), ENTER, ESC, key('q') => Action::Back, "done", "done";
};
