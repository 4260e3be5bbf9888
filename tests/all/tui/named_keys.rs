//! Texts name the keys that count: with every key changed, the screen names no built-in one, and
//! no text in the sources has a key written into it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lfw_tui::config::{KeySetting, KeySettings};
use lfw_tui::runs::data_sets::stored_data_sets;
use lfw_tui::runs::{LogText, RunState};
use lfw_tui::tui::all_keymaps::key_tables;
use lfw_tui::tui::data_sets::messages::{DataUpdate, ImportedData};
use lfw_tui::tui::run_monitor::RunUpdate;

use super::stage::{Stage, dataset, folder, paths};
use super::train::run;

/// Keys that no keymap has: Ctrl and these letters.
const FIRST_LETTER: u32 = 0x1401;

/// The key that cannot be changed.
const ALWAYS: &str = "^C";

/// Puts every action on a key of its own, and takes all built-in keys away.
fn other_keys() -> KeySettings {
    let tables = key_tables(&KeySettings::default());
    let rows = || tables.iter().flat_map(|table| &table.rows);
    let labels: BTreeSet<&str> = rows().flat_map(|(keys, ..)| keys.split(' ')).collect();
    let actions: BTreeSet<&str> = rows().map(|(_, action, _)| action.as_str()).collect();
    let setting = |key: String, action: &str| KeySetting {
        key,
        actions: vec![action.to_string()],
        place: "settings".to_string(),
    };
    let taken = labels.into_iter().filter(|label| *label != ALWAYS);
    let taken = taken.map(|label| setting(label.to_string(), "none"));
    let given = (FIRST_LETTER..).zip(actions).map(|(letter, action)| {
        let letter = char::from_u32(letter).expect("a letter");
        setting(format!("ctrl-{letter}"), action)
    });
    KeySettings {
        settings: taken.chain(given).collect(),
        mistakes: Vec::new(),
    }
}

fn is_other_key(character: char) -> bool {
    (FIRST_LETTER..FIRST_LETTER + 0x200).contains(&(character as u32))
}

/// Keys by their names.
const SPELLED: [&str; 12] = [
    "Enter",
    "Esc",
    "Escape",
    "Tab",
    "Shift-Tab",
    "Space",
    "Backspace",
    "PgUp",
    "PgDn",
    "Del",
    "F1",
    "hjkl",
];

/// What a key is said to do, where that is not the next word, or the key is a digit: those count
/// things, too.
const VERBS: [&str; 21] = [
    "adds", "begins", "changes", "compares", "fetches", "gets", "go", "keeps", "makes", "mark",
    "marks", "morphs", "opens", "put", "searches", "shows", "starts", "stops", "take", "trains",
    "tries",
];

/// Words after a single letter that is no key.
const NO_VERBS: [&str; 5] = ["as", "has", "is", "this", "was"];

/// Where a text seems to name a built-in key.
fn named_key(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let found = (0..words.len()).find(|at| is_named(&words[*at..]))?;
    let end = words.len().min(found + 6);
    Some(words[found..end].join(" "))
}

/// Whether the first word is the name of a key.
fn is_named(words: &[&str]) -> bool {
    let word = words[0];
    let bare = word.trim_matches(|c| "()“”".contains(c));
    let bare = match bare.strip_suffix([',', '.', ';', ':']) {
        Some("") | None => bare,
        Some(rest) => rest,
    };
    let is_control = bare.len() == 2 && bare.starts_with('^') && bare != ALWAYS;
    let is_control = is_control || bare.starts_with("Ctrl-");
    if SPELLED.contains(&bare) || is_control {
        return true;
    }
    let is_arrow = ["←", "→", "↑", "↓"].contains(&bare);
    let is_key = |c: u8| c.is_ascii_graphic() && !b",.;:^".contains(&c);
    let is_one = |word: &str| word.len() == 1 && is_key(word.as_bytes()[0]);
    if word == "press" {
        return words
            .get(1)
            .is_some_and(|next| is_one(next) || *next == "space");
    }
    if !(is_one(bare) || is_arrow) {
        return false;
    }
    let is_digit = bare.chars().all(|c| c.is_ascii_digit());
    let is_end_of_a_morph = bare == "A" || bare == "B";
    let is_article = bare == "a";
    if word == format!("({bare})") && !is_digit {
        return true;
    }
    if word == format!("{bare}:") || word == format!("{bare},") {
        let is_letter = bare.chars().all(char::is_alphabetic);
        return is_letter && !is_end_of_a_morph;
    }
    if word != bare {
        return false;
    }
    let mut next = &words[1..];
    if let ["and", other, ..] = next
        && is_one(other)
    {
        next = &next[2..];
    }
    let Some(first) = next.first() else {
        return false;
    };
    let plain = |word: &str| word.trim_end_matches([',', '.', ';', ':']).to_string();
    if VERBS.contains(&plain(first).as_str()) {
        return true;
    }
    let is_plain = first.chars().all(|c| c.is_ascii_lowercase());
    if is_plain && first.len() > 2 && first.ends_with('s') && !first.ends_with("ss") {
        return !is_digit && !is_article && !NO_VERBS.contains(first);
    }
    // `t on Browse or Search marks`.
    let place = ["on", "here", "there"].contains(first);
    place
        && next
            .iter()
            .take(7)
            .any(|word| VERBS.contains(&plain(word).as_str()))
}

