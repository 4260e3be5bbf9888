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
    stamp: &mut SourceRecord,
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
                == (&stamp.path, stamp.bytes, &stamp.state)
            {
                stamp.sha256 = source.sha256;
                return open_if_unchanged(&folder, reading, stamp);
            }
            if source.bytes == stamp.bytes
                && let Some(sha256) = source.sha256
            {
                same_size.push((folder.clone(), sha256, reading));
            }
        }
    }
    // The archive may have been copied or touched: compare the contents.
    if !same_size.is_empty() && Path::new(&stamp.path).is_file() {
        let stage = format!("comparing {}", stamp.path);
        let mut done = 0;
        let sum = sha256_of_file(Path::new(&stamp.path), &mut |bytes| {
            done += bytes as u64;
            watch(Progress {
                stage: &stage,
                done,
                total: Some(stamp.bytes),
                unit: Unit::Bytes,
            })
        })?;
        for (folder, known, reading) in same_size {
            if known == sum {
                stamp.sha256 = Some(sum);
                return open_if_unchanged(&folder, reading, stamp);
            }
        }
    }
    Ok(None)
}

/// The data set in `folder`, if its protocol files are still those in `reading`.
fn open_if_unchanged(
    folder: &Path,
    reading: SourceContents,
    stamp: &mut SourceRecord,
) -> Result<Option<Dataset>> {
    if !protocol_files::hashes_match(folder, &reading.protocol)? {
        return Ok(None);
    }
    stamp.reading = Some(reading);
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
/// the source are in `inside`.
pub(super) fn reuse_existing(
    known: &Dataset,
    stamp: SourceRecord,
    inside: &Path,
    beside: &SidecarFiles,
    crop: Option<Crop>,
) -> Result<Imported> {
    let mut dataset = known.clone();
    let mut told = attach_source(&mut dataset, stamp, inside, beside)?;
    if dataset.people != known.people {
        index::write(&dataset)?;
    }
    told.notes.extend(match crop {
        Some(crop) => set_crop(&mut dataset, crop)?,
        None => crop_choice::resolve_crop(&mut dataset, None, None),
    });
    Ok(Imported {
        dataset,
        skipped: told.skipped,
        notes: told.notes,
        already_imported: true,
    })
}
