//! What a data set was imported from: `sources.json` in its folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::archive_names;
use crate::error::{Error, Result};
use crate::paths::replace_file;

/// A picture that was left out of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path in the archive or folder.
    pub file: String,
    /// What was wrong with it.
    pub reason: String,
}

/// What a data set was imported from; kept beside its index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    pub sources: Vec<SourceRecord>,
    /// What the first import left out, as versions before [`SourceContents`] kept it.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// The path of the source that each protocol file is from, by its name.
    #[serde(default)]
    pub protocol: BTreeMap<String, String>,
}

/// One archive or folder at the time it was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceRecord {
    pub path: String,
    pub bytes: u64,
    /// When the archive last changed; for a folder, a sum of its listing.
    pub state: String,
    /// Of an archive.
    pub sha256: Option<String>,
    /// What reading it found; `None` when an earlier version read it.
    #[serde(default)]
    pub reading: Option<SourceContents>,
}

/// What reading a source found beside the pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceContents {
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What else was told, one line each.
    pub notes: Vec<String>,
    /// The protocol files in it with their SHA-256.
    pub protocol: BTreeMap<String, String>,
}

impl Provenance {
    pub(crate) fn read(folder: &Path) -> Self {
        std::fs::read(folder.join(archive_names::SOURCES_FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(archive_names::SOURCES_FILE);
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::invalid(path.display(), error))?;
        replace_file(&path, &bytes)
    }
}
