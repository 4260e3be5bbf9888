//! What the end of a typed filter can become.

use std::collections::BTreeSet;

use super::figure::Figure;
use super::filter::{Field, STATES};
use crate::runs::RunSummary;

/// The most names of runs to choose from.
const MAX_NAMES: usize = 100;

/// What the last word of a filter can become: each whole text, and its label. The names of
/// fields and figures come first, then those of runs.
pub(crate) fn complete(text: &str, runs: &[RunSummary]) -> Vec<(String, String)> {
    let is_in_quotes = text.matches('"').count() % 2 == 1;
    if is_in_quotes {
        return Vec::new();
    }
    let begin = text
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace() || *c == '|')
        .map_or(0, |(at, c)| at + c.len_utf8());
    let word = &text[begin..];
    let is_after_bar = text[..begin].ends_with('|');
    let sign = if word.starts_with('-') && !is_after_bar {
        "-"
    } else {
        ""
    };
    let word = word[sign.len()..].to_lowercase();
    let before = format!("{}{sign}", &text[..begin]);
    let mut all = Vec::new();
    let mut add = |word: String| {
        all.push((format!("{before}{word}"), word));
    };
    if let Some((name, begun)) = word.split_once([':', '=']) {
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        for value in field.map(|field| values(field, runs)).unwrap_or_default() {
            if value.to_lowercase().starts_with(begun) {
                add(format!("{name}:{}", quoted(&value)));
            }
        }
        return all;
    }
    let fields = Field::ALL.map(|field| format!("{}:", field.name()));
    let figures = Figure::ALL.map(|figure| format!("{}<", figure.name()));
    for name in fields.into_iter().chain(figures) {
        if name.starts_with(&word) {
            add(name);
        }
    }
    if !word.is_empty() {
        let matching = runs
            .iter()
            .filter(|run| run.name.to_lowercase().contains(&word));
        for run in matching.take(MAX_NAMES) {
            add(quoted(&run.name));
        }
    }
    all
}

/// The values that a field has in some run.
fn values(field: Field, runs: &[RunSummary]) -> Vec<String> {
    let distinct = |value: &dyn Fn(&RunSummary) -> Vec<String>| -> Vec<String> {
        let all: BTreeSet<String> = runs.iter().flat_map(value).collect();
        all.into_iter().collect()
    };
    match field {
        Field::State => STATES.map(str::to_string).to_vec(),
        Field::Tag => distinct(&|run| run.tags.clone()),
        Field::Preset => distinct(&|run| run.spec.preset.clone().into_iter().collect()),
        Field::Model => distinct(&|run| run.spec.model.clone().into_iter().collect()),
        Field::Noise => distinct(&|run| run.spec.noise.clone().into_iter().collect()),
        Field::Data => distinct(&|run| run.spec.data.clone().into_iter().collect()),
        Field::Name => runs
            .iter()
            .take(MAX_NAMES)
            .map(|run| run.name.clone())
            .collect(),
        Field::Id | Field::Note => Vec::new(),
    }
}

/// In quotes where a filter would take a part of it for a sign.
fn quoted(text: &str) -> String {
    let text = text.replace('"', "");
    let is_sign = |c: char| c.is_whitespace() || ":<>=|".contains(c);
    if text.starts_with('-') || text.contains(is_sign) {
        format!("\"{text}\"")
    } else {
        text
    }
}
