//! Reads the files of an untrusted archive (.tgz, .tar, .zip) or folder one after the other.
//! Nothing is unpacked: paths are only passed on, links are followed only to earlier files of the
//! same archive, devices are refused, and decompression is bounded.

mod detect;
mod entry;
mod errors;
mod folder;
mod gzip;
mod limits;
mod links;
mod tar;
mod zip;

use std::path::Path;
use std::sync::atomic::AtomicU64;

use crate::error::{Error, Result};
use tar::Compression;

pub(crate) use detect::detect_kind;
pub(crate) use entry::{Item, Member, SourceKind, Visit};
pub(crate) use errors::{read_error, unsafe_member_error};
pub(crate) use folder::{ListedFile, list_folder, modified_ns, read_folder};

/// Calls `visit` for every regular file of an archive, in order. `done` counts the bytes read from
/// the archive.
///
/// # Errors
/// Errors of `visit`; [`Error::Invalid`] naming the archive, the file in it and the problem.
pub(crate) fn read_archive(
    source: &Path,
    kind: SourceKind,
    done: &AtomicU64,
    visit: Visit,
) -> Result<()> {
    match kind {
        SourceKind::Tar => tar::read(source, Compression::None, done, visit),
        SourceKind::TarGz => tar::read(source, Compression::Gzip, done, visit),
        SourceKind::Zip => zip::read(source, done, visit),
        SourceKind::Folder => Err(Error::invalid(source.display(), "a folder, not an archive")),
    }
}
