//! The keys by which the part of a picture file is chosen.

use super::action::CropAction;
use crate::dataset::FaceCrop;
use crate::tui::action::Action;
use crate::tui::keymap::key::{DOWN, ENTER, ESC, LEFT, RIGHT, UP, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::{Direction, Step};

/// While a crop is chosen.
pub(crate) const CROP: Keymap<Action> = shared::modal(CROP_KEYS);

const fn crop(action: CropAction) -> Action {
    Action::Crop(action)
}

const CROP_KEYS: &[Binding<Action>] = bindings! {
    key('h'), LEFT => Action::Move(Direction::Left), "the box to the left", "move";
    key('j'), DOWN => Action::Move(Direction::Down), "the box down", "move";
    key('k'), UP => Action::Move(Direction::Up), "the box up", "move";
    key('l'), RIGHT => Action::Move(Direction::Right), "the box to the right", "move";
    key('+'), key('=') => crop(CropAction::Resize(Step::Next)), "a larger box", "size";
    key('-') => crop(CropAction::Resize(Step::Previous)), "a smaller box", "size";
    key('d') => crop(CropAction::Set(FaceCrop::AsData)),
        "the part that is taken of the data set's pictures", "as data";
    key('w') => crop(CropAction::Set(FaceCrop::Whole)), "the whole picture", "whole";
    key('c') => crop(CropAction::Set(FaceCrop::Centre)), "its centre square", "centre";
    ENTER => Action::Accept, "take this part, and remember it", "accept";
    ESC, key('q') => Action::Cancel, "the part before", "cancel";
};
