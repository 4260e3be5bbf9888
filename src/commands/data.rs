//! `lfw-tui data`: lists, inspects and removes data sets.

use std::io::{IsTerminal, Write};

use serde::Serialize;
use serde_json::json;

use super::context::Context;
use super::output;
use crate::cli::{DataArgs, DataCommand};
use crate::dataset::{self, Crop, DatasetSummary};
use crate::display;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::number_format;
use crate::runs::data_sets::{
    StoredDataset, removal_consequences, remove_data_set, stored_data_sets,
};

/// Runs the command.
///
/// # Errors
/// When there is no such data set, or it cannot be removed.
pub(super) fn run(context: &Context, args: &DataArgs) -> Result<()> {
    let all = stored_data_sets(&context.paths)?;
    let find = |name: &str| find(&all, name);
    match args.command.as_ref().unwrap_or(&DataCommand::List) {
        DataCommand::List => list(context, all, args.json),
        DataCommand::Show { name } => show(context, counted(find(name)?)?, args.json),
        DataCommand::Remove { name, yes } => remove(context, find(name)?, *yes, args.json),
    }
}

fn find(all: &[StoredDataset], name: &str) -> Result<StoredDataset> {
    let summaries: Vec<DatasetSummary> = all.iter().map(|one| one.summary.clone()).collect();
    let found = dataset::find_exactly(&summaries, name)?;
    let same = all.iter().find(|one| one.summary.id == found.id);
    same.cloned()
        .ok_or_else(|| Error::not_found(name, "`lfw-tui data` lists all data sets"))
}

/// With the bytes of its files.
fn counted(stored: StoredDataset) -> Result<StoredDataset> {
    interrupt::check()?;
    let folder = stored.summary.root.parent().map(dataset::bytes_on_disk);
    Ok(StoredDataset {
        bytes: folder,
        ..stored
    })
}

/// A data set as JSON.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    people: usize,
    pictures: usize,
    bytes: Option<u64>,
    /// Whether it opens when none is named.
    opens: bool,
    is_sample: bool,
    crop: Crop,
    fingerprint: &'a str,
    path: String,
    sources: &'a [String],
    runs: &'a [String],
}

impl<'a> Row<'a> {
    fn new(stored: &'a StoredDataset, opens: bool) -> Self {
        let summary = &stored.summary;
        Self {
            id: &summary.id,
            title: &summary.title,
            people: summary.people,
            pictures: summary.pictures,
            bytes: stored.bytes,
            opens,
            is_sample: summary.is_sample,
            crop: summary.crop,
            fingerprint: &summary.fingerprint,
            path: summary.root.display().to_string(),
            sources: &stored.sources,
            runs: &stored.runs,
        }
    }
}

/// Whether a data set opens when none is named.
fn opens(context: &Context, stored: &StoredDataset) -> bool {
    let last = dataset::last_used(&context.paths).unwrap_or_default();
    match last {
        Some(id) => id == stored.summary.id,
        None => stored.summary.is_sample,
    }
}

fn list(context: &Context, all: Vec<StoredDataset>, json: bool) -> Result<()> {
    let all: Vec<StoredDataset> = all.into_iter().map(counted).collect::<Result<_>>()?;
    if json {
        return all
            .iter()
            .try_for_each(|one| output::json(&Row::new(one, opens(context, one))));
    }
    let widest = |text: &dyn Fn(&StoredDataset) -> &str| {
        let widths = all.iter().map(|one| display::width(text(one)));
        widths.max().unwrap_or_default().max(5)
    };
    let (titles, ids) = (
        widest(&|one| &one.summary.title),
        widest(&|one| &one.summary.id),
    );
    output::line(format!(
        "{}  {}  {:>9}  {:>9}  {:>9}",
        display::padded("title", titles),
        display::padded("id", ids),
        "people",
        "pictures",
        "size"
    ))?;
    for one in &all {
        let summary = &one.summary;
        let mark = if opens(context, one) { "  opens" } else { "" };
        output::line(format!(
            "{}  {}  {:>9}  {:>9}  {:>9}{mark}",
            display::padded(&summary.title, titles),
            display::padded(&summary.id, ids),
            number_format::count(summary.people as u64),
            number_format::count(summary.pictures as u64),
            one.bytes.map_or(String::new(), number_format::bytes),
        ))?;
    }
    Ok(())
}

fn show(context: &Context, stored: StoredDataset, json: bool) -> Result<()> {
    let opens = opens(context, &stored);
    if json {
        return output::json(&Row::new(&stored, opens));
    }
    let summary = &stored.summary;
    let mut lines = vec![
        ("title", summary.title.clone()),
        ("id", summary.id.clone()),
        ("people", number_format::count(summary.people as u64)),
        ("pictures", number_format::count(summary.pictures as u64)),
        (
            "size",
            stored
                .bytes
                .map_or(number_format::UNKNOWN.to_string(), number_format::bytes),
        ),
        ("crop", summary.crop.describe()),
        ("fingerprint", summary.fingerprint.clone()),
        ("path", summary.root.display().to_string()),
    ];
    lines.extend(stored.sources.iter().map(|path| ("from", path.clone())));
    lines.extend(stored.runs.iter().map(|name| ("run", name.clone())));
    if opens {
        lines.push(("opens", "when no data set is named".to_string()));
    }
    lines
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .try_for_each(|(name, value)| output::line(format!("{name:14} {value}")))
}

fn remove(context: &Context, stored: StoredDataset, yes: bool, json: bool) -> Result<()> {
    let summary = stored.summary.clone();
    if !yes && !summary.is_sample {
        let stored = counted(stored)?;
        if !std::io::stdin().is_terminal() {
            return Err(Error::invalid(
                format!("data set {}", summary.title),
                format!(
                    "is not removed without a question, and there is no terminal to ask it on; \
                     `lfw-tui data remove {} --yes` removes it",
                    summary.id
                ),
            )
            .into_usage());
        }
        if !is_confirmed(&stored)? {
            return output::line("nothing was removed");
        }
    }
    remove_data_set(&context.paths, &summary)?;
    if json {
        output::json(&json!({"id": summary.id, "removed": summary.root}))
    } else {
        output::line(format!("removed {} ({})", summary.title, summary.id))
    }
}

/// Asks on the terminal; no answer is no.
fn is_confirmed(stored: &StoredDataset) -> Result<bool> {
    let mut errors = std::io::stderr();
    for line in removal_consequences(stored) {
        output::note(line);
    }
    let _ = write!(errors, "Remove {}? [y/N] ", stored.summary.title);
    let _ = errors.flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    interrupt::check()?;
    read.map_err(Error::io("the answer", "read"))?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}
