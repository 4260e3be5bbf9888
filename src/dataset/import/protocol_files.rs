//! The protocol and attribute files of a source: those inside it, and those beside it that it
//! lacks. A data set has the files of its most recently imported source; a file stays until the
//! source it came from no longer has it.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::dataset::files::{MAX_PROTOCOL_BYTES, PROTOCOL_FILES, PROTOCOL_FOLDERS};
use crate::dataset::hash::{hex, sha256};
use crate::dataset::provenance::{Provenance, SourceRecord};
use crate::error::{Error, Result};
use crate::paths::replace_file;

/// Protocol files beside a source.
pub(crate) struct SidecarFiles(Vec<(&'static str, PathBuf)>);

impl SidecarFiles {
    pub fn find(source: &Path) -> Self {
        let mut found = vec![];
        let mut names = HashSet::new();
        let Some(parent) = source.parent() else {
            return Self(found);
        };
        let folders = std::iter::once(parent.to_path_buf())
            .chain(PROTOCOL_FOLDERS.iter().map(|name| parent.join(name)));
        for folder in folders {
            for name in PROTOCOL_FILES {
                let path = folder.join(name);
                let usable = std::fs::metadata(&path)
                    .is_ok_and(|data| data.is_file() && data.len() <= MAX_PROTOCOL_BYTES);
                if usable && names.insert(name) {
                    found.push((name, path));
                }
            }
        }
        Self(found)
    }
}

/// The protocol files in a data set's folder and their SHA-256.
pub(crate) fn hash_in_folder(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for name in PROTOCOL_FILES {
        if let Some(sum) = hash_if_present(&folder.join(name))? {
            found.insert(name.to_string(), sum);
        }
    }
    Ok(found)
}

/// Whether the protocol files in `folder` still have these SHA-256 hashes.
pub(crate) fn hashes_match(folder: &Path, files: &BTreeMap<String, String>) -> Result<bool> {
    for (name, expected) in files {
        if hash_if_present(&folder.join(name))?.as_ref() != Some(expected) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hash_if_present(path: &Path) -> Result<Option<String>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(hex(&sha256(&bytes)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path, "read")(error)),
    }
}

/// Copies the protocol files of `source` into a data set's `folder`: those inside the source, which
/// are in `source_files`, and those beside it. Removes files that came from this source earlier and are
/// gone. Returns messages for the user.
///
/// # Errors
/// When a file in the data set's folder cannot be written or removed.
pub(crate) fn install(
    folder: &Path,
    source_files: &Path,
    sidecars: &SidecarFiles,
    source: &SourceRecord,
    sources: &mut Provenance,
) -> Result<Vec<String>> {
    let mut notes = vec![];
    let mut incoming: BTreeMap<&str, PathBuf> = BTreeMap::new();
    for name in source.reading.iter().flat_map(|read| read.protocol.keys()) {
        incoming.insert(name, source_files.join(name));
    }
    for (name, path) in &sidecars.0 {
        incoming.entry(name).or_insert_with(|| path.clone());
    }
    for (name, path) in &incoming {
        match std::fs::read(path) {
            Ok(bytes) => {
                let target = folder.join(name);
                if !std::fs::read(&target).is_ok_and(|present| present == bytes) {
                    replace_file(&target, &bytes)?;
                }
                sources
                    .protocol
                    .insert((*name).to_string(), source.path.clone());
            }
            Err(error) => notes.push(format!(
                "{}: not readable ({error}), so it is not used",
                path.display()
            )),
        }
    }
    let removed: Vec<String> = sources
        .protocol
        .iter()
        .filter(|(name, from)| **from == source.path && !incoming.contains_key(name.as_str()))
        .map(|(name, _)| name.clone())
        .collect();
    for name in removed {
        let path = folder.join(&name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io(&path, "remove")(error));
            }
            _ => {}
        }
        notes.push(format!(
            "{name} is no longer in the source or beside it; it was removed from the data set"
        ));
        sources.protocol.remove(&name);
    }
    Ok(notes)
}
