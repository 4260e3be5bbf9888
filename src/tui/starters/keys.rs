//! The keys of the presets to begin with. The letters are the same in the popup and on an empty
//! Train tab.

use super::action::StarterAction;
use crate::tui::action::Action;
use crate::tui::keymap::key::{DOWN, ENTER, ESC, F1, UP, key};
use crate::tui::keymap::{Binding, Keymap, bindings, shared};
use crate::tui::motion::Direction;
use crate::tui::tabs::train::action::TrainAction;

/// While the popup is open.
pub(crate) const POPUP: Keymap<Action> = Keymap {
    leading: STARTS,
    ..shared::modal(POPUP_KEYS)
};

/// On a Train tab without runs.
pub(crate) const EMPTY_TRAIN: Keymap<Action> = Keymap {
    leading: STARTS,
    ..shared::tab(EMPTY_TRAIN_KEYS)
};

/// Starts a preset.
pub(super) const fn train(place: usize) -> Action {
    Action::Starter(StarterAction::Train(place))
}

const STARTS: &[Binding<Action>] = bindings! {
    key('i') => train(0), "train identity: finds the same person", "start";
    key('f') => train(1), "train face: rebuilds faces best", "start";
    key('g') => train(2), "train generative: faces that mix and vary well", "start";
    key('d') => train(3), "train denoiser: removes noise, draws faces", "start";
    key('s') => train(4), "train faces: makes new, sharp faces", "start";
    key('a') => Action::Starter(StarterAction::TrainAll),
        "train all that are not there yet, one after another", "all";
};

const POPUP_KEYS: &[Binding<Action>] = bindings! {
    key('j'), DOWN => Action::Move(Direction::Down), "down", "move";
    key('k'), UP => Action::Move(Direction::Up), "up", "move";
    ENTER => Action::Enter, "train the selected one", "train";
    ESC, key('q'), key('P'), key('?'), F1 => Action::Back, "close", "close";
};

const EMPTY_TRAIN_KEYS: &[Binding<Action>] = bindings! {
    key('n') => Action::Train(TrainAction::OpenForm), "start a new run from a form", "form";
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::starters::STARTERS;

    #[test]
    fn every_starter_has_its_key_and_its_name_in_the_help() {
        for (place, starter) in STARTERS.iter().enumerate() {
            let mut found = STARTS
                .iter()
                .filter(|binding| binding.action == train(place));
            let binding = found.next().expect("a key");
            assert!(
                binding
                    .help
                    .starts_with(&format!("train {}:", starter.preset))
            );
            assert!(found.next().is_none());
            assert_eq!(binding.keys.len(), 1);
        }
    }
}