#[test]
fn names_of_keys_are_recognized() {
    for text in [
        "5 morphs from A to B",
        "Ann Lee 3 is marked; T searches the mean of 2 marked faces",
        "b marks the other end",
        "nothing was drawn; ^L tries again",
        "Ctrl-N begins a new line",
        "P: train denoiser, 2h03m",
        "drawn faces: D, then f, gets real ones",
        "is a folder; name a picture in it (Tab lists them)",
        "all passes are made: ← and → go through them",
        "a made face can only be A; [ and ] put another one there",
        "no data in range; press - to zoom out",
        "press space on another run to compare it",
        "3 copies left out (y)",
        "t on Browse or Search marks faces",
        "o on the Search tab searches with a picture file",
        "no run passes; / changes the filter",
        "it has diverged: B rolls it back",
        "close, as Esc does",
    ] {
        assert!(named_key(text).is_some(), "{text}");
    }
    for text in [
        "A is Ann Lee 3; ⟨⟩ marks the other end",
        "A: a face of the next person",
        "mark the selected face as A, where a morph begins",
        "12 faces · 3 people · 4.1 s",
        "George W Bush 17",
        "stop after 3 epochs; 0 = never",
        "a preset fills all fields",
        "more ↓",
    ] {
        assert_eq!(named_key(text), None, "{text}");
    }
}

/// Keys one by one: characters, and names in angle brackets.
fn one_by_one(keys: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '<' => rest.find('>').expect("an end") + 1,
            first => first.len_utf8(),
        };
        let (key, after) = rest.split_at(end);
        all.push(key);
        rest = after;
    }
    all
}

/// Presses keys, and looks at the screen after each of them.
fn walk(stage: &mut Stage, keys: &str) {
    look(stage, "at first");
    for key in one_by_one(keys) {
        stage.press(key);
        look(stage, &format!("{key} of {keys}"));
    }
}

fn look(stage: &mut Stage, when: &str) {
    let screen = stage.text();
    for line in screen.lines() {
        if let Some(named) = named_key(&without_cut_words(line)) {
            panic!("{when}: {named:?} names a key that does not count:\n{screen}");
        }
    }
    assert!(!screen.contains("(no key)"), "{when}:\n{screen}");
}

/// A line of the screen without the words that the border of a popup cuts.
fn without_cut_words(line: &str) -> String {
    let parts: Vec<&str> = line.split(|c| "│╭╮╰╯─".contains(c)).collect();
    let is_letter = |c: char| !c.is_whitespace();
    let whole = parts.iter().enumerate().map(|(at, part)| {
        let part = match at {
            0 => part,
            _ => part.trim_start_matches(is_letter),
        };
        match at + 1 {
            end if end == parts.len() => part,
            _ => part.trim_end_matches(is_letter),
        }
    });
    whole.collect::<Vec<_>>().join(" │ ")
}

/// With every key changed.
fn changed(mut stage: Stage) -> Stage {
    stage.change_keys(&other_keys());
    assert_eq!(stage.message(), "");
    stage
}

#[test]
fn tabs_name_the_keys_that_count() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        for keys in [
            "?G<Esc>/bu<Enter><Esc>llablbtT",
            "1oP<Esc>tt",
            "3C5<Esc>vj <Esc>dpcrsf<^l>",
            "3odo<Esc>",
            "4c]p-laura bush 2<Enter>]ymj <Esc>vjl<Esc>r<Esc>tU1T?<Esc>",
            "5S?G<Esc>vSvrSv?<Esc>vM1t5MMv?<Esc>jlSv?<Esc>lvx",
        ] {
            walk(&mut changed(Stage::open(columns, rows)), keys);
        }
        let denoisers = changed(Stage::with_denoisers(columns, rows));
        walk(&mut { denoisers }, "3d5vvv?<Esc> <Left><Enter>VVVx");
        for keys in ["12345", "2n", "D"] {
            walk(&mut changed(Stage::closed(columns, rows)), keys);
        }
    }
    walk(&mut changed(Stage::open(40, 10)), "q");
}

#[test]
fn messages_name_the_keys_that_count() {
    let mut stage = changed(Stage::open(120, 40));
    let is_named = |stage: &Stage, after: &str| {
        let message = stage.message();
        let before = message.split(after).next().unwrap_or_default();
        message.contains(after) && before.ends_with(is_other_key)
    };
    for (keys, after) in [
        ("a", " marks the other end"),
        ("lb", " morphs from A to B"),
        ("lt", " searches the mean of 1 marked face"),
        ("4c", " opens one"),
        ("]", " adds an attribute or a face"),
        ("3C", " opens one"),
    ] {
        stage.press(keys);
        assert!(is_named(&stage, after), "{}", stage.message());
    }
}

