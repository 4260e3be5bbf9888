//! What the threads of an import send each other.

use std::path::PathBuf;

use crate::dataset::archive_names::PicturePath;
use crate::dataset::import::ignored_files::IgnoredCounts;
use crate::dataset::import::placement::KeptPicture;
use crate::dataset::provenance::Skipped;
use crate::error::Error;

/// A picture to be decoded by a worker.
pub(super) struct DecodeJob {
    pub path: PicturePath,
    pub position: usize,
    /// Where its file is stored for now, relative to the data set's folder.
    pub stored_at: PathBuf,
    pub bytes: Vec<u8>,
}

/// What the threads send to the collecting thread.
pub(super) enum ImportEvent {
    Kept {
        kept: KeptPicture,
        face: Vec<u8>,
    },
    Skipped {
        position: usize,
        skipped: Skipped,
    },
    /// The reader has finished.
    Read(IgnoredCounts),
    Failed(Error),
}
