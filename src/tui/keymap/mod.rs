//! Keys as data: tables of keys, the action each means, and what the help and
//! the footer say about it. Which actions there are is not known here.

pub(crate) mod changes;
pub(crate) mod key;
pub(crate) mod names;
pub(crate) mod shared;

use crossterm::event::KeyEvent;

use key::Key;

/// Some keys, what they do, and how that is explained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Binding<A> {
    /// Any of these keys …
    pub keys: &'static [Key],
    /// … means this action.
    pub action: A,
    /// A phrase for the help.
    pub help: &'static str,
    /// A word for the footer; `None` leaves the binding out of it. Neighbours
    /// with the same word are shown as one: `hjkl move`.
    pub footer: Option<&'static str>,
}

/// A table of [`Binding`]s, a row for each: keys, the action, the help, and the
/// footer's word, if any.
macro_rules! bindings {
    ($($($key:expr),+ => $action:expr, $help:literal $(, $footer:literal)?;)*) => {
        &[$($crate::tui::keymap::Binding {
            keys: &[$($key),+],
            action: $action,
            help: $help,
            footer: $crate::tui::keymap::bindings!(@footer $($footer)?),
        }),*]
    };
    (@footer) => { None };
    (@footer $footer:literal) => { Some($footer) };
}
pub(crate) use bindings;

/// All keys that count at one time.
#[derive(Debug, Clone, Copy)]
pub struct Keymap<A: 'static> {
    /// Keys that come before `bindings` in the help and the footer.
    pub(crate) leading: &'static [Binding<A>],
    /// The keys of what has the focus.
    pub(crate) bindings: &'static [Binding<A>],
    /// Keys that work everywhere of this kind; they come after `bindings` in
    /// the help and the footer.
    pub(crate) shared: &'static [Binding<A>],
    /// Keys that count when the other tables lack them. Neither the help nor the footer
    /// shows them.
    pub(crate) fallback: &'static [Binding<A>],
    /// While text is entered: the action of a character that no table binds.
    pub(crate) insert: Option<fn(char) -> A>,
}

impl<A: PartialEq> Keymap<A> {
    /// Whether its tables are those of another keymap.
    fn has_tables_of(&self, other: &Self) -> bool {
        self.leading == other.leading
            && self.bindings == other.bindings
            && self.shared == other.shared
    }
}

impl<A: Copy> Keymap<A> {
    /// The action of a key event, if it has one.
    pub fn action(&self, event: &KeyEvent) -> Option<A> {
        let key = Key::from_event(event)?;
        let bound = self
            .shown()
            .chain(self.fallback)
            .find(|binding| binding.keys.contains(&key))
            .map(|binding| binding.action);
        bound.or_else(|| Some(self.insert?(key.plain_char()?)))
    }

    /// The keys of what has the focus, in the order of the help and the footer.
    pub(crate) fn own(&self) -> impl Iterator<Item = &'static Binding<A>> {
        self.leading.iter().chain(self.bindings)
    }

    /// All keys that the help and the footer can show, in their order.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &'static Binding<A>> {
        self.own().chain(self.shared)
    }

    /// Whether unbound characters are entered as text.
    pub(crate) fn accepts_text(&self) -> bool {
        self.insert.is_some()
    }

    /// Keys and words for the footer, in the order of the tables, of the actions that would do
    /// something now.
    pub(crate) fn footer(&self, does_something: impl Fn(A) -> bool) -> Vec<(String, &'static str)> {
        let mut entries: Vec<(String, &'static str)> = Vec::new();
        for binding in self
            .shown()
            .filter(|binding| does_something(binding.action))
        {
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
}
