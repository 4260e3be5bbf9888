//! The entries of a source, as they are passed to its reader.

use std::io::Read;

use crate::error::Result;

/// The type of a source, detected from its first bytes rather than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Folder,
    Tar,
    TarGz,
    Zip,
}

/// A regular file in a source.
pub(crate) struct Member<'a> {
    /// Its path in the archive; untrusted.
    pub path: &'a [u8],
    /// Its announced size in bytes; untrusted.
    pub size: u64,
    /// Its content. A read error means that the archive is damaged.
    pub content: &'a mut dyn Read,
}

/// An entry of a source.
pub(crate) enum Item<'a> {
    /// A readable file.
    File(Member<'a>),
    /// A file that cannot be read.
    Unreadable {
        /// As in [`Member`].
        path: &'a [u8],
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// A link that was not followed.
    Link {
        /// As in [`Member`].
        path: &'a [u8],
        /// Where it leads.
        reason: String,
    },
}

/// Why a device, a pipe or a socket is skipped.
pub(super) const DEVICE_REASON: &str = "a device or a pipe, not a file";

/// Called for every entry; an error ends the reading.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(Item) -> Result<()>;
