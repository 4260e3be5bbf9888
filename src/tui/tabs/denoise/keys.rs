//! Denoise's keys.

use super::action::DenoiseAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::{BACKSPACE, DOWN, END, ENTER, ESC, HOME, LEFT, RIGHT, UP, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
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

const KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => denoise(DenoiseAction::MoveSlider(-1)), "a little less damage", "level";
    key('l'), RIGHT => denoise(DenoiseAction::MoveSlider(1)), "a little more damage", "level";
    key('H') => denoise(DenoiseAction::MoveSlider(-5)), "much less damage";
    key('L') => denoise(DenoiseAction::MoveSlider(5)), "much more damage";
    key('g'), HOME => Action::First, "no damage";
    key('G'), END => Action::Last, "most damage";
    key('.') => denoise(DenoiseAction::TypeLevel('.')),
        "type a level, such as .25; each digit counts at once", "digits";
    key('0') => denoise(DenoiseAction::TypeLevel('0')),
        "the same: 0.25, 03 rectangles, 08 for 8 × 8 blocks";
    key('k') => denoise(DenoiseAction::StepKind(Step::Next)), "next kind of damage: noise, missing, coarse, blur, grey", "kind";
    key('K') => denoise(DenoiseAction::StepKind(Step::Previous)), "previous kind of damage";
    key('r') => denoise(DenoiseAction::NewNoise), "new noise of the same level, and new draws", "new noise";
    key('d') => denoise(DenoiseAction::ToggleDraws),
        "draws of faces that fit the picture, or differences", "draws";
    key('R') => denoise(DenoiseAction::NewDraws), "other draws for the same damaged picture";
    key('[') => denoise(DenoiseAction::StepFace(Step::Previous)), "previous face", "face";
    key(']') => denoise(DenoiseAction::StepFace(Step::Next)), "next face", "face";
    key('{') => denoise(DenoiseAction::StepPerson(Step::Previous)), "previous person";
    key('}') => denoise(DenoiseAction::StepPerson(Step::Next)), "next person";
    key('v') => denoise(DenoiseAction::ChooseModels), "choose the models shown", "methods";
    key('c') => denoise(DenoiseAction::ToggleClassical),
        "compare with Wiener, non-local means and total variation", "classical";
    key('p') => denoise(DenoiseAction::ToggleChart), "chart PSNR at every level", "chart";
    key('o') => denoise(DenoiseAction::OpenFile), "open a picture file in the face's place", "file";
    key('C') => denoise(DenoiseAction::Crop), "choose which part of the file is the face";
    key('w') => denoise(DenoiseAction::Save), "save the pictures as a PNG", "save";
    key('s') => denoise(DenoiseAction::Search), "search for the nearest faces";
};

const PICKER_KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "down", "move";
    key('k'), UP => Action::Move(Direction::Up), "up", "move";
    key(' ') => denoise(DenoiseAction::Toggle), "show the model or leave it out", "show/hide";
    key('v'), ENTER, ESC, key('q') => Action::Back, "done", "done";
};

const LEVEL_KEYS: &[Binding<Action>] = bindings! {
    key('0') => denoise(DenoiseAction::TypeLevel('0')), "a digit of the level", "digits";
    key('1') => denoise(DenoiseAction::TypeLevel('1')), "a digit of the level";
    key('2') => denoise(DenoiseAction::TypeLevel('2')), "a digit of the level";
    key('3') => denoise(DenoiseAction::TypeLevel('3')), "a digit of the level";
    key('4') => denoise(DenoiseAction::TypeLevel('4')), "a digit of the level";
    key('5') => denoise(DenoiseAction::TypeLevel('5')), "a digit of the level";
    key('6') => denoise(DenoiseAction::TypeLevel('6')), "a digit of the level";
    key('7') => denoise(DenoiseAction::TypeLevel('7')), "a digit of the level";
    key('8') => denoise(DenoiseAction::TypeLevel('8')), "a digit of the level";
    key('9') => denoise(DenoiseAction::TypeLevel('9')), "a digit of the level", "digits";
    key('.') => denoise(DenoiseAction::TypeLevel('.')), "the decimal point";
    BACKSPACE => Action::Erase, "delete a digit";
    ENTER, ESC => Action::Accept, "done", "done";
};
