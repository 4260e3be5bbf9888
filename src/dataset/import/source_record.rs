//! Records where a data set came from.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::archive::{self, ListedFile, SourceKind};
use super::protocol_files::{self, SidecarFiles};
use crate::dataset::annotations;
use crate::dataset::catalog::Dataset;
use crate::dataset::hash::hex;
use crate::dataset::provenance::{Provenance, Skipped, SourceContents, SourceRecord};
use crate::error::{Error, Result};

/// What the user should know about a source.
pub(super) struct SourceReport {
    pub skipped: Vec<Skipped>,
    pub notes: Vec<String>,
}

/// Copies a source's protocol files into a data set, applies them, and records the source.
pub(super) fn attach_source(
    dataset: &mut Dataset,
    record: SourceRecord,
    source_files: &Path,
    sidecars: &SidecarFiles,
) -> Result<SourceReport> {
    let folder = dataset.folder();
    let previous = Provenance::read(&folder);
    let mut provenance = previous.clone();
    let SourceContents {
        skipped, mut notes, ..
    } = record.reading.clone().unwrap_or_default();
    let changes =
        protocol_files::install(&folder, source_files, sidecars, &record, &mut provenance)?;
    notes.extend(annotations::load_into(dataset)?);
    notes.extend(changes);
    provenance
        .sources
        .retain(|source| source.path != record.path);
    provenance.sources.push(record);
    if provenance != previous {
        provenance.write(&folder)?;
    }
    Ok(SourceReport { skipped, notes })
}

pub(super) fn source_record(
    source: &Path,
    kind: SourceKind,
    listed: &[ListedFile],
    not_followed: &[Skipped],
) -> Result<SourceRecord> {
    let (bytes, state) = if kind == SourceKind::Folder {
        let mut hash = Sha256::new();
        for file in listed {
            hash.update(file.relative.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(file.size.to_le_bytes());
            hash.update(file.modified_ns.to_le_bytes());
            hash.update(file.changed_ns.to_le_bytes());
        }
        for Skipped { file, reason } in not_followed {
            for text in [file, reason] {
                hash.update(text);
                hash.update([0]);
            }
        }
        (
            listed.iter().map(|file| file.size).sum(),
            hex(&hash.finalize()),
        )
    } else {
        let data = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
        (data.len(), archive::modified_ns(&data).to_string())
    };
    Ok(SourceRecord {
        path: source.to_string_lossy().into_owned(),
        bytes,
        state,
        sha256: None,
        reading: None,
    })
}
