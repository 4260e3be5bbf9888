//! Fetches LFW: downloads the archive from the first mirror that has it and the protocol files that
//! are available, then imports them.

pub mod download;
pub mod published;

use self::download::{RetryPolicy, download};
use self::published::{ARCHIVES, PROTOCOL, PublishedFile};
use crate::dataset::catalog::Dataset;
use crate::dataset::import::{Imported, import};
use crate::dataset::provenance::{Provenance, SourceContents};
use crate::dataset::registry::{list, open};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;

/// Downloads and imports the archive that [`ARCHIVES`] lists as `which`, from `base_url` if given,
/// otherwise from the known mirrors. An archive that is already imported is not downloaded again.
///
/// # Errors
/// When no mirror has the archive with the published checksum, with one line per mirror; when the
/// import fails; `Cancelled`, which leaves a partial file to be resumed.
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

/// Like [`fetch`], for any archive with a published checksum and its protocol files.
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
    // The protocol files are optional, so a missing one only causes a note.
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
    // The data set has its own copies of the pictures.
    let _ = std::fs::remove_file(path);
    Ok(imported)
}

fn find_imported(
    paths: &Paths,
    archive: &PublishedFile,
) -> Result<Option<(Dataset, SourceContents)>> {
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
            return Ok(Some((open(paths, &summary.id)?, reading)));
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
