//! Imports the pictures of a source, decoding on all cores: one thread reads and decompresses,
//! workers store the originals and decode and resize them, and the calling thread collects the
//! results and reports progress.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::dataset::archive::{self, Item, ListedFile, Member, SourceKind};
use crate::dataset::archive_names::{self, EntryKind, PicturePath, classify};
use crate::dataset::face_spec::FaceSpec;
use crate::dataset::files::MAX_PROTOCOL_BYTES;
use crate::dataset::hash::{sha256, sha256_of_file};
use crate::dataset::ignored_files::IgnoredCounts;
use crate::dataset::index::FoundPicture;
use crate::dataset::placement::{self, KeptPicture};
use crate::dataset::provenance::Skipped;
use crate::dataset::{crop, picture_file};
use crate::display::escaped_bytes;
use crate::error::{Error, Result};
use crate::progress::{Progress, Unit, Watch};

/// Most memory for faces of the first tensor; above this, it is created on first use.
const MAX_FACES_BYTES: usize = 400 << 20;
/// Pictures queued between the reader and the workers, 8 KB each in LFW.
const QUEUE_LENGTH: usize = 32;

/// What a source contained.
pub(crate) struct SourcePictures {
    pub found: Vec<FoundPicture>,
    /// The faces of the default [`FaceSpec`] by position; `None` if they took too much memory.
    pub faces: Option<HashMap<usize, Vec<u8>>>,
    pub skipped: Vec<Skipped>,
    /// What was ignored, merged and renamed, one line each.
    pub notes: Vec<String>,
    /// Only of an archive.
    pub sha256: Option<String>,
}

/// A picture to be decoded by a worker.
struct DecodeJob {
    path: PicturePath,
    position: usize,
    /// Where its file is stored for now, relative to the data set's folder.
    stored_at: PathBuf,
    bytes: Vec<u8>,
}

