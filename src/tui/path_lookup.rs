//! Looks at the paths that are typed into prompts, each time on a thread of its
//! own: a disk that does not answer holds up neither the screen nor the engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use crate::dataset::{faces, list};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::paths::user_path::{self, Completion, PathKind};

/// The built-in data set's name.
const SAMPLE: &str = "sample";

/// Threads that may wait for disks at once: beyond that, none of them answers.
const MAX_PENDING: usize = 8;

/// What to do with a typed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Complete it.
    Complete,
    /// Check that it is what is asked for, and take it.
    Accept,
}

/// A typed path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Goes back with the answer: only that to the latest counts.
    pub id: u64,
    /// What the prompt asks for.
    pub wanted: PathKind,
    /// What to do.
    pub purpose: Purpose,
    /// The text as it was typed.
    pub text: String,
}

/// The answer to a [`Lookup`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupResult {
    /// Of the lookup.
    pub id: u64,
    /// Of the lookup.
    pub wanted: PathKind,
    /// What came of it.
    pub answer: LookupAnswer,
}

/// What came of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupAnswer {
    /// What it can be completed to.
    Completed(Completion),
    /// It is what was asked for: its path, or a data set's name; and how many
    /// more paths the text named, which are not taken.
    Accepted(PathBuf, usize),
    /// It is not, and why.
    Rejected(String),
}

/// Does the work; may wait for a disk.
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
        (Purpose::Accept, PathKind::Picture) => look_up_picture(&lookup.text),
        (Purpose::Accept, PathKind::Data) => look_up_dataset(paths, &lookup.text),
    };
    LookupResult {
        id: lookup.id,
        wanted: lookup.wanted,
        answer: found.unwrap_or_else(|error| LookupAnswer::Rejected(error.to_string())),
    }
}

fn look_up_picture(text: &str) -> Result<LookupAnswer> {
    let (path, more) = user_path::resolve(text)?;
    let path = std::path::absolute(&path).map_err(Error::io(&path, "resolve"))?;
    let data = path.metadata().map_err(Error::io(&path, "read"))?;
    if data.is_dir() {
        return Err(Error::invalid(
            path.display(),
            "is a folder; name a picture in it, Tab shows them",
        ));
    }
    if !data.is_file() {
        return Err(Error::invalid(path.display(), "is no file of a picture"));
    }
    faces::decode(&path)?;
    Ok(LookupAnswer::Accepted(path, more))
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

/// What data sets can be called by.
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

/// Starts lookups; their answers come through the channel.
#[derive(Debug)]
pub struct PathLookups {
    paths: Paths,
    results: UnboundedSender<LookupResult>,
    pending: Arc<AtomicUsize>,
}

impl PathLookups {
    /// None is under way.
    pub fn new(paths: Paths, tell: UnboundedSender<LookupResult>) -> Self {
        Self {
            paths,
            results: tell,
            pending: Arc::default(),
        }
    }

    /// Starts one without waiting.
    pub fn start(&self, lookup: Lookup) {
        let refuse = |problem: &str| {
            let _ = self.results.send(LookupResult {
                id: lookup.id,
                wanted: lookup.wanted,
                answer: LookupAnswer::Rejected(format!("{}: {problem}", lookup.text)),
            });
        };
        if self.pending.load(Ordering::Relaxed) >= MAX_PENDING {
            return refuse("a disk does not answer; try again when it does");
        }
        let (paths, tell, waiting) = (
            self.paths.clone(),
            self.results.clone(),
            self.pending.clone(),
        );
        let asked = lookup.clone();
        waiting.fetch_add(1, Ordering::Relaxed);
        let started = std::thread::Builder::new()
            .name("path".to_string())
            .spawn(move || {
                // A picture that makes a decoder panic must not leave the prompt waiting.
                let work = std::panic::AssertUnwindSafe(|| look_up(&paths, &asked));
                let looked = std::panic::catch_unwind(work).unwrap_or_else(|_| LookupResult {
                    id: asked.id,
                    wanted: asked.wanted,
                    answer: LookupAnswer::Rejected(format!("{}: cannot be read", asked.text)),
                });
                waiting.fetch_sub(1, Ordering::Relaxed);
                // Nobody listens when the screen has ended.
                let _ = tell.send(looked);
            });
        if started.is_err() {
            self.pending.fetch_sub(1, Ordering::Relaxed);
            refuse("the system has no thread for it; try again");
        }
    }
}
