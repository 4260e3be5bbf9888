//! The section `[keys]`: what keys are to mean. Which keys and actions there are only the
//! screen knows.

use super::spanned_toml::{Entry, Value};

/// A key and what it is to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetting {
    /// The key as it is written.
    pub key: String,
    /// Names of actions.
    pub actions: Vec<String>,
    /// File, line and column.
    pub place: String,
}

/// The section, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySettings {
    /// In the order of the file.
    pub settings: Vec<KeySetting>,
    /// A line each, with its place.
    pub mistakes: Vec<String>,
}

impl KeySettings {
    /// Adds the entries of a file's section.
    pub(super) fn add(&mut self, file: &str, entries: &[Entry]) {
        for entry in entries {
            let place = format!("{file}:{}", entry.position);
            match actions(&entry.value) {
                Some(actions) => self.settings.push(KeySetting {
                    key: entry.name.clone(),
                    actions,
                    place,
                }),
                None => self.mistakes.push(format!(
                    "{place}: keys, {:?}: must be the name of an action in quotes, or a list of \
                     them, not {}",
                    entry.name,
                    entry.value.kind()
                )),
            }
        }
    }
}

/// One name, or a list of names; a key may mean something else on each tab.
fn actions(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Text(action) => Some(vec![action.clone()]),
        Value::List(list) => {
            let names = list.iter().map(|(_, one)| match one {
                Value::Text(action) => Some(action.clone()),
                _ => None,
            });
            names.collect()
        }
        _ => None,
    }
}