/// What the threads send to the collecting thread.
enum ImportEvent {
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

/// Reads a source, stores its pictures in `folder/lfw` and its protocol files in `folder`.
pub(crate) fn read_source(
    source: &Path,
    kind: SourceKind,
    listed: &[ListedFile],
    folder: &Path,
    watch: Watch,
) -> Result<SourcePictures> {
    let is_archive = kind != SourceKind::Folder;
    let total = if is_archive {
        std::fs::metadata(source)
            .map_err(Error::io(source, "read"))?
            .len()
    } else {
        listed.iter().map(|file| file.size).sum()
    };
    let stage = format!(
        "reading {}",
        escaped_bytes(source.file_name().unwrap_or_default().as_encoded_bytes())
    );
    let done = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let workers = rayon::current_num_threads();
    let (jobs, queue) = sync_channel::<DecodeJob>(QUEUE_LENGTH);
    let queue = Mutex::new(queue);
    let (events, inbox) = sync_channel::<ImportEvent>(QUEUE_LENGTH);

    std::thread::scope(|scope| {
        let sum = is_archive.then(|| scope.spawn(|| sha256_unless_stopped(source, &stop)));
        for _ in 0..workers {
            let events = events.clone();
            let (queue, stop) = (&queue, &stop);
            scope.spawn(move || run_worker(queue, folder, stop, &events));
        }
        let reader = Reader {
            source,
            folder,
            stop: &stop,
            events,
            jobs,
            places: HashSet::new(),
            tally: IgnoredCounts::default(),
            position: 0,
        };
        let (done_ref, inner) = (&done, listed);
        scope.spawn(move || reader.run(kind, inner, done_ref));

        let mut gathered = Collector::default();
        let mut outcome = Ok(());
        loop {
            match inbox.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => {
                    if let Err(error) = gathered.add(event)
                        && outcome.is_ok()
                    {
                        outcome = Err(error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if outcome.is_ok() {
                outcome = watch(Progress {
                    stage: &stage,
                    done: done.load(Ordering::Relaxed).min(total),
                    total: Some(total),
                    unit: Unit::Bytes,
                });
            }
            if outcome.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        outcome?;
        let sha256 = match sum.map(std::thread::ScopedJoinHandle::join) {
            None => None,
            Some(Ok(sum)) => Some(sum?),
            Some(Err(_)) => return Err(Error::invalid(source.display(), "could not be hashed")),
        };
        gathered.finish(folder, sha256)
    })
}

fn sha256_unless_stopped(path: &Path, stop: &AtomicBool) -> Result<String> {
    sha256_of_file(path, &mut |_| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    })
}

/// The reading thread: classifies the source's files in order and queues the pictures.
struct Reader<'a> {
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

impl Reader<'_> {
    fn run(mut self, kind: SourceKind, listed: &[ListedFile], done: &AtomicU64) {
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

/// A worker: decodes queued pictures until there are no more.
fn run_worker(
    queue: &Mutex<Receiver<DecodeJob>>,
    folder: &Path,
    stop: &AtomicBool,
    events: &SyncSender<ImportEvent>,
) {
    loop {
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        // After a failure the queue is only drained, so that the reader does not block.
        if stop.load(Ordering::Relaxed) {
            continue;
        }
        let event = decode_and_keep(job, folder).unwrap_or_else(|error| {
            stop.store(true, Ordering::Relaxed);
            ImportEvent::Failed(error)
        });
        if events.send(event).is_err() {
            return;
        }
    }
}

fn decode_and_keep(job: DecodeJob, root: &Path) -> Result<ImportEvent> {
    let spec = FaceSpec::default();
    let face = match picture_file::decode_face(&job.bytes, crop::Crop::LFW) {
        Ok(face) => crop::resize(&face, spec.size, spec.preprocess),
        Err(reason) => {
            let file = job.path.to_string();
            return Ok(ImportEvent::Skipped {
                position: job.position,
                skipped: Skipped { file, reason },
            });
        }
    };
    let path = root.join(&job.stored_at);
    match std::fs::write(&path, &job.bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.parent().unwrap_or(root);
            std::fs::create_dir_all(parent).map_err(Error::io(parent, "create the folder"))?;
            std::fs::write(&path, &job.bytes)
        }
        outcome => outcome,
    }
    .map_err(Error::io(&path, "write"))?;
    Ok(ImportEvent::Kept {
        kept: KeptPicture {
            digest: sha256(&job.bytes),
            path: job.path,
            position: job.position,
            stored_at: job.stored_at,
        },
        face,
    })
}

/// The results so far.
#[derive(Default)]
struct Collector {
    kept: Vec<KeptPicture>,
    faces: HashMap<usize, Vec<u8>>,
    faces_dropped: bool,
    skipped: Vec<(usize, Skipped)>,
    tally: IgnoredCounts,
}

impl Collector {
    fn add(&mut self, event: ImportEvent) -> Result<()> {
        match event {
            ImportEvent::Kept { kept, face } => {
                if (self.faces.len() + 1) * face.len() > MAX_FACES_BYTES {
                    self.faces_dropped = true;
                    self.faces = HashMap::new();
                }
                if !self.faces_dropped {
                    self.faces.insert(kept.position, face);
                }
                self.kept.push(kept);
            }
            ImportEvent::Skipped { position, skipped } => self.skipped.push((position, skipped)),
            ImportEvent::Read(tally) => self.tally = tally,
            ImportEvent::Failed(error) => return Err(error),
        }
        Ok(())
    }

    fn finish(mut self, folder: &Path, sha256: Option<String>) -> Result<SourcePictures> {
        let placed = placement::place_pictures(folder, self.kept)?;
        self.skipped.extend(placed.skipped);
        self.skipped.sort_by_key(|(position, _)| *position);
        let mut notes = self.tally.notes();
        notes.extend(placed.notes);
        Ok(SourcePictures {
            found: placed.found,
            faces: (!self.faces_dropped).then_some(self.faces),
            skipped: self
                .skipped
                .into_iter()
                .map(|(_, skipped)| skipped)
                .collect(),
            notes,
            sha256,
        })
    }
}
