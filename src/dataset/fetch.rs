//! Fetching LFW: the archive from the first mirror that has it, the protocol
//! files as far as they are to be had, then importing.

use crate::dataset::download::{RetryPolicy, download};
use crate::dataset::import::{Imported, import};
use crate::dataset::provenance::{Provenance, SourceContents};
use crate::dataset::published::{ARCHIVES, PROTOCOL, PublishedFile};
use crate::dataset::registry::list;
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;

/// Fetches and imports the archive that is called `which` in
/// [`ARCHIVES`], from `base_url` when one is given, else from the known
/// mirrors. One that was imported already is not fetched again.
///
/// # Errors
/// When no mirror gives the archive with the published sum, one line with what
/// each answered; those of [`import`]; `Cancelled`, which leaves the partial
/// file to be continued.
pub fn fetch(paths: &Paths, which: &str, base_url: Option<&str>, watch: Watch) -> Result<Imported> {
    let archive = ARCHIVES
        .iter()
        .find(|(name, _)| *name == which)
        .map(|(_, archive)| archive)
        .ok_or_else(|| {
            let names = ARCHIVES.map(|(name, _)| name).join(", ");
            Error::not_found(which, format!("the archives are {names}"))
        })?;
    fetch_published(
        paths,
        archive,
        &PROTOCOL,
        base_url,
        RetryPolicy::default(),
        watch,
    )
}

/// [`fetch`] of any archive with a published sum and the files that go with it.
///
/// # Errors
/// As [`fetch`].
pub fn fetch_published(
    paths: &Paths,
    archive: &PublishedFile,
    protocol: &[PublishedFile],
    base_url: Option<&str>,
    patience: RetryPolicy,
    watch: Watch,
) -> Result<Imported> {
    let folder = paths.downloads();
    let mirrors = |file: &PublishedFile| match base_url {
        Some(base) => vec![format!("{}/{}", base.trim_end_matches('/'), file.name)],
        None => file.mirrors(),
    };
    if let Some((dataset, SourceContents { skipped, notes, .. })) = find_imported(paths, archive)? {
        return Ok(Imported {
            dataset,
            skipped,
            notes,
            already_imported: true,
        });
    }
    let path = download(archive, &mirrors(archive), &folder, patience, watch)
        .map_err(|error| with_mirror_advice(error, archive))?;
    // The pictures work without them, so what is missing is only told.
    let brief = RetryPolicy {
        attempts: 1,
        ..patience
    };
    let mut missing = vec![];
    for file in protocol {
        match download(file, &mirrors(file), &folder, brief, watch) {
            Ok(_) => {}
            Err(Error::Invalid { .. }) => missing.push(file.name),
            Err(error) => return Err(error),
        }
    }
    let mut imported = import(paths, &path, watch)?;
    if !missing.is_empty() {
        imported.notes.push(format!(
            "no mirror has {}; put them beside the archive and import it to add them",
            missing.join(", ")
        ));
    }
    // The originals are in the data set now.
    let _ = std::fs::remove_file(path);
    Ok(imported)
}

fn find_imported(
    paths: &Paths,
    archive: &PublishedFile,
) -> Result<Option<(super::Dataset, SourceContents)>> {
    let Some(sha256) = archive.sha256 else {
        return Ok(None);
    };
    for summary in list(paths)? {
        let Provenance {
            sources, skipped, ..
        } = Provenance::read(&paths.datasets().join(&summary.id));
        let source = sources
            .into_iter()
            .find(|source| source.sha256.as_deref() == Some(sha256));
        if let Some(source) = source {
            let reading = source.reading.unwrap_or_else(|| SourceContents {
                skipped,
                ..SourceContents::default()
            });
            return Ok(Some((super::open(paths, &summary.id)?, reading)));
        }
    }
    Ok(None)
}

fn with_mirror_advice(error: Error, archive: &PublishedFile) -> Error {
    match error {
        Error::Invalid { what, problem } if what == archive.name => Error::Invalid {
            what,
            problem: format!(
                "{problem}; name a mirror with --base-url, or get the pictures elsewhere (Kaggle: \
                 jessicali9530/lfw-dataset) and run lfw-tui import FILE"
            ),
        },
        error => error,
    }
}
