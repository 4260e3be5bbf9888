//! Reading the files of an archive (.tgz, .tar, .zip) or a folder, one after
//! the other, from anybody: nothing is unpacked here, paths are only passed
//! on, links and devices are refused, and what inflates is bounded.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::dataset::layout::{classify, shown};
use crate::error::{Error, Result};

/// Deflate shrinks zeros a thousandfold, pictures hardly at all: what inflates
/// to more than this many times its size, beyond [`FREE_BYTES`], is a bomb.
const MAX_RATIO: u64 = 20;
/// Any archive may inflate to this much.
const FREE_BYTES: u64 = 64 << 20;
/// The most files in one source.
const MAX_FILES: u64 = 2_000_000;
/// The deepest nesting of folders that is followed.
const MAX_DEPTH: usize = 32;

/// What a source is, by its first bytes and not by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Tar,
    TarGz,
    Zip,
}

/// A regular file inside a source.
pub(crate) struct Member<'a> {
    /// Its path as the archive has it; not to be trusted.
    pub path: &'a [u8],
    /// Its size in bytes as announced; not to be trusted either.
    pub size: u64,
    /// Its content. An error of this reader is one of the archive.
    pub content: &'a mut dyn Read,
}

/// What sees every member. An error ends the reading.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(Member) -> Result<()>;

/// A file of a folder that is read as a source.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub relative: PathBuf,
    pub size: u64,
    pub modified_ns: u64,
}

/// What `source` is.
///
/// # Errors
/// One line that says what was found instead and what to do.
pub(crate) fn kind(source: &Path) -> Result<Kind> {
    let metadata = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
    if metadata.is_dir() {
        return Ok(Kind::Folder);
    }
    let wrong = |problem: &str| Err(Error::invalid(source.display(), problem));
    if !metadata.is_file() {
        return wrong("neither a file nor a folder");
    }
    let mut start = vec![];
    File::open(source)
        .and_then(|file| file.take(512).read_to_end(&mut start))
        .map_err(Error::io(source, "read"))?;
    match start.as_slice() {
        [] => wrong("the file is empty"),
        [0x1f, 0x8b, ..] => Ok(Kind::TarGz),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(Kind::Zip),
        [b'B', b'Z', b'h', ..] => {
            wrong("bzip2 archives are not read; unpack it and import the folder")
        }
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            wrong("xz archives are not read; unpack it and import the folder")
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            wrong("zstd archives are not read; unpack it and import the folder")
        }
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => {
            wrong("7z and rar archives are not read; unpack it and import the folder")
        }
        [0xff, 0xd8, ..] | [0x89, b'P', b'N', b'G', ..] => {
            wrong("a single picture; import takes an archive or a folder of Name/picture.jpg")
        }
        _ if is_tar_header(&start) => Ok(Kind::Tar),
        _ => wrong("not an archive; import takes .tgz, .tar and .zip files and folders"),
    }
}

/// Whether the block's checksum is that of a tar header.
fn is_tar_header(block: &[u8]) -> bool {
    let Ok(block) = <&[u8; 512]>::try_from(block) else {
        return false;
    };
    let mut header = tar::Header::new_old();
    *header.as_mut_bytes() = *block;
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| u32::from(if (148..156).contains(&at) { b' ' } else { byte }))
        .sum();
    header.cksum().is_ok_and(|stated| stated == sum)
}

/// Calls `visit` for every regular file of an archive, in its order. `done`
/// counts the archive's bytes as they are read.
///
/// # Errors
/// Those of `visit`; [`Error::Invalid`] naming the archive, the file in it and
/// what is wrong.
pub(crate) fn read_archive(
    source: &Path,
    kind: Kind,
    done: &AtomicU64,
    visit: Visit,
) -> Result<()> {
    let file = File::open(source).map_err(Error::io(source, "read"))?;
    let size = file.metadata().map_err(Error::io(source, "read"))?.len();
    let file = BufReader::with_capacity(1 << 18, Counted { inner: file, done });
    let limit = FREE_BYTES.saturating_add(size.saturating_mul(MAX_RATIO));
    match kind {
        Kind::Tar => read_tar(source, Bounded::new(file, u64::MAX), true, visit),
        Kind::TarGz => read_tar(
            source,
            Bounded::new(MultiGzDecoder::new(file), limit),
            false,
            visit,
        ),
        Kind::Zip => read_zip(source, limit, done, visit),
        Kind::Folder => Err(Error::invalid(source.display(), "a folder, not an archive")),
    }
}

