//! Reads tar archives, plain or gzipped, from front to back. If links point to earlier files, a
//! second pass reads those.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::AtomicU64;

use tar::{Archive, Entry};

use super::detect::is_tar_header;
use super::entry::{DEVICE_REASON, Item, Member, Visit};
use super::errors::{read_error, unsafe_member_error};
use super::limits::{BLOCK, CountingReader, LimitedReader, check_file_count, inflation_limit};
use super::{gzip, links};
use crate::dataset::archive_names::{self, classify};
use crate::dataset::picture_file;
use crate::display::escaped_bytes;
use crate::error::{Error, Result};

/// How a tar archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
}

/// Called for every entry with its number and its path.
type OnEntry<'a> = &'a mut dyn FnMut(u64, &[u8], &mut Entry<&mut dyn Read>) -> Result<()>;

/// The paths of the links to each member, by the member's number.
type LinkedMembers = BTreeMap<u64, Vec<Vec<u8>>>;

pub(super) fn read(
    source: &Path,
    compression: Compression,
    done: &AtomicU64,
    visit: Visit,
) -> Result<()> {
    let mut paths = links::SeenPaths::default();
    let mut linked = LinkedMembers::new();
    for_each_entry(source, compression, done, &mut |number, path, entry| {
        let kind = entry.header().entry_type();
        let name = escaped_bytes(path);
        if kind.is_symlink() || kind.is_hard_link() {
            let entry_kind =
                classify(path).map_err(|reason| unsafe_member_error(source, &name, reason))?;
            let target = entry.link_name_bytes().unwrap_or_default().into_owned();
            return match paths.resolve_link(path, &target, kind.is_symlink()) {
                Ok(member) => {
                    if !matches!(entry_kind, archive_names::EntryKind::Ignore) {
                        linked.entry(member).or_default().push(path.to_vec());
                    }
                    Ok(())
                }
                Err(reason) => visit(Item::Link { path, reason }),
            };
        }
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            classify(path).map_err(|reason| unsafe_member_error(source, &name, reason))?;
            let reason = DEVICE_REASON.to_string();
            return visit(Item::Unreadable { path, reason });
        }
        if kind.is_dir() {
            classify(path).map_err(|reason| unsafe_member_error(source, &name, reason))?;
            paths.add_folder(path);
            return Ok(());
        }
        if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
            return Ok(());
        }
        if let Some(name) =
            sparse_name(entry, path).map_err(|error| read_error(source, &name, &error))?
        {
            return visit(Item::Unreadable {
                path: &name,
                reason:
                    "a sparse file, which is not supported; unpack the archive and import the folder"
                        .to_string(),
            });
        }
        paths.add_file(path, number);
        let size = entry.size();
        visit(Item::File(Member {
            path,
            size,
            content: entry,
        }))
    })?;
    if linked.is_empty() {
        return Ok(());
    }
    visit_linked(source, compression, done, &linked, visit)
}

/// Visits the members that links point to, under the links' paths.
fn visit_linked(
    source: &Path,
    compression: Compression,
    done: &AtomicU64,
    linked: &LinkedMembers,
    visit: Visit,
) -> Result<()> {
    let size = std::fs::metadata(source)
        .map_err(Error::io(source, "read"))?
        .len();
    // Many links to one large file can be an archive bomb too.
    let mut budget = inflation_limit(size);
    for_each_entry(source, compression, done, &mut |number, path, entry| {
        let Some(copies) = linked.get(&number) else {
            return Ok(());
        };
        let mut bytes = vec![];
        entry
            .take(picture_file::MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| read_error(source, &escaped_bytes(path), &error))?;
        for copy in copies {
            let size = bytes.len() as u64;
            budget = budget.checked_sub(size).ok_or_else(|| {
                Error::invalid(
                    source.display(),
                    format!(
                        "its links expand to more than {} MB, at {}: not an archive of pictures",
                        inflation_limit(0) >> 20,
                        escaped_bytes(copy)
                    ),
                )
            })?;
            visit(Item::File(Member {
                path: copy,
                size,
                content: &mut bytes.as_slice(),
            }))?;
        }
        Ok(())
    })
}

/// Calls `on` for every entry of the archive, including archives appended to it with `cat` or `tar
/// -A`.
fn for_each_entry(
    source: &Path,
    compression: Compression,
    done: &AtomicU64,
    on: OnEntry,
) -> Result<()> {
    let file = File::open(source).map_err(Error::io(source, "read"))?;
    let size = file.metadata().map_err(Error::io(source, "read"))?.len();
    let file = BufReader::with_capacity(1 << 18, CountingReader { inner: file, done });
    let garbage = Cell::new(false);
    let (inflated, limit): (Box<dyn Read + '_>, u64) = if compression == Compression::Gzip {
        let members = gzip::MultiMemberReader::new(file, &garbage);
        (Box::new(members), inflation_limit(size))
    } else {
        (Box::new(file), u64::MAX)
    };
    let mut reader = LimitedReader::new(inflated, limit);
    let mut last = "its beginning".to_string();
    let mut block = next_block(&mut reader).map_err(|error| read_error(source, &last, &error))?;
    if !is_tar_header(&block) && block.iter().any(|&byte| byte != 0) {
        return Err(Error::invalid(
            source.display(),
            "a gzip file without a tar archive in it",
        ));
    }
    let mut number = 0;
    let mut ended;
    loop {
        {
            let mut rest = block.as_slice().chain(&mut reader);
            let mut archive = Archive::new(&mut rest as &mut dyn Read);
            let entries = archive
                .entries()
                .map_err(|error| read_error(source, &last, &error))?;
            for entry in entries {
                let mut entry = entry.map_err(|error| read_error(source, &last, &error))?;
                let path = entry.path_bytes().into_owned();
                last = escaped_bytes(&path);
                check_file_count(source, number)?;
                on(number, &path, &mut entry)?;
                number += 1;
            }
        }
        ended = reader.ends_in_zeros();
        // Padding, followed by nothing, another archive, or foreign data.
        block = loop {
            let block =
                next_block(&mut reader).map_err(|error| read_error(source, &last, &error))?;
            if block.is_empty() || block.iter().any(|&byte| byte != 0) {
                break block;
            }
        };
        if !is_tar_header(&block) {
            break;
        }
    }
    if !ended && (compression == Compression::None || garbage.get()) {
        return Err(Error::invalid(
            source.display(),
            format!("cut off after {last}; get it again"),
        ));
    }
    // Gzip's checksum is verified only at the end.
    io::copy(&mut reader, &mut io::sink()).map_err(|error| read_error(source, &last, &error))?;
    Ok(())
}

/// The name of a sparse file in pax format. Its entry in the archive is a map followed by pieces,
/// under a made-up name.
fn sparse_name(entry: &mut Entry<&mut dyn Read>, path: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let Some(extensions) = entry.pax_extensions()? else {
        return Ok(None);
    };
    let mut name = None;
    for extension in extensions {
        let extension = extension?;
        let key = extension.key_bytes();
        if key == b"GNU.sparse.name" {
            name = Some(extension.value_bytes().to_vec());
        } else if key.starts_with(b"GNU.sparse.") {
            name.get_or_insert_with(|| path.to_vec());
        }
    }
    Ok(name)
}

/// The next block; shorter only at the end.
fn next_block(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(BLOCK);
    reader.take(BLOCK as u64).read_to_end(&mut block)?;
    Ok(block)
}
