//! One key with its modifiers.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with or without Ctrl. Characters carry their own case, never `SHIFT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    control: bool,
}

impl Key {
    /// A key, with Ctrl or without.
    pub(super) const fn new(code: KeyCode, control: bool) -> Self {
        Self { code, control }
    }

    /// A key without Ctrl.
    const fn code(code: KeyCode) -> Self {
        Self {
            code,
            control: false,
        }
    }

    /// The key of an event; `None` for modifiers that are never bound.
    pub(crate) fn from_event(event: &KeyEvent) -> Option<Self> {
        if event
            .modifiers
            .intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META)
        {
            return None;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            // Some terminals report Shift-Tab as Tab with SHIFT.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Some(Self { code, control })
    }

    /// The character, if the key is one without Ctrl.
    pub(crate) fn plain_char(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.control => Some(c),
            _ => None,
        }
    }

    /// As the help writes it: `j`, `^D`, `↓`, `Enter`.
    pub(crate) fn label(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_string(),
            KeyCode::Char(c) if self.control => return format!("^{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Left => "←".to_string(),
            KeyCode::Right => "→".to_string(),
            KeyCode::Up => "↑".to_string(),
            KeyCode::Down => "↓".to_string(),
            KeyCode::BackTab => "Shift-Tab".to_string(),
            KeyCode::PageUp => "PgUp".to_string(),
            KeyCode::PageDown => "PgDn".to_string(),
            KeyCode::Esc => "Esc".to_string(),
            KeyCode::Delete => "Del".to_string(),
            KeyCode::F(number) => format!("F{number}"),
            code => format!("{code:?}"),
        };
        if self.control {
            format!("^{name}")
        } else {
            name
        }
    }
}

/// The key of a character.
pub(crate) const fn key(c: char) -> Key {
    Key::code(KeyCode::Char(c))
}

/// Ctrl and a character.
pub(crate) const fn ctrl(c: char) -> Key {
    Key {
        code: KeyCode::Char(c),
        control: true,
    }
}

pub(crate) const LEFT: Key = Key::code(KeyCode::Left);
pub(crate) const RIGHT: Key = Key::code(KeyCode::Right);
pub(crate) const UP: Key = Key::code(KeyCode::Up);
pub(crate) const DOWN: Key = Key::code(KeyCode::Down);
pub(crate) const HOME: Key = Key::code(KeyCode::Home);
pub(crate) const END: Key = Key::code(KeyCode::End);
pub(crate) const PAGE_UP: Key = Key::code(KeyCode::PageUp);
pub(crate) const PAGE_DOWN: Key = Key::code(KeyCode::PageDown);
pub(crate) const ENTER: Key = Key::code(KeyCode::Enter);
pub(crate) const ESC: Key = Key::code(KeyCode::Esc);
pub(crate) const TAB: Key = Key::code(KeyCode::Tab);
pub(crate) const BACK_TAB: Key = Key::code(KeyCode::BackTab);
pub(crate) const BACKSPACE: Key = Key::code(KeyCode::Backspace);
pub(crate) const DELETE: Key = Key::code(KeyCode::Delete);
pub(crate) const F1: Key = Key::code(KeyCode::F(1));