fn read_tar<R: Read>(
    source: &Path,
    mut reader: Bounded<R>,
    plain: bool,
    visit: Visit,
) -> Result<()> {
    let mut last = "its beginning".to_string();
    let mut first = vec![];
    (&mut reader)
        .take(512)
        .read_to_end(&mut first)
        .map_err(|error| broken(source, &last, &error))?;
    if !is_tar_header(&first) && first.iter().any(|&byte| byte != 0) {
        return Err(Error::invalid(
            source.display(),
            "a gzip file without a tar archive in it",
        ));
    }
    {
        let mut archive = tar::Archive::new(first.as_slice().chain(&mut reader));
        let entries = archive
            .entries()
            .map_err(|error| broken(source, &last, &error))?;
        for (number, entry) in (0..).zip(entries) {
            let mut entry = entry.map_err(|error| broken(source, &last, &error))?;
            let path = entry.path_bytes().into_owned();
            last = shown(&path);
            check_count(source, number)?;
            let kind = entry.header().entry_type();
            if kind.is_symlink() || kind.is_hard_link() {
                return Err(unsafe_member(
                    source,
                    &last,
                    "a link; the archive is not safe to unpack",
                ));
            }
            if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
                return Err(unsafe_member(
                    source,
                    &last,
                    "a device; the archive is not safe to unpack",
                ));
            }
            if kind.is_dir() {
                classify(&path).map_err(|reason| unsafe_member(source, &last, reason))?;
                continue;
            }
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                continue;
            }
            let size = entry.size();
            visit(Member {
                path: &path,
                size,
                content: &mut entry,
            })?;
        }
    }
    if plain && !reader.ends_in_zeros() {
        return Err(Error::invalid(
            source.display(),
            format!("cut off after {last}; get it again"),
        ));
    }
    // The rest is padding, but only reading it checks gzip's own sum.
    io::copy(&mut reader, &mut io::sink()).map_err(|error| broken(source, &last, &error))?;
    Ok(())
}

fn read_zip(source: &Path, limit: u64, done: &AtomicU64, visit: Visit) -> Result<()> {
    let wrong = |member: &str, error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(error) => broken(source, member, &error),
        error => Error::invalid(
            source.display(),
            format!("cannot be read at {member} ({error})"),
        ),
    };
    let file = File::open(source).map_err(Error::io(source, "read"))?;
    let mut file = BufReader::with_capacity(1 << 18, file);
    file.rewind().map_err(Error::io(source, "read"))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| wrong("its directory", error))?;
    let mut left = limit;
    for number in 0..archive.len() {
        check_count(source, number as u64)?;
        let mut member = archive
            .by_index(number)
            .map_err(|error| wrong(&format!("file {}", number + 1), error))?;
        // Names without the UTF-8 flag are decoded from code page 437.
        let path = member.name().map_or_else(
            |_| member.name_raw().to_vec(),
            |name| name.as_bytes().to_vec(),
        );
        let name = shown(&path);
        let file_type = member.unix_mode().unwrap_or(0) & 0o170_000;
        if member.is_symlink() || file_type == 0o120_000 {
            return Err(unsafe_member(
                source,
                &name,
                "a link; the archive is not safe to unpack",
            ));
        }
        if !matches!(file_type, 0 | 0o100_000 | 0o040_000) {
            return Err(unsafe_member(
                source,
                &name,
                "a device; the archive is not safe to unpack",
            ));
        }
        done.fetch_add(member.compressed_size(), Ordering::Relaxed);
        if member.is_dir() {
            classify(&path).map_err(|reason| unsafe_member(source, &name, reason))?;
            continue;
        }
        let size = member.size();
        let mut content = Bounded::new(&mut member, left);
        visit(Member {
            path: &path,
            size,
            content: &mut content,
        })?;
        left -= content.count.min(left);
    }
    Ok(())
}

