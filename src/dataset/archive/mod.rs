//! Reads the files of an untrusted archive (.tgz, .tar, .zip) or folder one after the other.
//! Nothing is unpacked: paths are only passed on, links are followed only to earlier files of the
//! same archive, devices are refused, and decompression is bounded.

mod folder;
mod gzip;
mod links;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::display::escaped;
use crate::error::{Error, Result};

pub(crate) use folder::{ListedFile, list_folder, read_folder};

/// A source that decompresses to more than this many times its size, beyond [`FREE_BYTES`], is an
/// archive bomb: Deflate shrinks zeros a thousandfold, but pictures hardly at all.
const MAX_RATIO: u64 = 20;
/// Any archive may decompress to this much.
const FREE_BYTES: u64 = 64 << 20;
/// The size of a tar block, in bytes.
const BLOCK: usize = 512;
/// The most files in one source.
const MAX_FILES: u64 = 2_000_000;

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
const DEVICE_REASON: &str = "a device or a pipe, not a file";

/// Called for every entry; an error ends the reading.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(Item) -> Result<()>;

/// Detects the type of `source`.
///
/// # Errors
/// One line that says what was found instead and what to do.
pub(crate) fn detect_kind(source: &Path) -> Result<SourceKind> {
    let metadata = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
    if metadata.is_dir() {
        return Ok(SourceKind::Folder);
    }
    let wrong = |problem: &str| Err(Error::invalid(source.display(), problem));
    if !metadata.is_file() {
        return wrong("neither a file nor a folder");
    }
    let mut start = vec![];
    File::open(source)
        .and_then(|file| file.take(BLOCK as u64).read_to_end(&mut start))
        .map_err(Error::io(source, "read"))?;
    match start.as_slice() {
        [] => wrong("the file is empty"),
        [0x1f, 0x8b, ..] => Ok(SourceKind::TarGz),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(SourceKind::Zip),
        [b'P', b'K', 7, 8, ..] => {
            wrong("one part of a split zip archive; unpack it and import the folder")
        }
        [b'B', b'Z', b'h', ..] => {
            wrong("bzip2 archives are not supported; unpack it and import the folder")
        }
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            wrong("xz archives are not supported; unpack it and import the folder")
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            wrong("zstd archives are not supported; unpack it and import the folder")
        }
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => {
            wrong("7z and rar archives are not supported; unpack it and import the folder")
        }
        [0xff, 0xd8, ..] | [0x89, b'P', b'N', b'G', ..] => {
            wrong("a single picture; import takes an archive or a folder of Name/picture.jpg")
        }
        _ if is_tar_header(&start) => Ok(SourceKind::Tar),
        _ => wrong("not an archive; import takes .tgz, .tar and .zip files and folders"),
    }
}

/// Whether a block has the checksum of a tar header.
fn is_tar_header(block: &[u8]) -> bool {
    let Ok(block) = <&[u8; BLOCK]>::try_from(block) else {
        return false;
    };
    let mut header = ::tar::Header::new_old();
    *header.as_mut_bytes() = *block;
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| u32::from(if (148..156).contains(&at) { b' ' } else { byte }))
        .sum();
    header.cksum().is_ok_and(|stated| stated == sum)
}

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
        SourceKind::Tar => tar::read(source, false, done, visit),
        SourceKind::TarGz => tar::read(source, true, done, visit),
        SourceKind::Zip => zip::read(source, done, visit),
        SourceKind::Folder => Err(Error::invalid(source.display(), "a folder, not an archive")),
    }
}

/// The modification time in nanoseconds since 1970, 0 if unknown.
pub(crate) fn modified_ns(data: &std::fs::Metadata) -> u64 {
    data.modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos() as u64)
}

/// The message for a failed read inside an archive.
pub(crate) fn read_error(source: &Path, member: &str, error: &io::Error) -> Error {
    if let Some(bomb) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ArchiveBomb>())
    {
        return Error::invalid(source.display(), format!("{bomb}, at {}", escaped(member)));
    }
    let member = escaped(member);
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("cut off at {member}; get it again"),
        _ => format!("corrupt at {member} ({error}); get it again"),
    };
    Error::invalid(source.display(), problem)
}

/// The message for a member that is refused.
pub(crate) fn unsafe_member_error(source: &Path, member: &str, reason: &str) -> Error {
    Error::invalid(source.display(), format!("{} is {reason}", escaped(member)))
}

fn check_file_count(source: &Path, number: u64) -> Result<()> {
    if number < MAX_FILES {
        return Ok(());
    }
    Err(Error::invalid(
        source.display(),
        format!("more than {MAX_FILES} files; import the folder of pictures alone"),
    ))
}

/// How many bytes an archive of this size may decompress to.
fn inflation_limit(size: u64) -> u64 {
    FREE_BYTES.saturating_add(size.saturating_mul(MAX_RATIO))
}

/// Counts the bytes read from an archive.
struct CountingReader<'a, R> {
    inner: R,
    done: &'a AtomicU64,
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("decompresses to more than {MAX_RATIO} times its size: not an archive of pictures")]
struct ArchiveBomb;

/// Limits decompressed data, and remembers whether the last bytes were zeros.
struct LimitedReader<R> {
    inner: R,
    limit: u64,
    count: u64,
    zeros: u64,
}

impl<R> LimitedReader<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            count: 0,
            zeros: 0,
        }
    }

    /// A complete tar archive ends in blocks of zeros.
    fn ends_in_zeros(&self) -> bool {
        self.zeros >= BLOCK as u64
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        if self.count > self.limit {
            return Err(io::Error::other(ArchiveBomb));
        }
        let zeros = buffer[..count]
            .iter()
            .rev()
            .take_while(|&&byte| byte == 0)
            .count();
        self.zeros = if zeros == count {
            self.zeros + zeros as u64
        } else {
            zeros as u64
        };
        Ok(count)
    }
}
