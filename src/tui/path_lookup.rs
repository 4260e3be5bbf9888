//! Looks at the paths that are typed into prompts, each time on a thread of its
//! own: a disk that does not answer holds up neither the screen nor the engine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use crate::dataset::{faces, registered};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::paths::typed::{self, Completion, Wanted};

/// The built-in data set's name.
const SAMPLE: &str = "sample";

/// Threads that may wait for disks at once: beyond that, none of them answers.
const MOST_WAITING: usize = 8;

/// What to do with a typed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Complete it.
    Complete,
    /// Check that it is what is asked for, and take it.
    Take,
}

/// A typed path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Goes back with the answer: only that to the latest counts.
    pub number: u64,
    /// What the prompt asks for.
    pub wanted: Wanted,
    /// What to do.
    pub purpose: Purpose,
    /// The text as it was typed.
    pub text: String,
}

/// The answer to a [`Lookup`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Of the lookup.
    pub number: u64,
    /// Of the lookup.
    pub wanted: Wanted,
    /// What came of it.
    pub found: Found,
}

/// What came of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// What it can be completed to.
    Completed(Completion),
    /// It is what was asked for: its path, or a data set's name; and how many
    /// more paths the text named, which are not taken.
    Taken(PathBuf, usize),
    /// It is not, and why.
    Refused(String),
}

/// Does the work; may wait for a disk.
pub fn look(paths: &Paths, lookup: &Lookup) -> Looked {
    let found = match (lookup.purpose, lookup.wanted) {
        (Purpose::Complete, wanted) => {
            let names = match wanted {
                Wanted::Picture => Vec::new(),
                Wanted::Data => names(paths),
            };
            Ok(Found::Completed(typed::complete(
                &lookup.text,
                wanted,
                &names,
            )))
        }
        (Purpose::Take, Wanted::Picture) => picture(&lookup.text),
        (Purpose::Take, Wanted::Data) => data(paths, &lookup.text),
    };
    Looked {
        number: lookup.number,
        wanted: lookup.wanted,
        found: found.unwrap_or_else(|error| Found::Refused(error.to_string())),
    }
}

fn picture(text: &str) -> Result<Found> {
    let (path, more) = typed::find(text)?;
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
    Ok(Found::Taken(path, more))
}

fn data(paths: &Paths, text: &str) -> Result<Found> {
    let name = text.trim();
    let is_name = |known: &String| known.eq_ignore_ascii_case(name);
    let looks_like_path = name.contains('/') && Path::new(name).exists();
    let known = names(paths);
    if !looks_like_path && known.iter().any(is_name) {
        return Ok(Found::Taken(PathBuf::from(name), 0));
    }
    match typed::find(text) {
        Ok((path, more)) => {
            let path = std::path::absolute(&path).map_err(Error::io(&path, "resolve"))?;
            Ok(Found::Taken(path, more))
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
fn names(paths: &Paths) -> Vec<String> {
    let mut names = vec![SAMPLE.to_string()];
    for set in registered(paths).unwrap_or_default() {
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
pub struct Lookups {
    paths: Paths,
    tell: UnboundedSender<Looked>,
    waiting: Arc<AtomicUsize>,
}

impl Lookups {
    /// None is under way.
    pub fn new(paths: Paths, tell: UnboundedSender<Looked>) -> Self {
        Self {
            paths,
            tell,
            waiting: Arc::default(),
        }
    }

    /// Starts one without waiting.
    pub fn start(&self, lookup: Lookup) {
        let refuse = |problem: &str| {
            let _ = self.tell.send(Looked {
                number: lookup.number,
                wanted: lookup.wanted,
                found: Found::Refused(format!("{}: {problem}", lookup.text)),
            });
        };
        if self.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            return refuse("a disk does not answer; try again when it does");
        }
        let (paths, tell, waiting) = (self.paths.clone(), self.tell.clone(), self.waiting.clone());
        let asked = lookup.clone();
        waiting.fetch_add(1, Ordering::Relaxed);
        let started = std::thread::Builder::new()
            .name("path".to_string())
            .spawn(move || {
                // A picture that makes a decoder panic must not leave the prompt waiting.
                let work = std::panic::AssertUnwindSafe(|| look(&paths, &asked));
                let looked = std::panic::catch_unwind(work).unwrap_or_else(|_| Looked {
                    number: asked.number,
                    wanted: asked.wanted,
                    found: Found::Refused(format!("{}: cannot be read", asked.text)),
                });
                waiting.fetch_sub(1, Ordering::Relaxed);
                // Nobody listens when the screen has ended.
                let _ = tell.send(looked);
            });
        if started.is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            refuse("the system has no thread for it; try again");
        }
    }
}