/// All files below a folder, sorted by path, and the links among them, which
/// are not followed.
///
/// # Errors
/// Those of the file system; [`Error::Invalid`] for folders without end.
pub(crate) fn list_folder(source: &Path) -> Result<(Vec<Listed>, Vec<PathBuf>)> {
    let (mut files, mut links) = (vec![], vec![]);
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((relative, depth)) = folders.pop() {
        let folder = source.join(&relative);
        for entry in std::fs::read_dir(&folder).map_err(Error::io(&folder, "list"))? {
            let entry = entry.map_err(Error::io(&folder, "list"))?;
            let relative = relative.join(entry.file_name());
            let kind = entry.file_type().map_err(Error::io(entry.path(), "read"))?;
            if kind.is_symlink() {
                links.push(relative);
            } else if kind.is_dir() {
                if depth == MAX_DEPTH {
                    return Err(Error::invalid(
                        entry.path().display(),
                        format!("nested deeper than {MAX_DEPTH} folders"),
                    ));
                }
                folders.push((relative, depth + 1));
            } else if kind.is_file() {
                let data = entry.metadata().map_err(Error::io(entry.path(), "read"))?;
                check_count(source, files.len() as u64)?;
                files.push(Listed {
                    relative,
                    size: data.len(),
                    modified_ns: modified_ns(&data),
                });
            }
        }
    }
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    links.sort();
    Ok((files, links))
}

/// Calls `visit` for the listed files of a folder.
pub(crate) fn read_folder(
    source: &Path,
    files: &[Listed],
    done: &AtomicU64,
    visit: Visit,
) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    for listed in files {
        let path = source.join(&listed.relative);
        let mut content = OnDemand {
            path: &path,
            file: None,
        };
        visit(Member {
            path: listed.relative.as_os_str().as_bytes(),
            size: listed.size,
            content: &mut content,
        })?;
        done.fetch_add(listed.size, Ordering::Relaxed);
    }
    Ok(())
}

/// The time of the last change in nanoseconds since 1970, 0 when unknown.
pub(crate) fn modified_ns(data: &std::fs::Metadata) -> u64 {
    data.modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos() as u64)
}

/// The message for a read that failed inside an archive.
pub(crate) fn broken(source: &Path, member: &str, error: &io::Error) -> Error {
    if let Some(bomb) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Bomb>())
    {
        return Error::invalid(source.display(), format!("{bomb}, at {member}"));
    }
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("cut off at {member}; get it again"),
        _ => format!("corrupt at {member} ({error}); get it again"),
    };
    Error::invalid(source.display(), problem)
}

/// The message for a member that is refused.
pub(crate) fn unsafe_member(source: &Path, member: &str, reason: &str) -> Error {
    Error::invalid(source.display(), format!("{member} is {reason}"))
}

fn check_count(source: &Path, number: u64) -> Result<()> {
    if number < MAX_FILES {
        return Ok(());
    }
    Err(Error::invalid(
        source.display(),
        format!("more than {MAX_FILES} files; import the folder of pictures alone"),
    ))
}

/// Counts what is read of the archive itself.
struct Counted<'a, R> {
    inner: R,
    done: &'a AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// A file that is opened when its first byte is wanted.
struct OnDemand<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl Read for OnDemand<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            none => none.insert(File::open(self.path)?).read(buffer),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("inflates to more than {MAX_RATIO} times its size: not an archive of pictures")]
struct Bomb;

/// Stops what inflates without end, and remembers whether the last bytes were zeros.
struct Bounded<R> {
    inner: R,
    limit: u64,
    count: u64,
    zeros: u64,
}

impl<R> Bounded<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            count: 0,
            zeros: 0,
        }
    }

    /// A tar archive ends in blocks of zeros; one that was cut off does not.
    fn ends_in_zeros(&self) -> bool {
        self.zeros >= 512
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        if self.count > self.limit {
            return Err(io::Error::other(Bomb));
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
