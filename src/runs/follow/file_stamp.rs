//! Noticing that a file has changed.

use std::path::Path;
use std::time::SystemTime;

/// A file's identity, length and age. A file that was replaced by rename differs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::runs) struct FileStamp {
    pub(in crate::runs) inode: u64,
    pub(in crate::runs) length: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    /// Reads a file's stamp; `None` if it does not exist.
    pub(in crate::runs) fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&meta);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self {
            inode,
            length: meta.len(),
            modified: meta.modified().ok(),
        })
    }
}
