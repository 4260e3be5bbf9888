//! Morph's keys.

use super::action::MorphAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::{DOWN, END, ENTER, HOME, LEFT, RIGHT, UP, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::{Direction, Step};

/// Morph's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

/// Its keymap while faces rise from noise.
pub(crate) const NOISE: Keymap<Action> = shared::tab(NOISE_KEYS);

const fn morph(action: MorphAction) -> Action {
    Action::Morph(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    LEFT => morph(MorphAction::StepPicture(Step::Previous)), "the previous picture", "scrub";
    RIGHT => morph(MorphAction::StepPicture(Step::Next)), "the next picture", "scrub";
    key('v') => morph(MorphAction::NextMode),
        "path from A to B, variations, new faces, or from noise", "morph/vary/new/noise";
    key('h') => morph(MorphAction::MoveSlider(Step::Previous)),
        "a smaller radius or spread; path: the previous picture", "radius";
    key('l') => morph(MorphAction::MoveSlider(Step::Next)),
        "a larger radius or spread; path: the next picture", "radius";
    key('r') => morph(MorphAction::NewSeed), "other variations or new faces", "renew";
    key('g'), HOME => Action::First, "to the first picture";
    key('G'), END => Action::Last, "to the last picture";
    key('[') => morph(MorphAction::StepPerson(Endpoint::A, Step::Previous)),
        "A: a face of the previous person", "A";
    key(']') => morph(MorphAction::StepPerson(Endpoint::A, Step::Next)),
        "A: a face of the next person", "A";
    key('{') => morph(MorphAction::StepPerson(Endpoint::B, Step::Previous)),
        "B: a face of the previous person", "B";
    key('}') => morph(MorphAction::StepPerson(Endpoint::B, Step::Next)),
        "B: a face of the next person", "B";
    key('a') => morph(MorphAction::NextPicture(Endpoint::A)),
        "A: another picture of the same person";
    key('b') => morph(MorphAction::NextPicture(Endpoint::B)),
        "B: another picture of the same person";
    key('x') => morph(MorphAction::Swap), "swap A and B", "swap";
    key('S') => morph(MorphAction::ToggleSharp),
        "sharp (a denoiser finishes the faces) or plain", "sharp";
    key('+'), key('=') => morph(MorphAction::MoreSteps), "more pictures from A to B";
    key('-') => morph(MorphAction::FewerSteps), "fewer pictures from A to B";
    ENTER => morph(MorphAction::NearestToA), "the nearest real face of the picture becomes A";
    key('s') => morph(MorphAction::Search), "search with the nearest real face of the picture";
    key('m') => morph(MorphAction::NextModel), "next model", "model";
    key('w') => morph(MorphAction::Save), "save the pictures as a PNG", "save";
};

const NOISE_KEYS: &[Binding<Action>] = bindings! {
    LEFT => morph(MorphAction::StepPicture(Step::Previous)), "the pass before", "passes";
    RIGHT => morph(MorphAction::StepPicture(Step::Next)), "the next pass", "passes";
    key(' ') => morph(MorphAction::TogglePause), "pause, and go on", "pause";
    key('r') => morph(MorphAction::NewSeed), "other faces", "renew";
    key('h') => morph(MorphAction::MoveFace(Direction::Left)), "the face at the left", "face";
    key('j'), DOWN => morph(MorphAction::MoveFace(Direction::Down)), "the face below", "face";
    key('k'), UP => morph(MorphAction::MoveFace(Direction::Up)), "the face above", "face";
    key('l') => morph(MorphAction::MoveFace(Direction::Right)), "the face at the right", "face";
    ENTER => morph(MorphAction::Adopt), "make it the face of every other tab", "use";
    key('g'), HOME => Action::First, "back to the noise";
    key('G'), END => Action::Last, "to the latest pass";
    key('v') => morph(MorphAction::NextMode),
        "path from A to B, variations, new faces, or from noise", "morph/vary/new/noise";
    key('m') => morph(MorphAction::NextModel), "next denoiser", "denoiser";
    key('w') => morph(MorphAction::Save), "save the faces as a PNG", "save";
};
