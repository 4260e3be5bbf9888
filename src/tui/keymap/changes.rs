//! The user's changes of keys, applied to every keymap when the screen starts.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::key::{Key, ctrl};
use super::names::{KEY_SYNTAX, action_name, key_of, sent_as};
use super::{Binding, Keymap};
use crate::config::KeySetting;
use crate::config::spanned_toml::closest_name;

/// Takes a key away from whatever it means.
const NOTHING: &str = "none";

/// What stands for the key of an action that has none.
const NO_KEY: &str = "(no key)";

/// Keymaps with their changes.
#[derive(Debug)]
pub(crate) struct KeyChanges<A: 'static> {
    /// A keymap as it is built in, and as it was changed.
    changed: Vec<(Keymap<A>, Keymap<A>)>,
}

impl<A> Default for KeyChanges<A> {
    fn default() -> Self {
        Self {
            changed: Vec::new(),
        }
    }
}

/// A key and what it is to mean.
struct Change<'a> {
    setting: &'a KeySetting,
    key: Key,
    /// Names of actions, all known.
    actions: Vec<&'a str>,
}

impl<A: Copy + PartialEq + Debug> KeyChanges<A> {
    /// Applies settings to all keymaps, which come with the names of where they count. Gives
    /// the mistakes too, each with its place in the file; what is mistaken is left out.
    /// The changed keymaps are kept for as long as the program runs.
    pub(crate) fn new(
        keymaps: &[(&str, Keymap<A>)],
        settings: &[KeySetting],
    ) -> (Self, Vec<String>) {
        let mut mistakes = Vec::new();
        let all = keymaps.iter().flat_map(|(_, keymap)| keymap.shown());
        let names: BTreeSet<String> = all.map(|binding| action_name(binding.action)).collect();
        let changes: Vec<Change> = settings
            .iter()
            .filter_map(|setting| {
                let change = Change::new(setting, &names);
                change.map_err(|problem| mistakes.push(problem)).ok()
            })
            .collect();
        let mut changed = Vec::new();
        for (place, keymap) in keymaps {
            let edited = Edited::apply_all(place, keymap, &changes, &mut mistakes);
            if let Some(edited) = edited {
                changed.push((*keymap, edited));
            }
        }
        // A table that many keymaps share makes its mistakes in each of them.
        let mut told = Vec::new();
        for mistake in mistakes {
            if !told.contains(&mistake) {
                told.push(mistake);
            }
        }
        (Self { changed }, told)
    }

    /// The keymap with the user's changes.
    pub(crate) fn of(&self, keymap: Keymap<A>) -> Keymap<A> {
        let mut all = self.changed.iter();
        let found = all.find(|(built_in, _)| built_in.has_tables_of(&keymap));
        let fallback = self.fallback(keymap.fallback);
        let of_it = found.map_or(keymap, |(_, changed)| *changed);
        Keymap {
            leading: of_it.leading,
            bindings: of_it.bindings,
            shared: of_it.shared,
            fallback,
            ..keymap
        }
    }

    /// A fallback with the changes of the keymap whose own keys it is.
    fn fallback(&self, fallback: &'static [Binding<A>]) -> &'static [Binding<A>] {
        let mut all = self.changed.iter();
        let found = all.find(|(built_in, _)| built_in.bindings == fallback);
        match found {
            Some((_, changed)) if !fallback.is_empty() => changed.bindings,
            _ => fallback,
        }
    }

    /// The key that means an action in a keymap, as the footer shows it: for texts that name it.
    pub(crate) fn label(&self, keymap: Keymap<A>, action: A) -> String {
        let keymap = self.of(keymap);
        let mut meaning = keymap.shown().filter(|binding| binding.action == action);
        let key = meaning.find_map(|binding| binding.keys.first());
        key.map_or(NO_KEY.to_string(), |key| key.label())
    }
}

impl<'a> Change<'a> {
    fn new(setting: &'a KeySetting, names: &BTreeSet<String>) -> Result<Self, String> {
        let KeySetting {
            key: written,
            actions,
            place,
        } = setting;
        let wrong = |problem: String| Err(format!("{place}: keys, {written:?}: {problem}"));
        let Some(key) = key_of(written) else {
            return wrong(format!("is no key; {KEY_SYNTAX}"));
        };
        if key == ctrl('c') {
            return wrong("always quits".to_string());
        }
        if let Some(other) = sent_as(key) {
            return wrong(format!("terminals send it as {other}; write {other:?}"));
        }
        for action in actions {
            if action == NOTHING || names.contains(action) {
                continue;
            }
            let known = names.iter().map(String::as_str);
            let advice = match closest_name(action, known) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "`lfw-tui keys` lists them".to_string(),
            };
            return wrong(format!("there is no action {action:?}; {advice}"));
        }
        Ok(Self {
            setting,
            key,
            actions: actions.iter().map(String::as_str).collect(),
        })
    }
}

