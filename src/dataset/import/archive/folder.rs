//! Reads a folder as a source: lists its files first, then opens them one by one.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::entry::{Item, Member, Visit};
use super::limits::check_file_count;
use crate::dataset::archive_names::is_system_folder;
use crate::dataset::provenance::Skipped;
use crate::display::escaped_bytes;
use crate::error::{Error, Result};
use crate::progress::{Progress, Unit, Watch};

/// Folders nested deeper than this are skipped.
const MAX_DEPTH: usize = 32;
/// Entries between two progress reports.
const REPORT_EVERY: u64 = 256;

/// A file in a folder that is imported.
#[derive(Debug, Clone)]
pub(crate) struct ListedFile {
    pub relative: PathBuf,
    pub size: u64,
    pub modified_ns: u64,
    /// When its name, owner or permissions last changed.
    pub changed_ns: i64,
}

/// All files in a folder, sorted by path, and what was skipped: links, and folders that are
/// unreadable or nested too deeply.
///
/// # Errors
/// When the folder itself cannot be listed; [`Error::Invalid`] if it has too many files; the
/// watcher's errors.
pub(crate) fn list_folder(source: &Path, watch: Watch) -> Result<(Vec<ListedFile>, Vec<Skipped>)> {
    let mut listing = Listing {
        source,
        files: vec![],
        skipped: vec![],
        folders: vec![(PathBuf::new(), 0)],
    };
    let stage = format!(
        "listing {}",
        escaped_bytes(source.file_name().unwrap_or_default().as_encoded_bytes())
    );
    let mut entries_seen = 0;
    while let Some((relative, depth)) = listing.folders.pop() {
        let folder = source.join(&relative);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if depth > 0 => {
                listing.skip(&relative, unreadable_reason(&error));
                continue;
            }
            entries => entries.map_err(Error::io(&folder, "list"))?,
        };
        for entry in entries {
            if entries_seen % REPORT_EVERY == 0 && entries_seen > 0 {
                watch(Progress {
                    stage: &stage,
                    done: entries_seen,
                    total: None,
                    unit: Unit::Files,
                })?;
            }
            entries_seen += 1;
            match entry {
                Err(error) if depth > 0 => {
                    listing.skip(&relative, unreadable_reason(&error));
                    break;
                }
                entry => listing.add(
                    &relative,
                    depth,
                    &entry.map_err(Error::io(&folder, "list"))?,
                )?,
            }
        }
    }
    let Listing {
        mut files,
        mut skipped,
        ..
    } = listing;
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    skipped.sort_by(|a, b| a.file.cmp(&b.file));
    Ok((files, skipped))
}

struct Listing<'a> {
    source: &'a Path,
    files: Vec<ListedFile>,
    skipped: Vec<Skipped>,
    /// Folders still to be listed, with their depths.
    folders: Vec<(PathBuf, usize)>,
}

impl Listing<'_> {
    fn add(&mut self, above: &Path, depth: usize, entry: &std::fs::DirEntry) -> Result<()> {
        use std::os::unix::fs::MetadataExt;
        let relative = above.join(entry.file_name());
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => {
                self.skip(&relative, unreadable_reason(&error));
                return Ok(());
            }
        };
        if kind.is_symlink() {
            self.skip(&relative, "a link; links are not followed".to_string());
        } else if kind.is_dir() {
            if depth == MAX_DEPTH {
                let reason = format!("a folder nested deeper than {MAX_DEPTH} folders");
                self.skip(&relative, reason);
            } else {
                self.folders.push((relative, depth + 1));
            }
        } else if kind.is_file() {
            check_file_count(self.source, self.files.len() as u64)?;
            match entry.metadata() {
                Ok(data) => self.files.push(ListedFile {
                    relative,
                    size: data.len(),
                    modified_ns: modified_ns(&data),
                    changed_ns: data
                        .ctime()
                        .wrapping_mul(1_000_000_000)
                        .wrapping_add(data.ctime_nsec()),
                }),
                Err(error) => self.skip(&relative, unreadable_reason(&error)),
            }
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, reason: String) {
        // System folders contain no one's pictures, readable or not.
        if path
            .iter()
            .any(|part| is_system_folder(part.as_encoded_bytes()))
        {
            return;
        }
        self.skipped.push(Skipped {
            file: path.to_string_lossy().into_owned(),
            reason,
        });
    }
}

/// The modification time in nanoseconds since 1970, 0 if unknown.
pub(crate) fn modified_ns(data: &std::fs::Metadata) -> u64 {
    data.modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos() as u64)
}

/// The message for a file or folder that cannot be read.
fn unreadable_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "not readable (permission denied)".to_string(),
        _ => format!("not readable ({error})"),
    }
}

/// Calls `visit` for the listed files of a folder.
pub(crate) fn read_folder(
    source: &Path,
    files: &[ListedFile],
    done: &AtomicU64,
    visit: Visit,
) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    for listed in files {
        let path = source.join(&listed.relative);
        let mut content = LazyFile {
            path: &path,
            file: None,
        };
        visit(Item::File(Member {
            path: listed.relative.as_os_str().as_bytes(),
            size: listed.size,
            content: &mut content,
        }))?;
        done.fetch_add(listed.size, Ordering::Relaxed);
    }
    Ok(())
}

/// A file that is opened at the first read.
struct LazyFile<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl Read for LazyFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            none => none.insert(File::open(self.path)?).read(buffer),
        }
    }
}
