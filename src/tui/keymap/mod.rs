//! Keys as data: per mode a table of keys, the action they mean, and what the
//! help and the footer say about it. Nothing else knows a key.

mod shared;

pub use shared::MOTIONS;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Tab};
use super::tabs::{browse, denoise, morph, search, train};
use shared::{ALWAYS, EVERYWHERE, PATH, POPUP, TEXT, TOO_SMALL};

/// One key with its modifiers. Characters carry their own case, never `SHIFT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    control: bool,
}

impl Key {
    /// A character.
    pub const fn char(c: char) -> Self {
        Self::code(KeyCode::Char(c))
    }

    /// Ctrl and a character.
    pub const fn control(c: char) -> Self {
        Self {
            code: KeyCode::Char(c),
            control: true,
        }
    }

    /// Any other key.
    pub const fn code(code: KeyCode) -> Self {
        Self {
            code,
            control: false,
        }
    }

    /// The key of an event; `None` for combinations that we never bind.
    pub fn from_event(event: &KeyEvent) -> Option<Self> {
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

    /// As help writes it: `j`, `^D`, `↓`, `Enter`.
    pub fn label(self) -> String {
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

/// Some keys, what they do, and how that is explained.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Any of these.
    pub keys: &'static [Key],
    /// Means this.
    pub action: Action,
    /// A phrase for the help.
    pub help: &'static str,
    /// A word for the footer, where the binding is shown there. Neighbours with
    /// the same word are shown as one: `hjkl move`.
    pub footer: Option<&'static str>,
}

/// A [`Binding`], shortly.
pub const fn bind(
    keys: &'static [Key],
    action: Action,
    help: &'static str,
    footer: Option<&'static str>,
) -> Binding {
    Binding {
        keys,
        action,
        help,
        footer,
    }
}

/// What the keys mean now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A tab, none of its parts having the keys.
    Tab(Tab),
    /// A line of text is being entered, and this is its table.
    Text,
    /// A path is being entered: text that Tab completes.
    Path,
    /// The help or another popup is open.
    Popup,
    /// A mode of a tab with a table of its own: the tab and which.
    Part(Tab, usize),
    /// The terminal is too small to show what a key would do.
    TooSmall,
}

impl Mode {
    /// Every mode there is.
    pub fn all() -> Vec<Self> {
        let mut modes = vec![Self::Text, Self::Path, Self::Popup, Self::TooSmall];
        for tab in Tab::ALL {
            modes.push(Self::Tab(tab));
            modes.extend((0..part_bindings(tab).len()).map(|part| Self::Part(tab, part)));
        }
        modes
    }

    /// The mode's own keys.
    pub fn bindings(self) -> &'static [Binding] {
        match self {
            Self::Tab(tab) => tab_bindings(tab),
            Self::Text => TEXT,
            Self::Path => PATH,
            Self::Popup => POPUP,
            Self::TooSmall => TOO_SMALL,
            Self::Part(tab, part) => part_bindings(tab).get(part).copied().unwrap_or(&[]),
        }
    }

    /// Keys that work in the mode beside its own.
    pub fn shared_bindings(self) -> &'static [Binding] {
        match self {
            Self::Tab(_) => EVERYWHERE,
            Self::Text | Self::Path | Self::Popup | Self::Part(..) | Self::TooSmall => ALWAYS,
        }
    }

    /// Keys that fall through to the tab below when neither table has them.
    pub fn fallback(self) -> &'static [Binding] {
        match self {
            Self::Part(Tab::Denoise, part) if part == denoise::TYPING_PART => denoise::KEYS,
            _ => &[],
        }
    }

    /// Whether characters that are not bound are typed.
    pub fn accepts_text(self) -> bool {
        matches!(self, Self::Text | Self::Path)
    }
}

fn tab_bindings(tab: Tab) -> &'static [Binding] {
    match tab {
        Tab::Browse => browse::KEYS,
        Tab::Train => train::KEYS,
        Tab::Denoise => denoise::KEYS,
        Tab::Search => search::KEYS,
        Tab::Morph => morph::KEYS,
    }
}

