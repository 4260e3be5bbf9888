//! The reading thread: classifies the files of a source and queues its pictures.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use super::events::{DecodeJob, ImportEvent};
use crate::dataset::archive_names::{self, EntryKind, PicturePath, classify};
use crate::dataset::files::MAX_PROTOCOL_BYTES;
use crate::dataset::import::archive::{self, Item, ListedFile, Member, SourceKind};
use crate::dataset::import::ignored_files::IgnoredCounts;
use crate::dataset::import::placement;
use crate::dataset::picture_file;
use crate::dataset::provenance::Skipped;
use crate::error::{Error, Result};

/// The reading thread: classifies the source's files in order and queues the pictures.
pub(super) struct Reader<'a> {
    source: &'a Path,
    folder: &'a Path,
    stop: &'a AtomicBool,
    events: SyncSender<ImportEvent>,
    jobs: SyncSender<DecodeJob>,
    /// Paths that are in use.
    places: HashSet<PathBuf>,
    tally: IgnoredCounts,
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a Path,
        folder: &'a Path,
        stop: &'a AtomicBool,
        events: SyncSender<ImportEvent>,
        jobs: SyncSender<DecodeJob>,
    ) -> Self {
        Self {
            source,
            folder,
            stop,
            events,
            jobs,
            places: HashSet::new(),
            tally: IgnoredCounts::default(),
            position: 0,
        }
    }

    pub(super) fn run(mut self, kind: SourceKind, listed: &[ListedFile], done: &AtomicU64) {
        let source = self.source;
        let visit = &mut |item: Item| self.visit(item);
        let outcome = match kind {
            SourceKind::Folder => archive::read_folder(source, listed, done, visit),
            _ => archive::read_archive(source, kind, done, visit),
        };
        match outcome {
            // Cancelled: the cause has already been reported.
            Ok(()) | Err(Error::Cancelled) => {
                let _ = self.events.send(ImportEvent::Read(self.tally));
            }
            Err(error) => {
                let _ = self.events.send(ImportEvent::Failed(error));
            }
        }
    }

    fn visit(&mut self, item: Item) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        match item {
            Item::File(member) => self.add_file(member),
            // The target is unknown: it may be a picture or a person's folder.
            Item::Link { path, .. } if is_in_system_folder(path) => Ok(()),
            Item::Link { path, reason } => {
                self.skip(String::from_utf8_lossy(path).into_owned(), reason)
            }
            Item::Unreadable { path, reason } => {
                let name = String::from_utf8_lossy(path).into_owned();
                match classify(path)
                    .map_err(|reason| archive::unsafe_member_error(self.source, &name, reason))?
                {
                    EntryKind::Ignore => Ok(()),
                    EntryKind::SystemFile(folder) => {
                        self.tally.system(folder);
                        Ok(())
                    }
                    _ => self.skip(name, reason),
                }
            }
        }
    }

    fn add_file(&mut self, member: Member) -> Result<()> {
        let name = String::from_utf8_lossy(member.path).into_owned();
        match classify(member.path)
            .map_err(|reason| archive::unsafe_member_error(self.source, &name, reason))?
        {
            EntryKind::Ignore => Ok(()),
            EntryKind::SystemFile(folder) => {
                self.tally.system(folder);
                Ok(())
            }
            EntryKind::Skip(reason) => self.skip(name, reason.to_string()),
            EntryKind::UnsupportedFormat(format) => {
                self.tally.add_unsupported(&name);
                let reason = format!("{format} picture; only JPEG and PNG are supported");
                self.skip(name, reason)
            }
            EntryKind::Protocol(protocol) => self.keep_protocol_file(protocol, &name, member),
            EntryKind::Picture(path) => {
                if member.size > picture_file::MAX_FILE_BYTES {
                    return self.skip(name, picture_file::too_large_reason());
                }
                let bytes = match self.read_content(member, &name, picture_file::MAX_FILE_BYTES) {
                    // An unreadable file in a folder is skipped.
                    Err(Error::Io { source, .. }) => {
                        return self.skip(name, format!("not readable ({source})"));
                    }
                    bytes => bytes?,
                };
                let job = DecodeJob {
                    stored_at: self.choose_path(&path),
                    path,
                    position: self.position,
                    bytes,
                };
                self.position += 1;
                // The workers stop receiving only when the import is being cancelled.
                self.jobs.send(job).map_err(|_| Error::Cancelled)
            }
        }
    }

    /// The picture's likely final path, or a temporary one if that is taken.
    fn choose_path(&mut self, path: &PicturePath) -> PathBuf {
        let likely = path
            .folders
            .last()
            .filter(|folder| archive_names::name_problem(folder).is_none())
            .map(|folder| placement::final_path(folder, &path.file));
        match likely {
            Some(place) if self.places.insert(place.clone()) => place,
            _ => placement::staging_path(self.position),
        }
    }

    fn read_content(&self, member: Member, shown: &str, limit: u64) -> Result<Vec<u8>> {
        let is_folder = self.source.is_dir();
        let mut bytes = Vec::with_capacity(member.size.min(limit) as usize);
        member
            .content
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| {
                if is_folder {
                    Error::io(self.source.join(shown), "read")(error)
                } else {
                    archive::read_error(self.source, shown, &error)
                }
            })?;
        if bytes.len() as u64 != member.size && !is_folder {
            return Err(archive::read_error(
                self.source,
                shown,
                &std::io::ErrorKind::UnexpectedEof.into(),
            ));
        }
        Ok(bytes)
    }

    fn keep_protocol_file(
        &mut self,
        name: &'static str,
        shown: &str,
        member: Member,
    ) -> Result<()> {
        if member.size > MAX_PROTOCOL_BYTES {
            return self.skip(
                shown.to_string(),
                "too large for a protocol file".to_string(),
            );
        }
        let bytes = match self.read_content(member, shown, MAX_PROTOCOL_BYTES) {
            Err(Error::Io { source, .. }) => {
                return self.skip(shown.to_string(), format!("not readable ({source})"));
            }
            bytes => bytes?,
        };
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(first) if first == bytes => return Ok(()),
            Ok(_) => {
                return self.skip(
                    shown.to_string(),
                    format!("an earlier {name} is used instead"),
                );
            }
            Err(_) => {}
        }
        std::fs::write(&path, bytes).map_err(Error::io(&path, "write"))
    }

    fn skip(&mut self, file: String, reason: String) -> Result<()> {
        let event = ImportEvent::Skipped {
            position: self.position,
            skipped: Skipped { file, reason },
        };
        self.position += 1;
        self.events.send(event).map_err(|_| Error::Cancelled)
    }
}

/// Whether a path goes through a system folder.
fn is_in_system_folder(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/')
        .any(|part| part != b"." && part != b".." && archive_names::is_system_folder(part))
}
