//! Progress and cancellation of long work: the caller passes a closure that
//! receives each [`Progress`] and stops the work by returning
//! [`Error::Cancelled`](crate::Error::Cancelled).

use crate::error::Result;

/// A progress report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The current stage: "reading lfw.tgz", "fitting PCA".
    pub stage: &'a str,
    /// Units done in this stage.
    pub done: u64,
    /// Units in this stage, if known.
    pub total: Option<u64>,
    /// The unit of `done` and `total`.
    pub unit: Unit,
}

/// The unit that a [`Progress`] counts.
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
    /// None: the stage is a sentence for the user, such as why a cache is not
    /// used. It is shown once.
    Note,
}

impl<'a> Progress<'a> {
    /// A sentence for the user.
    pub(crate) fn note(text: &'a str) -> Self {
        Self {
            stage: text,
            done: 0,
            total: None,
            unit: Unit::Note,
        }
    }
}

/// Receives progress reports. An error, usually
/// [`Error::Cancelled`](crate::Error::Cancelled), ends the work.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

/// Ignores progress reports and never cancels.
pub fn unwatched(_: Progress<'_>) -> Result<()> {
    Ok(())
}
