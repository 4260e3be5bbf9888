//! What commands print: JSON on standard output, progress and errors on
//! standard error.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::display::{escaped, escaped_lines};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress::{Progress, Unit};

/// What errors of writing it name.
const STANDARD_OUTPUT: &str = "standard output";
/// What a shell shows of a program that SIGPIPE ended: 128 and the signal's number.
const BROKEN_PIPE_EXIT: u8 = 141;

/// Prints one line for people, escaped as [`escaped_lines`] does.
///
/// # Errors
/// When standard output cannot be written; see [`is_broken_pipe`].
pub fn line(text: impl std::fmt::Display) -> Result<()> {
    verbatim(&escaped_lines(&text.to_string()))
}

/// Prints text that a program reads: no character of it is escaped.
pub(crate) fn verbatim(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").map_err(Error::io(STANDARD_OUTPUT, "write"))
}

/// Whether an error is that nobody reads standard output any more, as after
/// `| head`: nothing to complain of, but a reason to end.
pub fn is_broken_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { path, source, .. }
        if path.as_os_str() == STANDARD_OUTPUT && source.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints one value as one line of JSON.
///
/// # Errors
/// As [`line()`].
pub fn json(value: &impl Serialize) -> Result<()> {
    verbatim(&serde_json::to_string(value).map_err(|error| Error::invalid("JSON", error))?)
}

/// Says something beside the result, on standard error.
pub fn note(text: impl std::fmt::Display) {
    let text = text.to_string();
    let _ = writeln!(std::io::stderr(), "lfw-tui: {}", escaped_lines(&text));
}

/// Says something beside the result, unless it was said before.
fn note_once(text: &str) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if !said.iter().any(|before| before == text) {
        said.push(text.to_string());
        note(text);
    }
}

/// `1 picture`, `12 pictures`.
pub fn pluralize(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// Prints an error as one line and gives the exit code: when cancelled 130, 143
/// or 129 by the signal that came, 2 for a mistake in the command, 141 without a
/// word when nobody reads the output, else 1.
pub fn report(error: &Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::from(BROKEN_PIPE_EXIT);
    }
    match error {
        Error::Cancelled => {
            print_cancelled();
            u8::try_from(interrupt::exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        // Whoever sent it knows, and a terminal that hung up hears nothing.
        Error::Signal(signal) => {
            u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Error::Usage(_) => {
            note(error);
            ExitCode::from(2)
        }
        _ => {
            note(error);
            ExitCode::FAILURE
        }
    }
}

/// Prints what is wrong with the command line, or the help that was asked for,
/// and gives the exit code. clap repeats arguments as they came; where one would
/// steer the terminal, all is printed plainly and escaped.
pub fn report_arguments(error: &clap::Error) -> ExitCode {
    let steers = std::env::args_os()
        .any(|argument| matches!(escaped(&argument.to_string_lossy()), Cow::Owned(_)));
    // Nothing can be said where the stream is gone.
    let _ = if steers {
        let plain = error.render().to_string();
        std::io::stderr().write_all(escaped_lines(&plain).as_bytes())
    } else {
        error.print()
    };
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Lets Ctrl-C, SIGTERM and a hang-up cancel what [`ProgressLine::watch`]
/// watches, so that it cleans up behind itself; what does not look up within a
/// moment is ended all the same, and a second signal ends the program at once.
pub fn catch_interrupts() {
    interrupt::install_handlers(|| {
        if std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
        print_cancelled();
    });
}

/// Once, whichever thread comes to it.
fn print_cancelled() {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        note(Error::Cancelled);
    }
}

/// A progress line on standard error, drawn only when that is a terminal.
#[derive(Debug)]
pub struct ProgressLine {
    visible: bool,
    stage: String,
    began: Instant,
    /// What was done already when the stage began: a continued download.
    first: u64,
    drawn: Option<Instant>,
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self {
            visible: std::io::stderr().is_terminal(),
            stage: String::new(),
            began: Instant::now(),
            first: 0,
            drawn: None,
        }
    }
}

impl ProgressLine {
    /// Shows a report and ends the work after a signal: a
    /// [`Watch`](crate::progress::Watch) when wrapped in a closure.
    ///
    /// # Errors
    /// `Cancelled` after a signal, when [`catch_interrupts`] was called.
    pub fn watch(&mut self, progress: Progress<'_>) -> Result<()> {
        interrupt::check()?;
        self.show(progress);
        Ok(())
    }

    /// Shows a report, ten times a second at most; a note once, in a line that stays.
    pub fn show(&mut self, progress: Progress<'_>) {
        if progress.unit == Unit::Note {
            if self.drawn.take().is_some() {
                let _ = write!(std::io::stderr(), "\r\x1b[2K");
            }
            return note_once(progress.stage);
        }
        if !self.visible {
            return;
        }
        if self.stage != progress.stage {
            self.stage = progress.stage.to_string();
            self.began = Instant::now();
            self.first = progress.done;
            self.drawn = None;
        }
        let finished = progress.total == Some(progress.done);
        if !finished
            && self
                .drawn
                .is_some_and(|drawn| drawn.elapsed() < Duration::from_millis(100))
        {
            return;
        }
        self.drawn = Some(Instant::now());
        let text = describe(progress, self.first, self.began.elapsed());
        let text = escaped(&text);
        let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        let _ = std::io::stderr().flush();
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

/// `reading lfw.tgz  41 %  12.3 of 78.3 MB  35.1 MB/s  2 s left`.
fn describe(progress: Progress<'_>, first: u64, elapsed: Duration) -> String {
    let (scale, unit) = match progress.unit {
        Unit::Bytes => (1e6, " MB"),
        Unit::Files => (1.0, " files"),
        Unit::Pictures => (1.0, " pictures"),
        Unit::Steps => (1.0, " steps"),
        Unit::Note => (1.0, ""),
    };
    let decimals = usize::from(progress.unit == Unit::Bytes);
    let done = progress.done as f64;
    let rate = (done - first as f64) / elapsed.as_secs_f64().max(1e-3);
    let mut text = format!("{}  ", progress.stage);
    match progress.total {
        Some(total) => {
            let total = total as f64;
            let percent = 100.0 * done / total.max(1.0);
            text += &format!(
                "{percent:3.0} %  {:.decimals$} of {:.decimals$}{unit}",
                done / scale,
                total / scale
            );
            if elapsed > Duration::from_secs(1) && rate > 0.0 {
                let left = ((total - done) / rate).ceil();
                text += &format!("  {:.decimals$}{unit}/s  {left:.0} s left", rate / scale);
            }
        }
        None => {
            text += &format!(
                "{:.decimals$}{unit}  {:.decimals$}{unit}/s",
                done / scale,
                rate / scale
            );
        }
    }
    text
}
