//! The first reading of a source, at the cores' limit: one thread reads and
//! inflates, the others keep the original, decode and resize, the caller's
//! thread gathers and reports.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::dataset::faces::FaceSpec;
use crate::dataset::import::MAX_PROTOCOL_BYTES;
use crate::dataset::index::{Found, digest, hex};
use crate::dataset::layout::{Entry, PICTURES, PicturePath, classify, shown};
use crate::dataset::source::{self, Item, Kind, Listed, Member};
use crate::dataset::sources::Skipped;
use crate::dataset::{crop, picture};
use crate::error::{Error, Result};
use crate::progress::{Progress, Unit, Watch};

/// Faces kept in memory for the first tensor; with more, it is made at first use.
const MAX_FACES_BYTES: usize = 400 << 20;
/// Pictures between the reader and the workers, 8 KB each in LFW.
const QUEUE: usize = 32;

/// What a source held.
pub(crate) struct Collected {
    pub found: Vec<Found>,
    /// The faces of the default [`FaceSpec`] by position, unless they were too many.
    pub faces: Option<HashMap<usize, Vec<u8>>>,
    pub skipped: Vec<Skipped>,
    /// Of an archive.
    pub sha256: Option<String>,
}

/// A picture on its way to a worker.
struct Job {
    path: PicturePath,
    position: usize,
    bytes: Vec<u8>,
}

/// What the threads tell the gathering one.
enum Event {
    Kept {
        found: Found,
        above: String,
        face: Vec<u8>,
    },
    Skipped {
        position: usize,
        skipped: Skipped,
    },
    Failed(Error),
}

/// Reads a source, keeps its pictures in `folder/lfw` and its protocol files
/// in `folder`.
pub(crate) fn collect(
    source: &Path,
    kind: Kind,
    listed: &[Listed],
    folder: &Path,
    watch: Watch,
) -> Result<Collected> {
    let is_archive = kind != Kind::Folder;
    let total = if is_archive {
        std::fs::metadata(source)
            .map_err(Error::io(source, "read"))?
            .len()
    } else {
        listed.iter().map(|file| file.size).sum()
    };
    let stage = format!(
        "reading {}",
        shown(source.file_name().unwrap_or_default().as_encoded_bytes())
    );
    let done = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (jobs, queue) = sync_channel::<Job>(QUEUE);
    let queue = Mutex::new(queue);
    let (events, inbox) = sync_channel::<Event>(QUEUE);

    std::thread::scope(|scope| {
        let sum = is_archive.then(|| scope.spawn(|| sum_unless(source, &stop)));
        for _ in 0..workers {
            let events = events.clone();
            let (queue, stop) = (&queue, &stop);
            scope.spawn(move || work(queue, folder, stop, &events));
        }
        let reader = Reader {
            source,
            folder,
            stop: &stop,
            events,
            jobs,
            names: HashSet::new(),
            position: 0,
        };
        let (done_ref, inner) = (&done, listed);
        scope.spawn(move || reader.run(kind, inner, done_ref));

        let mut gathered = Gathered::default();
        let mut outcome = Ok(());
        loop {
            match inbox.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => {
                    if let Err(error) = gathered.take(event)
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
            Some(Err(_)) => return Err(Error::invalid(source.display(), "could not be summed")),
        };
        gathered.finish(folder, sha256)
    })
}

/// SHA-256 of a file in hexadecimal digits; `step` sees every piece's length.
pub(crate) fn sum_of(path: &Path, step: &mut dyn FnMut(usize) -> Result<()>) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io(path, "read"))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(Error::io(path, "read"))?;
        if count == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..count]);
        step(count)?;
    }
}

fn sum_unless(path: &Path, stop: &AtomicBool) -> Result<String> {
    sum_of(path, &mut |_| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    })
}

