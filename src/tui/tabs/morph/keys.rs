//! Morph's keys.

use super::action::MorphAction;
use crate::tui::action::Action;
use crate::tui::endpoint::Endpoint;
use crate::tui::keymap::key::{
    DOWN, END, ENTER, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, UP, ctrl, key,
};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::{Direction, Step};

/// Morph's keymap.
pub(crate) const MAIN: Keymap<Action> = shared::tab(KEYS);

/// Its keymap while faces rise from noise.
pub(crate) const NOISE: Keymap<Action> = shared::tab(NOISE_KEYS);

/// Its keymap while A is moved along a direction.
pub(crate) const ALONG: Keymap<Action> = shared::tab(ALONG_KEYS);

/// Its keymap while sliders move a face along axes.
pub(crate) const AXES: Keymap<Action> = shared::tab(AXES_KEYS);

/// Its keymap in a square of faces.
pub(crate) const SQUARE: Keymap<Action> = shared::tab(SQUARE_KEYS);

const fn morph(action: MorphAction) -> Action {
    Action::Morph(action)
}

const KEYS: &[Binding<Action>] = bindings! {
    LEFT => morph(MorphAction::StepPicture(Step::Previous)), "the previous picture", "scrub";
    RIGHT => morph(MorphAction::StepPicture(Step::Next)), "the next picture", "scrub";
    key('v') => morph(MorphAction::StepMode(Step::Next)),
        "the next mode: what is made", "mode";
    key('V') => morph(MorphAction::StepMode(Step::Previous)), "the mode before", "mode";
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
    key('+'), key('=') => morph(MorphAction::ChangeSteps(Step::Next)), "more pictures from A to B";
    key('-') => morph(MorphAction::ChangeSteps(Step::Previous)), "fewer pictures from A to B";
    key('u') => morph(MorphAction::Adopt), "make the picture the face of every other tab";
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
    key('v') => morph(MorphAction::StepMode(Step::Next)),
        "the next mode: what is made", "mode";
    key('V') => morph(MorphAction::StepMode(Step::Previous)), "the mode before", "mode";
    key('m') => morph(MorphAction::NextModel), "next denoiser", "denoiser";
    key('w') => morph(MorphAction::Save), "save the faces as a PNG", "save";
};

const ALONG_KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => morph(MorphAction::StepPicture(Step::Previous)),
        "the picture before: less of it", "less/more";
    key('l'), RIGHT => morph(MorphAction::StepPicture(Step::Next)),
        "the next picture: more of it", "less/more";
    key('j'), DOWN => morph(MorphAction::StepChoice(Step::Next)), "the next direction", "direction";
    key('k'), UP => morph(MorphAction::StepChoice(Step::Previous)),
        "the direction before", "direction";
    ctrl('d'), PAGE_DOWN => Action::HalfPageDown, "ten directions down";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "ten directions up";
    key('g'), HOME => Action::First, "to the first picture";
    key('G'), END => Action::Last, "to the last picture";
    key('[') => morph(MorphAction::StepPerson(Endpoint::A, Step::Previous)),
        "A: a face of the previous person", "A";
    key(']') => morph(MorphAction::StepPerson(Endpoint::A, Step::Next)),
        "A: a face of the next person", "A";
    key('a') => morph(MorphAction::NextPicture(Endpoint::A)),
        "A: another picture of the same person";
    key('+'), key('=') => morph(MorphAction::ChangeSteps(Step::Next)), "more pictures";
    key('-') => morph(MorphAction::ChangeSteps(Step::Previous)), "fewer pictures";
    key('S') => morph(MorphAction::ToggleSharp),
        "sharp (a denoiser finishes the faces) or plain", "sharp";
    ENTER => morph(MorphAction::Adopt), "make it the face of every other tab", "use";
    key('v') => morph(MorphAction::StepMode(Step::Next)),
        "the next mode: what is made", "mode";
    key('V') => morph(MorphAction::StepMode(Step::Previous)), "the mode before", "mode";
    key('s') => morph(MorphAction::Search), "search with the nearest real face of the picture";
    key('m') => morph(MorphAction::NextModel), "next model", "model";
    key('w') => morph(MorphAction::Save), "save the pictures as a PNG", "save";
    key('M') => morph(MorphAction::ComeFromMarked),
        "come from the marked faces, to those marked then", "from marked";
};

