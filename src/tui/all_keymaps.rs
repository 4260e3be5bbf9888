//! Every keymap, with the name of where it counts; and the user's changes of them.

use super::action::Action;
use super::crop_chooser;
use super::data_sets;
use super::keymap::changes::KeyChanges;
use super::keymap::names::action_name;
use super::keymap::{Keymap, shared};
use super::starters;
use super::tabs::{browse, denoise, evaluation, morph, search, train};
use crate::config::KeySettings;

/// All of them.
pub(crate) const ALL_KEYMAPS: [(&str, Keymap<Action>); 30] = [
    ("browse", browse::keys::MAIN),
    ("train", train::keys::MAIN),
    ("train, form", train::keys::FORM),
    ("train, removal", train::keys::CONFIRM_REMOVAL),
    ("train, note", train::keys::NOTE),
    ("train, log", train::keys::LOG),
    ("denoise", denoise::keys::MAIN),
    ("denoise, picker", denoise::keys::PICKER),
    ("denoise, level", denoise::keys::LEVEL_INPUT),
    ("search", search::keys::MAIN),
    ("crop of a file", crop_chooser::keys::CROP),
    ("search, walk", search::keys::WALK),
    ("search, encoders", search::keys::ENCODERS),
    ("evaluation", evaluation::keys::MAIN),
    ("morph", morph::keys::MAIN),
    ("morph, from noise", morph::keys::NOISE),
    ("morph, direction", morph::keys::ALONG),
    ("morph, axes", morph::keys::AXES),
    ("morph, square", morph::keys::SQUARE),
    ("text", shared::TEXT),
    ("path", shared::PATH),
    ("popup", shared::POPUP),
    ("data sets", data_sets::keys::MAIN),
    ("data sets, import", data_sets::keys::IMPORTING),
    ("data sets, removal", data_sets::keys::CONFIRM_REMOVAL),
    ("data sets, crop", data_sets::keys::CROP),
    ("too small", shared::TOO_SMALL),
    ("presets", starters::keys::POPUP),
    ("train without runs", starters::keys::EMPTY_TRAIN),
    ("every tab", shared::EVERY_TAB),
];

/// Applies the user's settings of keys. Gives their mistakes too, a line each.
pub(crate) fn change_keys(keys: &KeySettings) -> (KeyChanges<Action>, Vec<String>) {
    let (changes, mistakes) = KeyChanges::new(&ALL_KEYMAPS, &keys.settings);
    (changes, [keys.mistakes.clone(), mistakes].concat())
}

