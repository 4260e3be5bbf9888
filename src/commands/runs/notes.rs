//! `lfw-tui runs note` and `runs tag`: what people write about a run.

use std::io::Read;

use crate::commands::output;
use crate::error::{Error, Result};
use crate::runs::{self, RunDir, RunSummary, TagChange};

/// Writes a run's note, or prints it.
///
/// # Errors
/// When the note cannot be read or written.
pub(super) fn note(run: &RunDir, text: Option<&str>, json: bool) -> Result<()> {
    let Some(text) = text else {
        let summary = RunSummary::read(run)?;
        return match &summary.note {
            _ if json => output::json(&summary),
            Some(note) => output::line(note),
            None => Ok(()),
        };
    };
    let text = match text {
        "-" => read_standard_input()?,
        text => text.to_string(),
    };
    let (notes, before) = runs::set_note(run, &text, None)?;
    if json {
        return output::json(&RunSummary::read(run)?);
    }
    let name = run.name();
    // Nothing that somebody wrote is lost without a trace.
    let replaced = match before.as_str() {
        "" => String::new(),
        before if before == notes.note => String::new(),
        before => format!("; it was: {before}"),
    };
    match notes.note.as_str() {
        "" => output::line(format!("{name} has no note{replaced}")),
        note => output::line(format!("{name}: {note}{replaced}")),
    }
}

fn read_standard_input() -> Result<String> {
    let mut text = String::new();
    let most = runs::MAX_NOTE_CHARS as u64 * 4 + 1;
    std::io::stdin()
        .take(most)
        .read_to_string(&mut text)
        .map_err(Error::io("standard input", "read the note from"))?;
    Ok(text)
}

/// Adds tags to a run and takes others away.
///
/// # Errors
/// When a tag cannot be one, or the file cannot be written.
pub(super) fn tag(run: &RunDir, words: &[String], json: bool) -> Result<()> {
    // Words with dashes are all taken for tags; this one is not.
    let json = json || words.iter().any(|word| word == "--json");
    let words = words.iter().map(String::as_str);
    let change =
        TagChange::parse(words.filter(|word| *word != "--json")).map_err(Error::into_usage)?;
    let notes = runs::change_tags(run, &change)?;
    if json {
        return output::json(&RunSummary::read(run)?);
    }
    let name = run.name();
    match notes.tags.join(" ").as_str() {
        "" => output::line(format!("{name} has no tags")),
        tags => output::line(format!("{name}: {tags}")),
    }
}
