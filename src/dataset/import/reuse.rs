//! Finds data sets that were imported from the same source or have the same pictures, and reuses
//! them.

use std::path::Path;

use super::crop_choice::{self, set_crop};
use super::imported::Imported;
use super::protocol_files::{self, SidecarFiles};
use super::source_record::attach_source;
use crate::dataset::catalog::Dataset;
use crate::dataset::crop::Crop;
use crate::dataset::hash::sha256_of_file;
use crate::dataset::provenance::{Provenance, SourceContents, SourceRecord};
use crate::dataset::{index, registry};
use crate::error::Result;
use crate::paths::Paths;
use crate::progress::{Progress, Unit, Watch};

/// The data set that was imported from the same source, if it is still complete.
pub(super) fn find_same_source(
    paths: &Paths,
    record: &mut SourceRecord,
    watch: Watch,
) -> Result<Option<Dataset>> {
    let mut same_size = vec![];
    for summary in registry::list(paths)? {
        let folder = paths.datasets().join(&summary.id);
        for source in Provenance::read(&folder).sources {
            // Earlier versions did not store what was skipped, so the source is read again.
            let Some(reading) = source.reading else {
                continue;
            };
            if (&source.path, source.bytes, &source.state)
                == (&record.path, record.bytes, &record.state)
            {
                record.sha256 = source.sha256;
                return open_if_unchanged(&folder, reading, record);
            }
            if source.bytes == record.bytes
                && let Some(sha256) = source.sha256
            {
                same_size.push((folder.clone(), sha256, reading));
            }
        }
    }
    // The archive may have been copied or touched: compare the contents.
    if !same_size.is_empty() && Path::new(&record.path).is_file() {
        let stage = format!("comparing {}", record.path);
        let mut done = 0;
        let hash = sha256_of_file(Path::new(&record.path), &mut |bytes| {
            done += bytes as u64;
            watch(Progress {
                stage: &stage,
                done,
                total: Some(record.bytes),
                unit: Unit::Bytes,
            })
        })?;
        for (folder, stored_hash, reading) in same_size {
            if stored_hash == hash {
                record.sha256 = Some(hash);
                return open_if_unchanged(&folder, reading, record);
            }
        }
    }
    Ok(None)
}

/// The data set in `folder`, if its protocol files are still those in `reading`.
fn open_if_unchanged(
    folder: &Path,
    reading: SourceContents,
    record: &mut SourceRecord,
) -> Result<Option<Dataset>> {
    if !protocol_files::hashes_match(folder, &reading.protocol)? {
        return Ok(None);
    }
    record.reading = Some(reading);
    open_if_complete(folder)
}

pub(super) fn find_by_fingerprint(paths: &Paths, fingerprint: &str) -> Result<Option<Dataset>> {
    registry::list(paths)?
        .iter()
        .find(|summary| summary.fingerprint == fingerprint && !summary.is_sample)
        .map_or(Ok(None), |summary| {
            open_if_complete(&paths.datasets().join(&summary.id))
        })
}

/// The data set in `folder`, unless some of its pictures are gone.
fn open_if_complete(folder: &Path) -> Result<Option<Dataset>> {
    let dataset = index::read(folder)?;
    let complete = (0..dataset.pictures.len()).all(|picture| dataset.path(picture).is_file());
    Ok(complete.then_some(dataset))
}

/// Reuses an existing data set and gives it the protocol files of the source, of which those inside
/// the source are in `source_files`.
pub(super) fn reuse_existing(
    existing: &Dataset,
    record: SourceRecord,
    source_files: &Path,
    sidecars: &SidecarFiles,
    crop: Option<Crop>,
) -> Result<Imported> {
    let mut dataset = existing.clone();
    let mut report = attach_source(&mut dataset, record, source_files, sidecars)?;
    if dataset.people != existing.people {
        index::write(&dataset)?;
    }
    report.notes.extend(match crop {
        Some(crop) => set_crop(&mut dataset, crop)?,
        None => crop_choice::resolve_crop(&mut dataset, None, None),
    });
    Ok(Imported {
        dataset,
        skipped: report.skipped,
        notes: report.notes,
        already_imported: true,
    })
}
