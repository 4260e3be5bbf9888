//! Completes and checks the paths that are typed into prompts. Each lookup has its
//! own thread: a disk that does not respond holds up neither the screen nor the
//! engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::opened_picture::{OpenedPicture, remember_crop};
use crate::dataset::{FaceCrop, list};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::paths::user_path::{self, Completion, PathKind};

/// The name of the built-in data set.
const SAMPLE: &str = "sample";

/// The most lookups at a time. If that many are waiting, the disk does not respond.
const MAX_PENDING: usize = 8;

/// What to do with a typed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Complete it.
    Complete,
    /// Check that it is what the prompt asks for, and accept it.
    Accept,
}

/// A typed path to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Comes back with the result: only that of the latest lookup counts.
    pub(crate) id: u64,
    /// What the prompt asks for.
    pub(crate) wanted: PathKind,
    /// What to do.
    pub(crate) purpose: Purpose,
    /// The typed text.
    pub(crate) text: String,
}

/// The result of a [`Lookup`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupResult {
    /// That of the lookup.
    pub(crate) id: u64,
    /// That of the lookup.
    pub(crate) wanted: PathKind,
    /// What was found.
    pub(crate) answer: LookupAnswer,
}

/// What a lookup found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookupAnswer {
    /// What the text can be completed to.
    Completed(Completion),
    /// It is what the prompt asks for: the path, or the name of a data set. And how
    /// many more paths the text had, which are ignored.
    Accepted(PathBuf, usize),
    /// It is a picture file; and how many more paths the text had.
    Picture(Box<OpenedPicture>, usize),
    /// It is not, and why not.
    Rejected(String),
}

/// Looks up a path; may wait for a disk.
pub fn look_up(paths: &Paths, lookup: &Lookup) -> LookupResult {
    let found = match (lookup.purpose, lookup.wanted) {
        (Purpose::Complete, wanted) => {
            let names = match wanted {
                PathKind::Picture => Vec::new(),
                PathKind::Data => dataset_names(paths),
            };
            Ok(LookupAnswer::Completed(user_path::complete(
                &lookup.text,
                wanted,
                &names,
            )))
        }
        (Purpose::Accept, PathKind::Picture) => look_up_picture(paths, &lookup.text),
        (Purpose::Accept, PathKind::Data) => look_up_dataset(paths, &lookup.text),
    };
    LookupResult {
        id: lookup.id,
        wanted: lookup.wanted,
        answer: found.unwrap_or_else(|error| LookupAnswer::Rejected(error.to_string())),
    }
}

fn look_up_picture(paths: &Paths, text: &str) -> Result<LookupAnswer> {
    let (path, more) = user_path::resolve(text)?;
    let path = std::path::absolute(&path).map_err(Error::io(&path, "resolve"))?;
    let data = path.metadata().map_err(Error::io(&path, "read"))?;
    if data.is_dir() {
        return Err(Error::invalid(
            path.display(),
            "is a folder; name a picture in it",
        ));
    }
    if !data.is_file() {
        return Err(Error::invalid(path.display(), "is not a picture file"));
    }
    let picture = OpenedPicture::read(paths, path)?;
    Ok(LookupAnswer::Picture(Box::new(picture), more))
}

fn look_up_dataset(paths: &Paths, text: &str) -> Result<LookupAnswer> {
    let name = text.trim();
    let is_name = |known: &String| known.eq_ignore_ascii_case(name);
    let looks_like_path = name.contains('/') && Path::new(name).exists();
    let known = dataset_names(paths);
    if !looks_like_path && known.iter().any(is_name) {
        return Ok(LookupAnswer::Accepted(PathBuf::from(name), 0));
    }
    match user_path::resolve(text) {
        Ok((path, more)) => {
            let path = std::path::absolute(&path).map_err(Error::io(&path, "resolve"))?;
            Ok(LookupAnswer::Accepted(path, more))
        }
        Err(_) if !name.contains('/') => Err(Error::not_found(
            name,
            format!(
                "no such file or folder, and the data sets are {}",
                known.join(", ")
            ),
        )),
        Err(error) => Err(error),
    }
}

/// The names of all data sets.
fn dataset_names(paths: &Paths) -> Vec<String> {
    let mut names = vec![SAMPLE.to_string()];
    for set in list(paths).unwrap_or_default() {
        if !set.is_sample {
            names.push(set.title);
            names.push(set.id);
        }
    }
    names.dedup();
    names
}

/// Starts lookups; their results come through the channel.
#[derive(Debug)]
pub(crate) struct PathLookups {
    paths: Paths,
    results: UnboundedSender<LookupResult>,
    pending: Arc<AtomicUsize>,
}

impl PathLookups {
    /// Without a lookup under way.
    pub(crate) fn new(paths: Paths, results: UnboundedSender<LookupResult>) -> Self {
        Self {
            paths,
            results,
            pending: Arc::default(),
        }
    }

    /// Remembers which part of a picture file is the face, without waiting for the disk.
    pub(crate) fn remember_crop(&self, file: PathBuf, crop: FaceCrop) {
        let paths = self.paths.clone();
        let work = move || {
            // The crop is only a convenience.
            if let Err(error) = remember_crop(&paths, &file, crop) {
                tracing::warn!("a crop is not remembered: {error}");
            }
        };
        let _ = std::thread::Builder::new()
            .name("crops".to_string())
            .spawn(work);
    }

    /// Starts a lookup without waiting for it.
    pub(crate) fn start(&self, lookup: Lookup) {
        let refuse = |problem: &str| {
            let _ = self.results.send(LookupResult {
                id: lookup.id,
                wanted: lookup.wanted,
                answer: LookupAnswer::Rejected(format!("{}: {problem}", lookup.text)),
            });
        };
        if self.pending.load(Ordering::Relaxed) >= MAX_PENDING {
            return refuse("the disk does not respond; try again when it does");
        }
        let (paths, results, pending) = (
            self.paths.clone(),
            self.results.clone(),
            self.pending.clone(),
        );
        let requested = lookup.clone();
        pending.fetch_add(1, Ordering::Relaxed);
        let started = std::thread::Builder::new()
            .name("path".to_string())
            .spawn(move || {
                // A decoder that panics must not leave the prompt waiting.
                let work = std::panic::AssertUnwindSafe(|| look_up(&paths, &requested));
                let result = std::panic::catch_unwind(work).unwrap_or_else(|_| LookupResult {
                    id: requested.id,
                    wanted: requested.wanted,
                    answer: LookupAnswer::Rejected(format!("{}: cannot be read", requested.text)),
                });
                pending.fetch_sub(1, Ordering::Relaxed);
                // Without a receiver the screen has closed.
                let _ = results.send(result);
            });
        if started.is_err() {
            self.pending.fetch_sub(1, Ordering::Relaxed);
            refuse("no thread can be started; try again");
        }
    }
}
