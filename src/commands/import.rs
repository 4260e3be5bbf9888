//! `lfw-tui import`: imports an archive or a folder of pictures.

use serde::Serialize;

use super::context::Context;
use super::output;
use super::progress::with_progress;
use crate::cli::ImportArgs;
use crate::dataset::{self, Crop, Imported, Skipped};
use crate::display::escaped;
use crate::error::Result;

/// Imports an archive or a folder, which is then the data set that opens next.
///
/// # Errors
/// When the import fails.
pub(super) fn run(context: &Context, args: &ImportArgs) -> Result<()> {
    let imported = with_progress(|watch| {
        dataset::import::import_with_crop(&context.paths, &args.path, args.crop.crop, watch)
    })?;
    if let Some(text) = dataset::set_last_used_or_warn(&context.paths, &imported.dataset) {
        output::note(text);
    }
    report(&imported, args.list_skipped, args.format.json)
}

/// What `import` and `fetch` print with `--json`.
#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    title: &'a str,
    pictures: usize,
    people: usize,
    fingerprint: &'a str,
    crop: Crop,
    path: String,
    already_imported: bool,
    skipped: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped_files: Option<&'a [Skipped]>,
    notes: &'a [String],
}

/// Prints what an import did.
pub(super) fn report(imported: &Imported, list_skipped: bool, json: bool) -> Result<()> {
    let Imported {
        dataset,
        skipped,
        notes,
        already_imported: already,
    } = imported;
    if json {
        return output::json(&Report {
            id: &dataset.id,
            title: &dataset.title,
            pictures: dataset.pictures.len(),
            people: dataset.people.len(),
            fingerprint: &dataset.fingerprint,
            crop: dataset.crop(),
            path: dataset.root.display().to_string(),
            already_imported: *already,
            skipped: skipped.len(),
            skipped_files: list_skipped.then_some(skipped),
            notes,
        });
    }
    output::line(format_args!(
        "{}: {} of {}, {} in {}",
        dataset.title,
        output::pluralize(dataset.pictures.len(), "picture"),
        match dataset.people.len() {
            1 => "1 person".to_string(),
            people => format!("{people} people"),
        },
        if *already {
            "imported before,"
        } else {
            "imported,"
        },
        dataset.root.display(),
    ))?;
    if dataset.crop() != Crop::LFW {
        output::line(format_args!("crop: {}", dataset.crop().describe()))?;
    }
    for note in notes {
        output::line(format_args!("note: {note}"))?;
    }
    if list_skipped {
        for Skipped { file, reason } in skipped {
            output::line(format_args!("skipped: {}: {reason}", escaped(file)))?;
        }
    } else if !skipped.is_empty() {
        output::line(format_args!(
            "{} pictures were skipped; --list-skipped names them",
            skipped.len()
        ))?;
    }
    Ok(())
}