/// What keys mean somewhere.
pub struct KeyTable {
    /// Where they count.
    pub place: &'static str,
    /// Keys as the help writes them, the action's name, and what it does.
    pub rows: Vec<(String, String, &'static str)>,
}

/// What all keys mean with the user's settings.
pub fn key_tables(keys: &KeySettings) -> Vec<KeyTable> {
    let (changes, _) = change_keys(keys);
    let table = |(place, keymap): (&'static str, Keymap<Action>)| KeyTable {
        place,
        rows: changes
            .of(keymap)
            .shown()
            .map(|binding| {
                let labels: Vec<String> = binding.keys.iter().map(|key| key.label()).collect();
                (labels.join(" "), action_name(binding.action), binding.help)
            })
            .collect(),
    };
    ALL_KEYMAPS.into_iter().map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeySetting;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn setting(line: usize, key: &str, actions: &[&str]) -> KeySetting {
        KeySetting {
            key: key.to_string(),
            actions: actions.iter().map(ToString::to_string).collect(),
            place: format!("f:{line}:1"),
        }
    }

    fn changed(settings: &[(&str, &[&str])]) -> (KeyChanges<Action>, Vec<String>) {
        let lines = settings.iter().enumerate();
        let settings = lines.map(|(at, (key, actions))| setting(at + 1, key, actions));
        let keys = KeySettings {
            settings: settings.collect(),
            mistakes: Vec::new(),
        };
        change_keys(&keys)
    }

    fn keymap(name: &str) -> Keymap<Action> {
        let mut all = ALL_KEYMAPS.into_iter();
        all.find(|(place, _)| *place == name).unwrap().1
    }

    fn name_of(keymap: Keymap<Action>, key: char) -> Option<String> {
        let event = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        keymap.action(&event).map(action_name)
    }

    #[test]
    fn a_key_means_what_the_settings_say_and_help_and_footer_follow() {
        let (changes, mistakes) = changed(&[
            ("z", &["train-pause"]),
            ("N", &["search-toggle-metric", "train-stop"]),
            ("B", &["none"]),
        ]);
        assert_eq!(mistakes, Vec::<String>::new());
        let train = changes.of(keymap("train"));
        assert_eq!(name_of(train, 'z').as_deref(), Some("train-pause"));
        assert_eq!(name_of(train, 'p').as_deref(), Some("train-pause"));
        assert_eq!(name_of(train, 'B'), None);
        assert!(train.footer(|_| true).contains(&("z".to_string(), "pause")));
        assert!(train.shown().all(|binding| !binding.keys.is_empty()));
        assert_eq!(name_of(train, 'N').as_deref(), Some("train-stop"));
        // Elsewhere it is as it was, but for what is everywhere.
        let browse = changes.of(keymap("browse"));
        assert_eq!(name_of(browse, 'z'), name_of(keymap("browse"), 'z'));
        assert_eq!(name_of(browse, 'B'), None);
        // Letters are letters in text.
        assert_eq!(
            name_of(changes.of(keymap("text")), 'B').as_deref(),
            Some("insert-b")
        );
    }

    #[test]
    fn keys_that_end_the_typing_of_a_level_are_changed_too() {
        let (changes, mistakes) = changed(&[("z", &["denoise-toggle-chart"]), ("p", &["none"])]);
        assert_eq!(mistakes, Vec::<String>::new());
        let level = changes.of(keymap("denoise, level"));
        assert_eq!(name_of(level, 'z').as_deref(), Some("denoise-toggle-chart"));
        assert_eq!(name_of(level, 'p'), None);
        assert_eq!(name_of(level, '5').as_deref(), Some("denoise-type-level-5"));
    }

    #[test]
    fn one_action_may_take_a_key_from_another_that_has_more() {
        let (changes, mistakes) = changed(&[("j", &["train-stop"])]);
        assert_eq!(mistakes, Vec::<String>::new());
        let train = changes.of(keymap("train"));
        assert_eq!(name_of(train, 'j').as_deref(), Some("train-stop"));
        let down = KeyEvent::new(KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(train.action(&down), keymap("train").action(&down));
    }

    #[test]
    fn conflicts_and_unknown_names_are_told_with_their_place_and_change_nothing() {
        for (settings, expected) in [
            (
                &[("p", &["train-stop"][..])][..],
                "f:1:1: keys, \"p\" as \"train-stop\" (train): is the only key of \"train-pause\"",
            ),
            (
                &[("N", &["train-stop"]), ("N", &["train-pause"])],
                "f:2:1: keys, \"N\" as \"train-pause\" (train): is \"train-stop\" already, by f:1:1",
            ),
            (
                &[("N", &["train-stp"])],
                "f:1:1: keys, \"N\": there is no action \"train-stp\"; did you mean \"train-stop\"?",
            ),
            (
                &[("NN", &["train-stop"])],
                "f:1:1: keys, \"NN\": is no key; write",
            ),
            (
                &[("ctrl-c", &["train-stop"])],
                "f:1:1: keys, \"ctrl-c\": always quits",
            ),
            (
                &[("ctrl-m", &["train-stop"])],
                "f:1:1: keys, \"ctrl-m\": terminals send it as enter; write \"enter\"",
            ),
            (
                &[("x", &["accept"])],
                "f:1:1: keys, \"x\" as \"accept\" (train, note): is a letter",
            ),
        ] {
            let (changes, mistakes) = changed(settings);
            assert!(!mistakes.is_empty(), "{expected}");
            assert!(mistakes[0].starts_with(expected), "{mistakes:?}");
            let train = changes.of(keymap("train"));
            assert_eq!(name_of(train, 'p').as_deref(), Some("train-pause"));
            assert_eq!(name_of(train, 'x').as_deref(), Some("train-stop"));
        }
    }

    #[test]
    fn no_name_stands_for_two_actions() {
        let mut known: std::collections::HashMap<String, Action> = std::collections::HashMap::new();
        for binding in ALL_KEYMAPS.iter().flat_map(|(_, keymap)| keymap.shown()) {
            let name = action_name(binding.action);
            let before = *known.entry(name.clone()).or_insert(binding.action);
            assert_eq!(before, binding.action, "{name}");
        }
    }

    /// Settings hold these names: a change of one breaks them.
    #[test]
    fn actions_keep_their_names() {
        let names: std::collections::BTreeSet<String> = ALL_KEYMAPS
            .iter()
            .flat_map(|(_, keymap)| keymap.shown().map(|binding| action_name(binding.action)))
            .collect();
        insta::assert_snapshot!(names.into_iter().collect::<Vec<_>>().join("\n"));
    }
}
