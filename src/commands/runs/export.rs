//! `lfw-tui runs export`: a run's files for other programs.

use std::path::Path;

use serde_json::json;

use crate::cli::ExportArgs;
use crate::commands::output;
use crate::error::Result;
use crate::paths::{create_file, make_folders};
use crate::runs::{RunDir, export};

/// Writes the files that the options name.
///
/// # Errors
/// When the run's files cannot be read, or a file cannot be written.
pub(super) fn export(run: &RunDir, args: &ExportArgs, json: bool) -> Result<()> {
    let ExportArgs {
        csv,
        safetensors,
        model,
        tensorboard,
        report,
        ..
    } = args;
    if let Some(path) = csv {
        let csv = export::csv(run)?;
        create_file(path, csv.content.as_bytes())?;
        note_omissions(path, &csv.omissions);
    }
    if let Some(path) = safetensors {
        create_file(path, &export::safetensors(run)?)?;
    }
    if let Some(folder) = model {
        export::model(run, folder)?;
    }
    if let Some(folder) = tensorboard {
        make_folders(folder)?;
        let file = folder.join(format!("events.out.tfevents.{}", run.folder_name()));
        let events = export::events(run)?;
        create_file(&file, &events.content)?;
        note_omissions(&file, &events.omissions);
    }
    if let Some(path) = report {
        let page = export::html(run)?;
        create_file(path, page.content.as_bytes())?;
        note_omissions(path, &page.omissions);
    }
    if json {
        return output::json(&json!({
            "id": run.id(), "csv": csv, "safetensors": safetensors, "model": model,
            "tensorboard": tensorboard, "report": report,
        }));
    }
    [csv, safetensors, model, tensorboard, report]
        .into_iter()
        .flatten()
        .try_for_each(|path| output::line(format!("wrote {}", path.display())))
}

/// Notes what an exported file leaves out.
fn note_omissions(file: &Path, omissions: &export::Omissions) {
    if let Some(text) = omissions.describe() {
        output::note(format!("{}: left out: {text}", file.display()));
    }
}
