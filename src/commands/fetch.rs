//! `lfw-tui fetch`.

use super::{Context, import, output};
use crate::cli::{Archive, FetchArgs};
use crate::dataset::{self, fetch};
use crate::error::Result;

/// Fetches LFW, imports it and makes it the data set that opens next.
///
/// # Errors
/// Those of fetching and importing.
pub fn run(context: &Context, args: &FetchArgs) -> Result<()> {
    let which = match args.archive {
        Archive::Deepfunneled => "deepfunneled",
        Archive::Funneled => "funneled",
        Archive::Original => "original",
    };
    let mut progress = output::ProgressLine::default();
    let mut imported = fetch::fetch(
        &context.paths,
        which,
        args.base_url.as_deref(),
        &mut |report| progress.watch(report),
    )?;
    drop(progress);
    if let Some(crop) = args.crop {
        let note = dataset::import::set_crop(&mut imported.dataset, crop)?;
        imported.notes.extend(note);
    }
    if let Some(text) = dataset::set_last_used_or_warn(&context.paths, &imported.dataset) {
        output::note(text);
    }
    import::report(&imported, false, args.json)
}