/// A keymap that is being changed.
struct Edited<A: 'static> {
    /// Keys that come first, those of what has the focus, and those of every keymap.
    tables: [Vec<(Binding<A>, Vec<Key>)>; 3],
}

impl<A: Copy + PartialEq + Debug> Edited<A> {
    /// The keymap with its changes; `None` if nothing changes.
    fn apply_all(
        place: &str,
        keymap: &Keymap<A>,
        changes: &[Change<'_>],
        mistakes: &mut Vec<String>,
    ) -> Option<Keymap<A>> {
        let table = |bindings: &'static [Binding<A>]| {
            let with_keys = |binding: &Binding<A>| (*binding, binding.keys.to_vec());
            bindings.iter().map(with_keys).collect()
        };
        let mut edited = Self {
            tables: [keymap.leading, keymap.bindings, keymap.shared].map(table),
        };
        let mut applied: Vec<(&Change<'_>, &str)> = Vec::new();
        for change in changes {
            for &action in &change.actions {
                if !edited.knows(action) {
                    continue;
                }
                let is_letter = keymap.accepts_text() && change.key.plain_char().is_some();
                if is_letter && action == NOTHING {
                    continue;
                }
                let problem = if is_letter {
                    Some("is a letter while text is entered".to_string())
                } else {
                    let mut before = applied.iter().filter(|(one, _)| one.key == change.key);
                    before.next().map(|(one, other)| {
                        format!("is {other:?} already, by {}", one.setting.place)
                    })
                };
                match problem {
                    None => {
                        edited.apply(change.key, action);
                        applied.push((change, action));
                    }
                    Some(problem) => mistakes.push(change.mistake(place, action, &problem)),
                }
            }
        }
        if applied.is_empty() {
            return None;
        }
        edited.give_back(place, &applied, mistakes);
        Some(edited.finish(keymap))
    }

    fn bindings(&mut self) -> impl Iterator<Item = &mut (Binding<A>, Vec<Key>)> {
        self.tables.iter_mut().flatten()
    }

    fn knows(&self, action: &str) -> bool {
        let mut all = self.tables.iter().flatten();
        action == NOTHING || all.any(|(binding, _)| action_name(binding.action) == action)
    }

    fn apply(&mut self, key: Key, action: &str) {
        let mut is_given = false;
        for (binding, keys) in self.bindings() {
            keys.retain(|other| *other != key);
            if !is_given && action_name(binding.action) == action {
                // Before the others, so that the footer shows it.
                keys.insert(0, key);
                is_given = true;
            }
        }
    }

    /// Actions that lost their last key to another one get it back: a conflict.
    fn give_back(
        &mut self,
        place: &str,
        applied: &[(&Change<'_>, &str)],
        mistakes: &mut Vec<String>,
    ) {
        let with_keys: Vec<String> = self
            .bindings()
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(binding, _)| action_name(binding.action))
            .collect();
        let mut taken = Vec::new();
        for (binding, keys) in self.bindings() {
            let name = action_name(binding.action);
            if !keys.is_empty() || with_keys.contains(&name) {
                continue;
            }
            let taker = applied
                .iter()
                .find(|(change, action)| binding.keys.contains(&change.key) && *action != NOTHING);
            if let Some((change, action)) = taker {
                keys.push(change.key);
                taken.push(change.key);
                let problem = format!(
                    "is the only key of {name:?}; give that another one, or set it to \"none\""
                );
                mistakes.push(change.mistake(place, action, &problem));
            }
        }
        for (binding, keys) in self.bindings() {
            let is_built_in = |key: &Key| binding.keys.contains(key);
            keys.retain(|key| !taken.contains(key) || is_built_in(key));
        }
    }

    fn finish(self, keymap: &Keymap<A>) -> Keymap<A> {
        let [leading, bindings, shared] = self.tables.map(|table| {
            let kept = table.into_iter().filter(|(_, keys)| !keys.is_empty());
            let bindings: Vec<Binding<A>> = kept
                .map(|(binding, keys)| Binding {
                    // A few kilobytes, once.
                    keys: Vec::leak(keys),
                    ..binding
                })
                .collect();
            &*Vec::leak(bindings)
        });
        Keymap {
            leading,
            bindings,
            shared,
            ..*keymap
        }
    }
}

impl Change<'_> {
    fn mistake(&self, keymap: &str, action: &str, problem: &str) -> String {
        let KeySetting { key, place, .. } = self.setting;
        format!("{place}: keys, {key:?} as {action:?} ({keymap}): {problem}")
    }
}
