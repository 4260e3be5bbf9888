//! How long work reports and is cancelled: a closure that sees each
//! [`Progress`] and answers [`Error::Cancelled`](crate::Error::Cancelled) to
//! stop it.

use crate::error::Result;

/// One report of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being done: "reading lfw.tgz", "fitting PCA".
    pub stage: &'a str,
    /// Units done in this stage.
    pub done: u64,
    /// Units in this stage, when known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

/// What a [`Progress`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Files.
    Files,
    /// Pictures.
    Pictures,
    /// Steps of an iteration.
    Steps,
    /// Nothing: the stage is a sentence for the user, such as why a cache is
    /// not used. Whoever shows it does so once.
    Note,
}

impl<'a> Progress<'a> {
    /// A sentence for the user.
    pub fn note(text: &'a str) -> Self {
        Self {
            stage: text,
            done: 0,
            total: None,
            unit: Unit::Note,
        }
    }
}

/// A watcher of long work: an error from it, usually
/// [`Error::Cancelled`](crate::Error::Cancelled), ends the work.
pub type Watch<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

/// A watcher that lets the work run to its end in silence.
pub fn unwatched(_: Progress<'_>) -> Result<()> {
    Ok(())
}
