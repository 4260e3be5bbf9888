//! What a data set was imported from: `sources.json` in its folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::files;
use crate::error::{Error, Result};
use crate::paths::replace_file;

/// A picture that was left out of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path in the archive or folder.
    pub file: String,
    /// Why it was left out.
    pub reason: String,
}

/// Everything a data set was imported from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    pub sources: Vec<SourceRecord>,
    /// What the first import left out, as versions before [`SourceContents`] stored it.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// The path of the source that each protocol file came from, by its name.
    #[serde(default)]
    pub protocol: BTreeMap<String, String>,
}

/// An archive or folder when it was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceRecord {
    pub path: String,
    pub bytes: u64,
    /// The modification time of an archive; a hash of a folder's listing.
    pub state: String,
    /// Only of an archive.
    pub sha256: Option<String>,
    /// What it contained; `None` if an earlier version imported it.
    #[serde(default)]
    pub reading: Option<SourceContents>,
}

/// What a source contained besides usable pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceContents {
    /// Pictures that were left out.
    pub skipped: Vec<Skipped>,
    /// Further messages for the user.
    pub notes: Vec<String>,
    /// The protocol files in it and their SHA-256.
    pub protocol: BTreeMap<String, String>,
}

impl Provenance {
    pub(crate) fn read(folder: &Path) -> Self {
        std::fs::read(folder.join(files::SOURCES_FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(files::SOURCES_FILE);
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::invalid(path.display(), error))?;
        replace_file(&path, &bytes)
    }
}
