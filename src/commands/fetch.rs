//! `lfw-tui fetch`: downloads and imports LFW.

use super::context::Context;
use super::progress::with_progress;
use super::{import, output};
use crate::cli::FetchArgs;
use crate::dataset::{self, fetch};
use crate::error::Result;

/// Fetches and imports LFW, which is then the data set that opens next.
///
/// # Errors
/// When the download or the import fails.
pub(super) fn run(context: &Context, args: &FetchArgs) -> Result<()> {
    let which = args.archive.into();
    let mut imported = with_progress(|watch| {
        fetch::fetch(&context.paths, which, args.base_url.as_deref(), watch)
    })?;
    if let Some(crop) = args.crop.crop {
        let note = dataset::import::set_crop(&mut imported.dataset, crop)?;
        imported.notes.extend(note);
    }
    if let Some(text) = dataset::set_last_used_or_warn(&context.paths, &imported.dataset) {
        output::note(text);
    }
    import::report(&imported, false, args.format.json)
}
