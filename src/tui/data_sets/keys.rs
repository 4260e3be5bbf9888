//! The keys of the data sets.

use super::action::DataAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::{
    DELETE, DOWN, END, ENTER, ESC, F1, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, UP, ctrl, key,
};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::{Direction, Step};

/// While the data sets are listed.
pub(crate) const MAIN: Keymap<Action> = Keymap {
    leading: MOTIONS,
    ..shared::modal(KEYS)
};

/// While pictures are being imported.
pub(crate) const IMPORTING: Keymap<Action> = Keymap {
    leading: MOTIONS,
    ..shared::modal(IMPORTING_KEYS)
};

/// While a removal waits for its confirmation.
pub(crate) const CONFIRM_REMOVAL: Keymap<Action> = shared::modal(REMOVAL_KEYS);

/// While the crop of what is to be imported is chosen.
pub(crate) const CROP: Keymap<Action> = shared::modal(CROP_KEYS);

const fn data(action: DataAction) -> Action {
    Action::Data(action)
}

const MOTIONS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "down", "move";
    key('k'), UP => Action::Move(Direction::Up), "up", "move";
    ctrl('d'), PAGE_DOWN => Action::HalfPageDown, "half a screen down";
    ctrl('u'), PAGE_UP => Action::HalfPageUp, "half a screen up";
    key('g'), HOME => Action::First, "to the first";
    key('G'), END => Action::Last, "to the last";
};

const KEYS: &[Binding<Action>] = bindings! {
    ENTER => Action::Enter, "open the data set", "open";
    key('i') => data(DataAction::Import), "import an archive or a folder of people's pictures", "import";
    key('f') => data(DataAction::Fetch), "download LFW (109 MB) and import it", "fetch LFW";
    key('x'), DELETE => data(DataAction::Remove), "remove the data set, after a question", "remove";
    ESC, key('q'), key('D'), key('?'), F1 => Action::Back, "close", "close";
};

const IMPORTING_KEYS: &[Binding<Action>] = bindings! {
    ENTER => Action::Enter, "open the data set", "open";
    key('c') => data(DataAction::CancelImport), "cancel what is being imported", "cancel the import";
    ESC, key('q'), key('D'), key('?'), F1 => Action::Back, "close; the import goes on", "close";
};

const REMOVAL_KEYS: &[Binding<Action>] = bindings! {
    key('y') => data(DataAction::Confirm), "remove it", "remove it";
    key('n'), ESC, key('q') => Action::Back, "keep it", "keep it";
};

const CROP_KEYS: &[Binding<Action>] = bindings! {
    key('l'), RIGHT, key('j'), DOWN => data(DataAction::StepCrop(Step::Next)), "the next crop", "crop";
    key('h'), LEFT, key('k'), UP => data(DataAction::StepCrop(Step::Previous)), "the crop before", "crop";
    ENTER => data(DataAction::Confirm), "import with this crop", "import";
    ESC, key('q') => Action::Back, "do not import", "back";
};