/// Tables of a tab's parts (forms, number entry), addressed by [`Mode::Part`].
fn part_bindings(tab: Tab) -> &'static [&'static [Binding]] {
    match tab {
        Tab::Train => train::PARTS,
        Tab::Denoise => denoise::PARTS,
        _ => &[],
    }
}

/// What a key event means in a mode.
pub fn action(mode: Mode, event: &KeyEvent) -> Option<Action> {
    let key = Key::from_event(event)?;
    let bound = [mode.bindings(), mode.shared_bindings(), mode.fallback()]
        .into_iter()
        .flatten()
        .find(|binding| binding.keys.contains(&key))
        .map(|binding| binding.action);
    bound.or(match key {
        Key {
            code: KeyCode::Char(c),
            control: false,
        } if mode.accepts_text() => Some(Action::Type(c)),
        _ => None,
    })
}

/// The footer of a mode: keys and words, in the table's order.
pub fn footer(mode: Mode) -> Vec<(String, &'static str)> {
    let mut entries: Vec<(String, &'static str)> = Vec::new();
    for binding in mode.bindings().iter().chain(mode.shared_bindings()) {
        let (Some(word), Some(key)) = (binding.footer, binding.keys.first()) else {
            continue;
        };
        match entries.last_mut() {
            Some((keys, last)) if *last == word => {
                let label = key.label();
                if keys.chars().count() > 1 && label.chars().count() > 1 {
                    keys.push(' ');
                }
                keys.push_str(&label);
            }
            _ => entries.push((key.label(), word)),
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn press(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn no_key_means_two_things_in_a_mode() {
        for mode in Mode::all() {
            let mut seen: HashMap<Key, &str> = HashMap::new();
            for binding in mode.bindings().iter().chain(mode.shared_bindings()) {
                assert!(!binding.keys.is_empty(), "{mode:?}: {:?}", binding.action);
                for key in binding.keys {
                    if let Some(other) = seen.insert(*key, binding.help) {
                        panic!(
                            "{mode:?}: {} is both {other:?} and {:?}",
                            key.label(),
                            binding.help
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_binding_is_explained() {
        for mode in Mode::all() {
            for binding in mode.bindings().iter().chain(mode.shared_bindings()) {
                assert!(binding.help.len() >= 2, "{mode:?}: {:?}", binding.action);
                assert!(!binding.help.ends_with('.'), "{}", binding.help);
            }
        }
    }

    #[test]
    fn every_tab_can_be_left_and_explained() {
        for tab in Tab::ALL {
            let mode = Mode::Tab(tab);
            assert_eq!(action(mode, &press(KeyCode::Char('q'))), Some(Action::Quit));
            assert_eq!(action(mode, &press(KeyCode::Char('?'))), Some(Action::Help));
            for (digit, target) in ('1'..='5').zip(Tab::ALL) {
                assert_eq!(
                    action(mode, &press(KeyCode::Char(digit))),
                    Some(Action::Show(target)),
                    "{tab:?} {digit}"
                );
            }
            let footer = footer(mode);
            assert!(
                footer
                    .iter()
                    .any(|(key, word)| key == "?" && *word == "help")
            );
        }
        for mode in Mode::all() {
            let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(action(mode, &control_c), Some(Action::Quit), "{mode:?}");
        }
    }

    #[test]
    fn neighbours_share_a_word_in_the_footer() {
        let footer = footer(Mode::Tab(Tab::Browse));
        assert_eq!(footer[0], ("hjkl".to_string(), "move"));
    }

    #[test]
    fn text_entry_types_what_is_not_bound() {
        assert_eq!(
            action(Mode::Text, &press(KeyCode::Char('q'))),
            Some(Action::Type('q'))
        );
        assert_eq!(
            action(Mode::Text, &press(KeyCode::Enter)),
            Some(Action::Accept)
        );
        let alt = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(action(Mode::Text, &alt), None);
    }
}
