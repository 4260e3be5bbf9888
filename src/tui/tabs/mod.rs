//! The five tabs, a folder each: `action` (what its keys mean), `keys` (its key
//! tables), `state` (what it knows), `update` (how that changes), `layout` (where
//! its parts are) and `view` (what it looks like).

pub(crate) mod browse;
pub(crate) mod denoise;
pub(crate) mod evaluation;
pub mod morph;
pub(crate) mod search;
pub(crate) mod tab;
pub mod train;

use super::action::Action;
use super::keymap::Keymap;
use super::starters;
use super::tab_id::TabId;
use browse::BrowseTab;
use denoise::DenoiseTab;
use morph::MorphTab;
use search::SearchTab;
use tab::Tab;
use train::TrainTab;

/// The state of all tabs.
#[derive(Debug, Default)]
pub struct Tabs {
    /// People and their pictures.
    pub browse: BrowseTab,
    /// Training runs.
    pub train: TrainTab,
    /// Noise, and methods against it.
    pub(crate) denoise: DenoiseTab,
    /// Nearest neighbours.
    pub search: SearchTab,
    /// Generated faces.
    pub(crate) morph: MorphTab,
}

impl Tabs {
    /// One of them.
    pub(crate) fn get(&self, id: TabId) -> &dyn Tab {
        match id {
            TabId::Browse => &self.browse,
            TabId::Train => &self.train,
            TabId::Denoise => &self.denoise,
            TabId::Search => &self.search,
            TabId::Morph => &self.morph,
        }
    }

    /// The keys that count now in one of them.
    pub(crate) fn keymap(&self, id: TabId) -> Keymap<Action> {
        self.get(id)
            .input_keymap()
            .unwrap_or_else(|| self.help_keymap(id))
    }

    /// The keys that the help lists.
    pub(crate) fn help_keymap(&self, id: TabId) -> Keymap<Action> {
        match id {
            TabId::Search if self.search.evaluation.is_open => evaluation::keys::MAIN,
            TabId::Morph => self.morph.main_keymap(),
            TabId::Train if self.train.runs.is_empty() => starters::keys::EMPTY_TRAIN,
            id => main_keymap(id),
        }
    }

    /// One of them, to be changed.
    pub(crate) fn get_mut(&mut self, id: TabId) -> &mut dyn Tab {
        match id {
            TabId::Browse => &mut self.browse,
            TabId::Train => &mut self.train,
            TabId::Denoise => &mut self.denoise,
            TabId::Search => &mut self.search,
            TabId::Morph => &mut self.morph,
        }
    }
}

/// A tab's keys while none of its prompts, forms and pickers is open: those that
/// the help lists.
pub(crate) fn main_keymap(id: TabId) -> Keymap<Action> {
    match id {
        TabId::Browse => browse::keys::MAIN,
        TabId::Train => train::keys::MAIN,
        TabId::Denoise => denoise::keys::MAIN,
        TabId::Search => search::keys::MAIN,
        TabId::Morph => morph::keys::MAIN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::tui::all_keymaps::ALL_KEYMAPS;
    use crate::tui::keymap::key::Key;
    use crate::tui::keymap::shared;

    fn press(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn no_key_means_two_things_at_a_time() {
        for (name, keymap) in ALL_KEYMAPS {
            let mut seen: HashMap<Key, &str> = HashMap::new();
            for binding in keymap.shown() {
                assert!(!binding.keys.is_empty(), "{name}: {:?}", binding.action);
                for key in binding.keys {
                    if let Some(other) = seen.insert(*key, binding.help) {
                        let label = key.label();
                        panic!("{name}: {label} is both {other:?} and {:?}", binding.help);
                    }
                }
            }
        }
    }

    #[test]
    fn every_binding_is_explained_in_one_line_of_the_help() {
        for (name, keymap) in ALL_KEYMAPS {
            for binding in keymap.shown() {
                let help = binding.help;
                assert!((2..=56).contains(&help.width()), "{name}: {help}");
                assert!(!help.ends_with('.'), "{name}: {help}");
            }
        }
    }

    #[test]
    fn every_tab_can_be_left_and_explained() {
        for id in TabId::ALL {
            let keymap = main_keymap(id);
            let action = |c: char| keymap.action(&press(KeyCode::Char(c)));
            assert_eq!(action('q'), Some(Action::Quit));
            assert_eq!(action('?'), Some(Action::Help));
            for (digit, target) in ('1'..='5').zip(TabId::ALL) {
                assert_eq!(
                    action(digit),
                    Some(Action::ShowTab(target)),
                    "{id:?} {digit}"
                );
            }
            let footer = keymap.footer(|_| true);
            let has_help = footer
                .iter()
                .any(|(key, word)| key == "?" && *word == "help");
            assert!(has_help, "{footer:?}");
        }
        for (name, keymap) in ALL_KEYMAPS {
            let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(keymap.action(&control_c), Some(Action::Quit), "{name}");
        }
    }

    #[test]
    fn neighbours_share_a_word_in_the_footer() {
        let footer = browse::keys::MAIN.footer(|_| true);
        assert_eq!(footer[0], ("hjkl".to_string(), "move"));
    }

    #[test]
    fn text_entry_inserts_what_is_not_bound() {
        let action = |event: KeyEvent| shared::TEXT.action(&event);
        assert_eq!(action(press(KeyCode::Char('q'))), Some(Action::Insert('q')));
        assert_eq!(action(press(KeyCode::Enter)), Some(Action::Accept));
        let alt = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(action(alt), None);
    }
}
