//! Keys typed before the first data set is open: they wait for it, in order.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;
use super::input::TerminalEvent;
use super::tabs::browse::action::BrowseAction;
use super::tabs::denoise::action::DenoiseAction;
use super::tabs::search::action::SearchAction;

/// What was typed too early.
#[derive(Debug, Default)]
pub(super) struct TypeAhead {
    inputs: Vec<TerminalEvent>,
    /// Whether the last key is likely to be typed into an input line.
    typing: bool,
}

impl TypeAhead {
    /// Keeps a key, unless it works without a data set and no other waits before it.
    /// Gives whether it was kept.
    pub(super) fn capture(&mut self, key: &KeyEvent, action: Option<Action>) -> bool {
        let Some(action) = action else {
            return self.typing && self.push(key);
        };
        if self.inputs.is_empty() && works_without_dataset(action) {
            return false;
        }
        if self.typing {
            self.typing = !matches!(key.code, KeyCode::Enter | KeyCode::Esc);
        } else {
            self.typing = opens_text(action);
        }
        self.push(key)
    }

    fn push(&mut self, key: &KeyEvent) -> bool {
        self.inputs.push(TerminalEvent::Key(*key));
        true
    }

    /// Keeps pasted text.
    pub(super) fn paste(&mut self, text: String) {
        self.inputs.push(TerminalEvent::Paste(text));
    }

    /// Whether a key that quits does so now: a letter may belong to a text.
    pub(super) fn allows_quit(&self, key: &KeyEvent) -> bool {
        !self.typing || key.modifiers.contains(KeyModifiers::CONTROL)
    }

    /// Whether the next letter belongs to a text and is no command.
    pub(super) fn is_typing(&self) -> bool {
        self.typing
    }

    /// Everything that was kept, in order.
    pub(super) fn release(&mut self) -> Vec<TerminalEvent> {
        self.typing = false;
        std::mem::take(&mut self.inputs)
    }
}

fn opens_text(action: Action) -> bool {
    matches!(
        action,
        Action::Browse(BrowseAction::Filter)
            | Action::Denoise(DenoiseAction::OpenFile)
            | Action::Search(SearchAction::Filter | SearchAction::AddTerm | SearchAction::OpenFile)
    )
}

fn works_without_dataset(action: Action) -> bool {
    matches!(
        action,
        Action::Quit
            | Action::Suspend
            | Action::Redraw
            | Action::ToggleLine
            | Action::Help
            | Action::ShowDataSets
            | Action::ShowPresets
            | Action::Back
            | Action::ShowTab(_)
            | Action::StepTab(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tab_id::TabId;

    const FILTER: Option<Action> = Some(Action::Browse(BrowseAction::Filter));

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    fn letter(letter: char) -> KeyEvent {
        key(KeyCode::Char(letter))
    }

    #[test]
    fn keys_wait_from_the_first_that_needs_a_data_set() {
        let mut ahead = TypeAhead::default();
        let show = Some(Action::ShowTab(TabId::Denoise));
        assert!(!ahead.capture(&letter('3'), show));
        assert!(ahead.capture(&letter('/'), FILTER));
        assert!(ahead.capture(&letter('z'), None));
        // A letter of the text, whatever it means elsewhere.
        assert!(!ahead.allows_quit(&letter('q')));
        assert!(ahead.capture(&letter('q'), Some(Action::Quit)));
        let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(ahead.allows_quit(&control));
        ahead.paste("ab".to_string());
        assert!(ahead.capture(&key(KeyCode::Enter), Some(Action::Enter)));
        assert!(ahead.allows_quit(&letter('q')));
        assert!(ahead.capture(&letter('3'), show));
        let keys = [letter('/'), letter('z'), letter('q')].map(TerminalEvent::Key);
        let rest = [
            TerminalEvent::Paste("ab".to_string()),
            TerminalEvent::Key(key(KeyCode::Enter)),
            TerminalEvent::Key(letter('3')),
        ];
        assert_eq!(ahead.release(), [&keys[..], &rest[..]].concat());
        assert!(ahead.release().is_empty());
    }
}
