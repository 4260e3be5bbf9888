//! Keys and actions by name, as the settings write them and the help shows them.

use std::fmt::Debug;

use crossterm::event::KeyCode;

use super::key::{Key, ctrl};

/// Keys that have names, besides their labels in the help.
const NAMED: [(&str, KeyCode); 17] = [
    ("space", KeyCode::Char(' ')),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
];

/// What names of keys look like.
pub(crate) const KEY_SYNTAX: &str = "write a character (x, X, +), ctrl-x, f1 to f12, or one of \
     space, tab, shift-tab, enter, esc, backspace, del, insert, left, right, up, down, home, \
     end, pgup, pgdn";

/// The key of a name or of a label of the help: `x`, `X`, `ctrl-x`, `^X`, `F5`, `PgDn`, `↓`.
pub(crate) fn key_of(name: &str) -> Option<Key> {
    let lower = name.to_lowercase();
    let control = lower.strip_prefix("ctrl-").or_else(|| {
        let rest = lower.strip_prefix('^')?;
        (!rest.is_empty()).then_some(rest)
    });
    let code = code_of(control.unwrap_or(name))?;
    Some(Key::new(code, control.is_some()))
}

fn code_of(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(one), None) = (characters.next(), characters.next()) {
        return Some(match one {
            '←' => KeyCode::Left,
            '→' => KeyCode::Right,
            '↑' => KeyCode::Up,
            '↓' => KeyCode::Down,
            one if one.is_control() => return None,
            one => KeyCode::Char(one),
        });
    }
    let lower = name.to_lowercase();
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == lower) {
        return Some(*code);
    }
    let number: u8 = lower.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

/// The key as which terminals send this one with Ctrl.
pub(crate) fn sent_as(key: Key) -> Option<&'static str> {
    let sent = [
        (ctrl('i'), "tab"),
        (ctrl('m'), "enter"),
        (ctrl('j'), "enter"),
        (ctrl('h'), "backspace"),
        (ctrl('['), "esc"),
    ];
    let found = sent.into_iter().find(|(one, _)| *one == key);
    found.map(|(_, other)| other)
}

/// The name of an action, from its own: `Train(MoveCursor(Next))` is
/// `train-move-cursor-next`, and `Slide(-1)` is `slide-minus-1`.
pub(crate) fn action_name(action: impl Debug) -> String {
    let mut name = String::new();
    let mut begins = true;
    let written = format!("{action:?}");
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_alphanumeric() {
            if character == '-' && characters.peek().is_some_and(char::is_ascii_digit) {
                name.push_str("-minus");
            }
            begins = true;
            continue;
        }
        if (begins || character.is_uppercase()) && !name.is_empty() {
            name.push('-');
        }
        name.extend(character.to_lowercase());
        begins = false;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::key::{BACK_TAB, DOWN, F1, PAGE_DOWN, key};

    #[test]
    fn keys_have_names_and_their_labels() {
        for (name, expected) in [
            ("x", key('x')),
            ("X", key('X')),
            ("+", key('+')),
            ("^", key('^')),
            ("é", key('é')),
            ("Space", key(' ')),
            ("ctrl-D", ctrl('d')),
            ("^D", ctrl('d')),
            ("f1", F1),
            ("PgDn", PAGE_DOWN),
            ("↓", DOWN),
            ("Down", DOWN),
            ("Shift-Tab", BACK_TAB),
        ] {
            assert_eq!(key_of(name), Some(expected), "{name}");
            assert_eq!(key_of(&expected.label()), Some(expected), "{name}");
        }
        for wrong in ["", "xx", "f0", "f13", "ctrl-", "ctrl-xx", "\u{7}", "alt-x"] {
            assert_eq!(key_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn actions_are_named_after_themselves() {
        assert_eq!(action_name(KeyCode::PageDown), "page-down");
        assert_eq!(action_name(Some(KeyCode::F(7))), "some-f-7");
        assert_eq!(action_name(Some(-5)), "some-minus-5");
    }
}
