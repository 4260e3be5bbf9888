//! The architecture's rules, checked in the sources: which module may import
//! which, who names a terminal, who may be unsafe, and how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Layers from left to right. A module imports from layers left of its own,
/// and from its own layer where [`SIBLINGS`] lists the pair.
const LAYERS: &[&[&str]] = &[
    &[
        "display",
        "error",
        "number_format",
        "interrupt",
        "paths",
        "rng",
        "progress",
        "device",
        "logging",
        "config",
    ],
    &["dataset", "kernels"],
    &["imaging", "models"],
    &["classical", "generation", "latent", "search", "training"],
    &["runs", "verification"],
    &["model_store"],
    &["engine"],
    &["cli"],
    &["commands", "tui"],
    &["main"],
];

/// Imports within a layer: (who, whom). No pair stands both ways round.
const SIBLINGS: &[(&str, &str)] = &[
    ("interrupt", "error"),
    ("error", "display"),
    ("paths", "error"),
    ("paths", "interrupt"),
    ("progress", "error"),
    ("device", "error"),
    ("logging", "error"),
    ("logging", "paths"),
    ("config", "logging"),
    ("config", "error"),
    ("config", "paths"),
    ("config", "device"),
    ("training", "latent"),
    ("search", "latent"),
    ("generation", "latent"),
    ("generation", "search"),
    ("commands", "tui"),
];

/// Names of the terminal. Only `tui` may say them, and the one command that
/// reports on terminals.
const TERMINAL: [&str; 3] = ["ratatui", "crossterm", "ratatui_image"];
const MAY_NAME_A_TERMINAL: [&str; 2] = ["src/tui/", "src/commands/doctor/terminal.rs"];

const MOST_LINES: usize = 500;

pub fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root).unwrap();
                let name = name.to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// A file's code without comments, the contents of string literals, and its
/// tests at the end.
pub fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    without_strings(text)
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code without the contents of its string literals.
fn without_strings(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'']) {
        let (before, quoted) = rest.split_at(at);
        out.push_str(before);
        let hashes = before.len() - before.trim_end_matches('#').len();
        let is_raw = before.trim_end_matches('#').ends_with('r');
        if let Some(inside) = quoted.strip_prefix('"') {
            let end = if is_raw {
                let close = format!("\"{}", "#".repeat(hashes));
                inside.find(&close).map(|at| at + close.len())
            } else {
                end_of_string(inside)
            };
            rest = &inside[end.unwrap_or(inside.len())..];
        } else {
            // A character literal is skipped, a lifetime kept.
            let inside = &quoted[1..];
            let escaped = usize::from(inside.starts_with('\\'));
            let mut characters = inside.char_indices().skip(1 + escaped);
            rest = match characters.next() {
                Some((at, '\'')) => &inside[at + 1..],
                _ => inside,
            };
        }
    }
    out + rest
}

fn end_of_string(inside: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return Some(at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// `src/tui/app.rs` → `tui`; `src/device.rs` → `device`.
fn module(file: &str) -> &str {
    let inside = file.strip_prefix("src/").unwrap();
    inside
        .split('/')
        .next()
        .unwrap()
        .strip_suffix(".rs")
        .unwrap_or_else(|| inside.split('/').next().unwrap())
}

/// The top-level modules that code names after `crate::` or `lfw_tui::`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for prefix in ["crate::", "lfw_tui::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            let word = |text: &str| -> String {
                text.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect()
            };
            match rest.strip_prefix('{') {
                None => {
                    found.insert(word(rest));
                }
                Some(list) => {
                    let mut depth = 0;
                    let mut start = true;
                    for (at, c) in list.char_indices() {
                        match c {
                            '{' => depth += 1,
                            '}' if depth == 0 => break,
                            '}' => depth -= 1,
                            ',' if depth == 0 => start = true,
                            c if start && !c.is_whitespace() => {
                                found.insert(word(&list[at..]));
                                start = false;
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
    }
    // `crate::Error` and `crate::Result` are `error`'s; macros are nobody's.
    found.retain(|name| name.chars().next().is_some_and(char::is_lowercase));
    found
}

#[test]
fn imports_point_only_to_the_left() {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let from = module(&file);
        if from == "lib" {
            continue;
        }
        let own = layer(from).unwrap_or_else(|| panic!("{file}: add {from} to the layers"));
        for to in imports(&code(&text)) {
            let Some(other) = layer(&to) else {
                wrong.push(format!("{file}: names {to}, which has no layer"));
                continue;
            };
            let sibling = SIBLINGS.contains(&(from, to.as_str()));
            if to != from && other >= own && !(other == own && sibling) {
                wrong.push(format!("{file}: {from} must not import {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (a, b) in SIBLINGS {
        assert!(!SIBLINGS.contains(&(b, a)), "{a} and {b} import each other");
    }
}

#[test]
fn only_the_screen_names_a_terminal() {
    let wrong: Vec<String> = sources("src")
        .into_iter()
        .filter(|(file, _)| !MAY_NAME_A_TERMINAL.iter().any(|may| file.starts_with(may)))
        .filter(|(_, text)| {
            let code = code(text);
            TERMINAL
                .iter()
                .any(|name| code.contains(&format!("{name}::")))
        })
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "these name a terminal: {wrong:?}");
}

/// Unsafe code is for kernels and for mapping files; each use says why it is sound.
#[test]
fn unsafe_code_is_rare_and_explained() {
    for (file, text) in sources("src") {
        let uses = code(&text)
            .lines()
            .filter(|line| line.contains("unsafe {") || line.contains("unsafe fn"))
            .count();
        if uses == 0 {
            continue;
        }
        let maps = code(&text).contains("memmap2::");
        assert!(
            file.starts_with("src/kernels/") || maps,
            "{file}: unsafe outside kernels and memory maps"
        );
        assert!(
            text.contains("SAFETY:") || text.contains("# Safety"),
            "{file}: unsafe without a reason"
        );
    }
}

#[test]
fn no_file_is_longer_than_one_subject() {
    let long: Vec<String> = [sources("src"), sources("tests")]
        .concat()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > MOST_LINES)
        .map(|(file, text)| format!("{file}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "over {MOST_LINES} lines: {long:?}");
}

#[test]
fn imports_are_read_in_every_spelling() {
    let code = "use crate::error::{Error, Result};\nuse crate::{dataset::Noise, models, Error};\n\
                let x = crate::rng::generator; use lfw_tui::{cli::Cli, commands};";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(
        found,
        ["cli", "commands", "dataset", "error", "models", "rng"]
    );
}