/// The reading thread: members in their order, sorted into jobs.
struct Reader<'a> {
    source: &'a Path,
    folder: &'a Path,
    stop: &'a AtomicBool,
    events: SyncSender<Event>,
    jobs: SyncSender<Job>,
    /// Folders and files that were met, to tell doubles.
    names: HashSet<(String, String)>,
    position: usize,
}

impl Reader<'_> {
    fn run(mut self, kind: Kind, listed: &[Listed], done: &AtomicU64) {
        let source = self.source;
        let visit = &mut |item: Item| self.visit(item);
        let outcome = match kind {
            Kind::Folder => source::read_folder(source, listed, done, visit),
            _ => source::read_archive(source, kind, done, visit),
        };
        match outcome {
            // Stopped by what was told already: a worker's failure or the watcher.
            Ok(()) | Err(Error::Cancelled) => {}
            Err(error) => {
                let _ = self.events.send(Event::Failed(error));
            }
        }
    }

    fn visit(&mut self, item: Item) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        match item {
            Item::File(member) => self.file(member),
            Item::Closed { path, reason } => {
                let shown = shown(path);
                match classify(path)
                    .map_err(|reason| source::unsafe_member(self.source, &shown, reason))?
                {
                    Entry::Ignore => Ok(()),
                    Entry::Skip(_) | Entry::Protocol(_) | Entry::Picture(_) => {
                        self.skip(shown, reason)
                    }
                }
            }
            Item::Link { path, reason } => self.skip(shown(path), reason),
        }
    }

    fn file(&mut self, member: Member) -> Result<()> {
        let shown = shown(member.path);
        match classify(member.path)
            .map_err(|reason| source::unsafe_member(self.source, &shown, reason))?
        {
            Entry::Ignore => Ok(()),
            Entry::Skip(reason) => self.skip(shown, reason.to_string()),
            Entry::Protocol(name) => self.keep_protocol(name, &shown, member),
            Entry::Picture(path) => {
                if member.size > picture::MAX_FILE_BYTES {
                    return self.skip(shown, picture::too_many_bytes());
                }
                let key = (path.folder.clone(), path.file.clone());
                if self.names.contains(&key) {
                    return self.skip(shown, "another picture of this person has its name".into());
                }
                let bytes = match self.read(member, &shown, picture::MAX_FILE_BYTES) {
                    // A file of a folder that cannot be opened is no reason to stop.
                    Err(Error::Io { source, .. }) => {
                        return self.skip(shown, format!("not readable ({source})"));
                    }
                    bytes => bytes?,
                };
                self.names.insert(key);
                let job = Job {
                    path,
                    position: self.position,
                    bytes,
                };
                self.position += 1;
                // Nobody listens only when the work was stopped.
                self.jobs.send(job).map_err(|_| Error::Cancelled)
            }
        }
    }

    fn read(&self, member: Member, shown: &str, limit: u64) -> Result<Vec<u8>> {
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
                    source::broken(self.source, shown, &error)
                }
            })?;
        if bytes.len() as u64 != member.size && !is_folder {
            return Err(source::broken(
                self.source,
                shown,
                &std::io::ErrorKind::UnexpectedEof.into(),
            ));
        }
        Ok(bytes)
    }

    fn keep_protocol(&mut self, name: &'static str, shown: &str, member: Member) -> Result<()> {
        if member.size > MAX_PROTOCOL_BYTES {
            return self.skip(
                shown.to_string(),
                "too large for a protocol file".to_string(),
            );
        }
        let bytes = match self.read(member, shown, MAX_PROTOCOL_BYTES) {
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
                    format!("another {name} came before it; that one is used"),
                );
            }
            Err(_) => {}
        }
        std::fs::write(&path, bytes).map_err(Error::io(&path, "write"))
    }

    fn skip(&mut self, file: String, reason: String) -> Result<()> {
        let event = Event::Skipped {
            position: self.position,
            skipped: Skipped { file, reason },
        };
        self.position += 1;
        self.events.send(event).map_err(|_| Error::Cancelled)
    }
}