#[test]
fn train_names_the_keys_that_count() {
    let states = [
        RunState::Running,
        RunState::Queued,
        RunState::Finished,
        RunState::Paused,
        RunState::Failed,
    ];
    let mut runs: Vec<_> = states.map(|state| run(&state.to_string(), state)).to_vec();
    runs[4].diverged = true;
    runs[2].note = Some("a note".to_string());
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        for runs in [Vec::new(), runs.clone()] {
            for keys in [
                "2?<Esc>njji<Esc>jj<Esc>",
                "2P<Esc>vGcx[<Esc>",
                "2dyjdnjdnGd<Esc>",
                "2it<Esc>ti<Esc>",
                "2/zzz<Enter>pxdit",
                "12345",
            ] {
                let mut stage = changed(Stage::open(columns, rows));
                stage.app.on_run_update(RunUpdate::Runs(runs.clone()));
                walk(&mut stage, keys);
            }
        }
        let mut stage = changed(Stage::open(columns, rows));
        stage.app.on_run_update(RunUpdate::Runs(runs.clone()));
        stage.press("2L");
        let id = stage.app.tabs.train.selected_id().unwrap().to_string();
        let log = LogText::default();
        stage.app.on_run_update(RunUpdate::Log(id, log));
        walk(&mut stage, "jk<Esc>");
    }
}

#[test]
fn data_sets_name_the_keys_that_count() {
    let listed = || DataUpdate::Listed(Ok(stored_data_sets(&paths()).unwrap()));
    let mut stage = changed(Stage::open(100, 30));
    stage.press("D");
    stage.app.on_data_update(listed());
    walk(&mut stage, "gxnx<Esc>");
    stage.press("i");
    stage.press(folder().to_str().unwrap());
    walk(&mut stage, "<Enter>j<Enter>qq<Esc>");
    let imported = ImportedData {
        id: "x".to_string(),
        message: "x was imported".to_string(),
    };
    stage
        .app
        .on_data_update(DataUpdate::Imported(1, Ok(Some(imported))));
    walk(&mut stage, "jD<Esc>");
    let mut sample = dataset();
    sample.is_sample = true;
    walk(&mut changed(Stage::with(100, 30, sample)), "12345");
    // Nothing is selected.
    let mut stage = changed(Stage::open(100, 30));
    for keys in ["3", "4", "5"] {
        stage.app.context.face = None;
        walk(&mut stage, keys);
    }
}

/// The texts of a source file, without what stands in braces and without its tests.
fn texts(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut texts = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (mark, after) = rest[at..].split_at(1);
        rest = match mark {
            "/" if after.starts_with('/') => after.split_once('\n').map_or("", |(_, rest)| rest),
            "/" => after,
            // A character, or a lifetime.
            "'" if after.starts_with("\\'") => after.get(3..).unwrap_or_default(),
            "'" if after.starts_with("\"'") => &after[2..],
            "'" => after,
            _ => {
                let end = end_of_text(after);
                texts.push(without_braces(&after[..end]));
                after.get(end + 1..).unwrap_or_default()
            }
        };
    }
    texts
}

fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let ends = |(_, c): &(usize, char)| {
        let ends = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        ends
    };
    let end = text.char_indices().find(ends);
    end.map_or(text.len(), |(at, _)| at)
}

/// Values become a word that names nothing.
fn without_braces(text: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0;
    for c in text.replace("\\\n", "").replace("\\n", " ").chars() {
        match c {
            '{' => {
                depth += 1;
                plain.push('⟨');
            }
            '}' => depth -= 1,
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// Folders whose texts are on the screen.
const READ: [&str; 3] = ["tui", "engine", "model_store"];

/// Folders and files whose texts are not for people: names of keys, and what is
/// written to terminals.
const NOT_READ: [&str; 5] = [
    "tui/keymap/key.rs",
    "tui/keymap/names.rs",
    "tui/input",
    "tui/colours",
    "tui/images",
];

#[test]
fn no_text_has_a_key_written_into_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = READ.map(|folder| root.join(folder)).to_vec();
    let mut wrong = Vec::new();
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap();
            if NOT_READ.iter().any(|one| name == Path::new(one)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.extension().is_some_and(|end| end == "rs") && !name.ends_with("tests.rs")
            {
                for text in texts(&fs::read_to_string(&path).unwrap()) {
                    count += 1;
                    if named_key(&text).is_some() {
                        wrong.push(format!("{}: {text}", name.display()));
                    }
                }
            }
        }
    }
    assert!(count > 1_000, "{count} texts were found");
    assert!(
        wrong.is_empty(),
        "texts take the names of keys from `Context::key`:\n{}",
        wrong.join("\n")
    );
}
