//! Reads zip archives, using their central directory.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::entry::{DEVICE_REASON, Item, Member, Visit};
use super::errors::{read_error, unsafe_member_error};
use super::limits::{LimitedReader, check_file_count, inflation_limit};
use super::links;
use crate::dataset::archive_names::{classify, normalize_zip_path};
use crate::display::escaped_bytes;
use crate::error::{Error, Result};

/// The longest link target.
const MAX_TARGET_BYTES: u64 = 4096;

pub(super) fn read(source: &Path, done: &AtomicU64, visit: Visit) -> Result<()> {
    let file = File::open(source).map_err(Error::io(source, "read"))?;
    let size = file.metadata().map_err(Error::io(source, "read"))?.len();
    let file = BufReader::with_capacity(1 << 18, file);
    let archive =
        ZipArchive::new(file).map_err(|error| zip_error(source, "its directory", error))?;
    let mut reading = ZipReader {
        source,
        archive,
        remaining: inflation_limit(size),
        paths: links::SeenPaths::default(),
        visit,
    };
    for number in 0..reading.archive.len() {
        check_file_count(source, number as u64)?;
        let packed = reading.visit_member(number)?;
        done.fetch_add(packed, Ordering::Relaxed);
    }
    Ok(())
}

struct ZipReader<'a, R> {
    source: &'a Path,
    archive: ZipArchive<R>,
    /// Bytes that may still be decompressed.
    remaining: u64,
    paths: links::SeenPaths,
    visit: Visit<'a>,
}

impl<R: Read + Seek> ZipReader<'_, R> {
    /// Visits one member and returns its compressed size.
    fn visit_member(&mut self, number: usize) -> Result<u64> {
        let member = self
            .archive
            .by_index_data(number)
            .map_err(|error| zip_error(self.source, &format!("file {}", number + 1), error))?;
        // Names without the UTF-8 flag are decoded from code page 437.
        let path = member.name().map_or_else(
            |_| member.name_raw().to_vec(),
            |name| name.as_bytes().to_vec(),
        );
        let name = escaped_bytes(&path);
        let path = normalize_zip_path(&path)
            .map_err(|reason| unsafe_member_error(self.source, &name, reason))?;
        let packed = member.compressed_size();
        let file_type = member.unix_mode().unwrap_or(0) & 0o170_000;
        let is_link = member.is_symlink() || file_type == 0o120_000;
        let is_folder = member.is_dir();
        if !is_link && !matches!(file_type, 0 | 0o100_000 | 0o040_000) {
            classify(&path).map_err(|reason| unsafe_member_error(self.source, &name, reason))?;
            let reason = DEVICE_REASON.to_string();
            (self.visit)(Item::Unreadable {
                path: &path,
                reason,
            })?;
            return Ok(packed);
        }
        if is_link || is_folder {
            classify(&path).map_err(|reason| unsafe_member_error(self.source, &name, reason))?;
        }
        if is_folder {
            self.paths.add_folder(&path);
        } else if is_link {
            self.visit_link(number, &path)?;
        } else {
            self.paths.add_file(&path, number as u64);
            self.visit_file(number, &path)?;
        }
        Ok(packed)
    }

    fn visit_link(&mut self, number: usize, path: &[u8]) -> Result<()> {
        if let Some(reason) = self.unreadable_reason(number) {
            return (self.visit)(Item::Unreadable { path, reason });
        }
        let mut target = vec![];
        let name = escaped_bytes(path);
        self.archive
            .by_index(number)
            .map_err(|error| zip_error(self.source, &name, error))?
            .take(MAX_TARGET_BYTES)
            .read_to_end(&mut target)
            .map_err(|error| read_error(self.source, &name, &error))?;
        match self.paths.resolve_link(path, &target, true) {
            Ok(member) => self.visit_file(member as usize, path),
            Err(reason) => (self.visit)(Item::Link { path, reason }),
        }
    }

    /// Visits the content of member `number` under `path`.
    fn visit_file(&mut self, number: usize, path: &[u8]) -> Result<()> {
        if let Some(reason) = self.unreadable_reason(number) {
            return (self.visit)(Item::Unreadable { path, reason });
        }
        let mut member = self
            .archive
            .by_index(number)
            .map_err(|error| zip_error(self.source, &escaped_bytes(path), error))?;
        let size = member.size();
        let mut content = LimitedReader::new(&mut member, self.remaining);
        (self.visit)(Item::File(Member {
            path,
            size,
            content: &mut content,
        }))?;
        self.remaining -= content.count.min(self.remaining);
        Ok(())
    }

    /// Why a member cannot be read, if its directory entry shows that.
    fn unreadable_reason(&self, number: usize) -> Option<String> {
        let member = self.archive.by_index_data(number).ok()?;
        if member.encrypted() {
            return Some("encrypted; unpack the archive and import the folder".to_string());
        }
        let method = unsupported_method(member.compression())?;
        Some(format!(
            "compressed with {method}, which is not supported; unpack the archive and import the folder"
        ))
    }
}

/// The name of an unsupported compression method (APPNOTE.TXT, 4.4.5).
fn unsupported_method(method: CompressionMethod) -> Option<String> {
    if matches!(
        method,
        CompressionMethod::Stored | CompressionMethod::Deflated
    ) {
        return None;
    }
    #[expect(deprecated, reason = "the number of a method that has no name here")]
    let number = method.to_u16();
    Some(
        match number {
            1 => "shrink",
            2..=5 => "reduce",
            6 => "implode",
            9 => "deflate64",
            12 => "bzip2",
            14 => "lzma",
            20 | 93 => "zstd",
            95 => "xz",
            98 => "ppmd",
            number => return Some(format!("method {number}")),
        }
        .to_string(),
    )
}

fn zip_error(source: &Path, member: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => read_error(source, member, &error),
        error => Error::invalid(
            source.display(),
            format!("cannot be read at {member} ({error}); get it again"),
        ),
    }
}