/// A worker: takes pictures until there is none left.
fn work(
    queue: &Mutex<Receiver<Job>>,
    folder: &Path,
    stop: &AtomicBool,
    events: &SyncSender<Event>,
) {
    let root = folder.join(PICTURES);
    loop {
        let job = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        // After a failure the queue is only emptied, so that the reader is not held up.
        if stop.load(Ordering::Relaxed) {
            continue;
        }
        let event = handle(job, &root).unwrap_or_else(|error| {
            stop.store(true, Ordering::Relaxed);
            Event::Failed(error)
        });
        if events.send(event).is_err() {
            return;
        }
    }
}

fn handle(job: Job, root: &Path) -> Result<Event> {
    let Job {
        path: PicturePath {
            above,
            folder,
            file,
        },
        position,
        bytes,
    } = job;
    let spec = FaceSpec::default();
    let face = match picture::decode_face(&bytes, crop::Crop::LFW) {
        Ok(face) => crop::resize(&face, spec.size, spec.preprocess),
        Err(reason) => {
            let separator = if above.is_empty() { "" } else { "/" };
            return Ok(Event::Skipped {
                position,
                skipped: Skipped {
                    file: format!("{above}{separator}{folder}/{file}"),
                    reason,
                },
            });
        }
    };
    let person = root.join(&folder);
    let path = person.join(&file);
    match std::fs::write(&path, &bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(&person).map_err(Error::io(&person, "create the folder"))?;
            std::fs::write(&path, &bytes)
        }
        outcome => outcome,
    }
    .map_err(Error::io(&path, "write"))?;
    Ok(Event::Kept {
        found: Found {
            folder,
            file,
            digest: digest(&bytes),
            position,
        },
        above,
        face,
    })
}

/// What has come in so far.
#[derive(Default)]
struct Gathered {
    found: Vec<(Found, String)>,
    faces: HashMap<usize, Vec<u8>>,
    too_many: bool,
    skipped: Vec<(usize, Skipped)>,
}

impl Gathered {
    fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Kept { found, above, face } => {
                if (self.faces.len() + 1) * face.len() > MAX_FACES_BYTES {
                    self.too_many = true;
                    self.faces = HashMap::new();
                }
                if !self.too_many {
                    self.faces.insert(found.position, face);
                }
                self.found.push((found, above));
            }
            Event::Skipped { position, skipped } => self.skipped.push((position, skipped)),
            Event::Failed(error) => return Err(error),
        }
        Ok(())
    }

    /// Leaves out pictures that lie beside folders of people: their folder is
    /// no person but the one that holds the people.
    fn finish(mut self, folder: &Path, sha256: Option<String>) -> Result<Collected> {
        let mut holders: HashSet<&str> = HashSet::new();
        for (_, above) in &self.found {
            let mut rest = above.as_str();
            while !rest.is_empty() && holders.insert(rest) {
                rest = rest.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
        }
        let mut kept = vec![];
        for (found, above) in &self.found {
            let place = if above.is_empty() {
                found.folder.clone()
            } else {
                format!("{above}/{}", found.folder)
            };
            if !holders.contains(place.as_str()) {
                kept.push(found.clone());
                continue;
            }
            let person = folder.join(PICTURES).join(&found.folder);
            let path = person.join(&found.file);
            std::fs::remove_file(&path).map_err(Error::io(&path, "remove"))?;
            // Fails while others are in it.
            let _ = std::fs::remove_dir(&person);
            self.skipped.push((
                found.position,
                Skipped {
                    file: format!("{place}/{}", found.file),
                    reason: "not in a folder named for its person".to_string(),
                },
            ));
        }
        self.skipped.sort_by_key(|(position, _)| *position);
        Ok(Collected {
            found: kept,
            faces: (!self.too_many).then_some(self.faces),
            skipped: self
                .skipped
                .into_iter()
                .map(|(_, skipped)| skipped)
                .collect(),
            sha256,
        })
    }
}