const AXES_KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => morph(MorphAction::MoveSlider(Step::Previous)),
        "move the axis' slider to the left", "slide";
    key('l'), RIGHT => morph(MorphAction::MoveSlider(Step::Next)),
        "move the axis' slider to the right", "slide";
    key('j'), DOWN => morph(MorphAction::StepChoice(Step::Next)), "the next axis", "axis";
    key('k'), UP => morph(MorphAction::StepChoice(Step::Previous)), "the axis before", "axis";
    key('g'), HOME => Action::First, "to the first axis";
    key('G'), END => Action::Last, "to the last axis";
    key('r') => morph(MorphAction::NewSeed), "all sliders at random", "random";
    key('0') => morph(MorphAction::Reset), "all sliders to the middle", "reset";
    key('f') => morph(MorphAction::ToggleFromA), "start from A, or from the mean face", "from A";
    key('[') => morph(MorphAction::StepPerson(Endpoint::A, Step::Previous)),
        "A: a face of the previous person";
    key(']') => morph(MorphAction::StepPerson(Endpoint::A, Step::Next)),
        "A: a face of the next person";
    key('S') => morph(MorphAction::ToggleSharp),
        "sharp (a denoiser finishes the faces) or plain", "sharp";
    ENTER => morph(MorphAction::Adopt), "make it the face of every other tab", "use";
    key('v') => morph(MorphAction::StepMode(Step::Next)),
        "the next mode: what is made", "mode";
    key('V') => morph(MorphAction::StepMode(Step::Previous)), "the mode before", "mode";
    key('s') => morph(MorphAction::Search), "search with the nearest real face of the picture";
    key('m') => morph(MorphAction::NextModel), "next model", "model";
    key('w') => morph(MorphAction::Save), "save the pictures as a PNG", "save";
};

const SQUARE_KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => morph(MorphAction::MoveFace(Direction::Left)), "to the left", "walk";
    key('j'), DOWN => morph(MorphAction::MoveFace(Direction::Down)), "down", "walk";
    key('k'), UP => morph(MorphAction::MoveFace(Direction::Up)), "up", "walk";
    key('l'), RIGHT => morph(MorphAction::MoveFace(Direction::Right)), "to the right", "walk";
    key('g'), HOME => Action::First, "to the upper left corner";
    key('G'), END => Action::Last, "to the lower right corner";
    key('[') => morph(MorphAction::StepPerson(Endpoint::A, Step::Previous)),
        "A: a face of the previous person", "A";
    key(']') => morph(MorphAction::StepPerson(Endpoint::A, Step::Next)),
        "A: a face of the next person", "A";
    key('{') => morph(MorphAction::StepPerson(Endpoint::B, Step::Previous)),
        "B: a face of the previous person", "B";
    key('}') => morph(MorphAction::StepPerson(Endpoint::B, Step::Next)),
        "B: a face of the next person", "B";
    key('S') => morph(MorphAction::ToggleSharp),
        "sharp (a denoiser finishes the faces) or plain", "sharp";
    ENTER => morph(MorphAction::Adopt), "make it the face of every other tab", "use";
    key('v') => morph(MorphAction::StepMode(Step::Next)),
        "the next mode: what is made", "mode";
    key('V') => morph(MorphAction::StepMode(Step::Previous)), "the mode before", "mode";
    key('s') => morph(MorphAction::Search), "search with the nearest real face of the picture";
    key('m') => morph(MorphAction::NextModel), "next model", "model";
    key('w') => morph(MorphAction::Save), "save the pictures as a PNG", "save";
};
