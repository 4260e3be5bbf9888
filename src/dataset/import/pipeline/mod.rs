//! Imports the pictures of a source, decoding on all cores: one thread reads and decompresses,
//! workers store the originals and decode and resize them, and the calling thread collects the
//! results and reports progress.

mod decoder;
mod events;
mod reader;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

use crate::dataset::hash::sha256_of_file;
use crate::dataset::import::archive::{ListedFile, SourceKind};
use crate::dataset::import::ignored_files::IgnoredCounts;
use crate::dataset::import::placement::{self, KeptPicture};
use crate::dataset::index::FoundPicture;
use crate::dataset::provenance::Skipped;
use crate::display::escaped_bytes;
use crate::error::{Error, Result};
use crate::progress::{Meanwhile, Progress, REPORT_INTERVAL, Unit, Watch, report_meanwhile};

use decoder::run_worker;
use events::{DecodeJob, ImportEvent};
use reader::Reader;

/// The stage after all has been read.
pub(super) const SORTING: &str = "sorting the pictures";

/// Most memory for faces of the first tensor; above this, it is created on first use.
const MAX_FACES_BYTES: usize = 400 << 20;
/// Pictures queued between the reader and the workers, 8 KB each in LFW.
const QUEUE_LENGTH: usize = 32;

/// What a source contained.
pub(crate) struct SourcePictures {
    pub found: Vec<FoundPicture>,
    /// The faces of the default [`FaceSpec`](crate::dataset::FaceSpec) by position; `None` if they took too much memory.
    pub faces: Option<HashMap<usize, Vec<u8>>>,
    pub skipped: Vec<Skipped>,
    /// What was ignored, merged and renamed, one line each.
    pub notes: Vec<String>,
    /// Only of an archive.
    pub sha256: Option<String>,
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
        let reader = Reader::new(source, folder, &stop, events, jobs);
        let done_ref = &done;
        scope.spawn(move || reader.run(kind, listed, done_ref));

        let mut report = || {
            watch(Progress {
                stage: &stage,
                done: done.load(Ordering::Relaxed).min(total),
                total: Some(total),
                unit: Unit::Bytes,
            })
        };
        let collector = collect(&inbox, &stop, &mut report)?;
        while sum.as_ref().is_some_and(|sum| !sum.is_finished()) {
            if let Err(error) = report() {
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
            std::thread::sleep(REPORT_INTERVAL / 4);
        }
        let sha256 = match sum.map(std::thread::ScopedJoinHandle::join) {
            None => None,
            Some(Ok(sum)) => Some(sum?),
            Some(Err(_)) => return Err(Error::invalid(source.display(), "could not be hashed")),
        };
        let sorting = Progress {
            stage: SORTING,
            done: 0,
            total: None,
            unit: Unit::Pictures,
        };
        report_meanwhile(sorting, watch, |meanwhile| {
            collector.finish(folder, sha256, meanwhile)
        })
    })
}

/// Collects events until all senders are gone. The first error, also of `report`, sets `stop`.
fn collect(
    inbox: &Receiver<ImportEvent>,
    stop: &AtomicBool,
    report: &mut dyn FnMut() -> Result<()>,
) -> Result<Collector> {
    let mut collector = Collector::default();
    let mut outcome = Ok(());
    loop {
        match inbox.recv_timeout(REPORT_INTERVAL) {
            Ok(event) => {
                let added = collector.add(event);
                outcome = outcome.and(added);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if outcome.is_ok() {
            outcome = report();
        }
        if outcome.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
    }
    outcome.map(|()| collector)
}

fn sha256_unless_stopped(path: &Path, stop: &AtomicBool) -> Result<String> {
    sha256_of_file(path, &mut |_| {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
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

    fn finish(
        mut self,
        folder: &Path,
        sha256: Option<String>,
        meanwhile: &Meanwhile,
    ) -> Result<SourcePictures> {
        let placed = placement::place_pictures(folder, self.kept, meanwhile)?;
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
