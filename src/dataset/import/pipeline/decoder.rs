//! The workers: decode queued pictures and store their files.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use super::events::{DecodeJob, ImportEvent};
use crate::dataset::crop::{self, Crop};
use crate::dataset::face_spec::{FaceSpec, Preprocess};
use crate::dataset::hash::sha256;
use crate::dataset::import::placement::KeptPicture;
use crate::dataset::picture_file;
use crate::dataset::provenance::Skipped;
use crate::error::{Error, Result};

/// A worker: decodes queued pictures until there are no more.
pub(super) fn run_worker(
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
    let face = match picture_file::decode_face(&job.bytes, Crop::LFW, Preprocess::Seed) {
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
