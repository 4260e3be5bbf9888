//! Progress and cancellation of long work: the caller passes a closure that
//! receives each [`Progress`] and stops the work by returning
//! [`Error::Cancelled`].

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::error::{Error, Result};

/// The longest time between two reports of work that others see.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_millis(100);

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
/// [`Error::Cancelled`], ends the work.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(Progress<'_>) -> Result<()>;

/// What work in [`report_meanwhile`] tells and is told.
#[derive(Debug, Default)]
pub(crate) struct Meanwhile {
    done: AtomicU64,
    stop: AtomicBool,
}

impl Meanwhile {
    /// Tells how many units are done.
    ///
    /// # Errors
    /// `Cancelled` when the work is to end.
    pub(crate) fn reached(&self, done: u64) -> Result<()> {
        self.done.store(done, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// Does work that cannot report in time, such as waiting for a disk, in a thread of its own, and
/// reports how far it is every [`REPORT_INTERVAL`]. Returns when the work has ended.
///
/// # Errors
/// Those of the work; that of `watch`, which stops the work where it asks [`Meanwhile`].
pub(crate) fn report_meanwhile<T: Send>(
    progress: Progress<'_>,
    watch: Watch,
    work: impl FnOnce(&Meanwhile) -> Result<T> + Send,
) -> Result<T> {
    let meanwhile = Meanwhile::default();
    let mut stopped = Ok(());
    let result = std::thread::scope(|scope| {
        let (ended, end) = channel::<()>();
        let shared = &meanwhile;
        let thread = scope.spawn(move || {
            // Dropped when the work has ended in any way.
            let _ended = ended;
            work(shared)
        });
        loop {
            if stopped.is_ok() {
                let done = meanwhile.done.load(Ordering::Relaxed);
                stopped = watch(Progress { done, ..progress });
                meanwhile.stop.store(stopped.is_err(), Ordering::Relaxed);
            }
            if end.recv_timeout(REPORT_INTERVAL) == Err(RecvTimeoutError::Disconnected) {
                break;
            }
        }
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    stopped.and(result)
}

/// Ignores progress reports and never cancels.
pub fn unwatched(_: Progress<'_>) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Progress<'_> = Progress {
        stage: "waiting",
        done: 0,
        total: Some(3),
        unit: Unit::Steps,
    };

    #[test]
    fn work_that_waits_is_reported_all_the_while() {
        let mut reports = Vec::new();
        let mut watch = |progress: Progress<'_>| {
            reports.push(progress.done);
            Ok(())
        };
        let result = report_meanwhile(STEPS, &mut watch, |meanwhile| {
            meanwhile.reached(3)?;
            std::thread::sleep(3 * REPORT_INTERVAL);
            Ok("done")
        });
        assert_eq!(result.unwrap(), "done");
        assert!(reports.len() >= 2, "{reports:?}");
        assert_eq!(reports.last(), Some(&3));
    }

    #[test]
    fn it_is_stopped_where_it_asks() {
        let mut watch = |_: Progress<'_>| Err(Error::Cancelled);
        let result = report_meanwhile(STEPS, &mut watch, |meanwhile| -> Result<()> {
            loop {
                meanwhile.reached(0)?;
                std::thread::yield_now();
            }
        });
        assert!(matches!(result, Err(Error::Cancelled)));
        let failed = report_meanwhile(STEPS, &mut unwatched, |_| -> Result<()> {
            Err(Error::invalid("a disk", "is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("is full"));
    }
}
