//! What commands print: JSON on standard output, progress and errors on
//! standard error.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::display::{escaped, escaped_lines};
use crate::error::{Error, Result};
use crate::interrupt;

/// How errors name it.
const STANDARD_OUTPUT: &str = "standard output";
/// The exit code of a program that SIGPIPE ends: 128 plus the signal's number.
const BROKEN_PIPE_EXIT: u8 = 141;

/// Prints one line for people, escaped as [`escaped_lines`] does.
///
/// # Errors
/// When standard output cannot be written; see [`is_broken_pipe`].
pub(crate) fn line(text: impl std::fmt::Display) -> Result<()> {
    verbatim(&escaped_lines(&text.to_string()))
}

/// Prints text that a program reads: no character of it is escaped.
pub(crate) fn verbatim(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").map_err(Error::io(STANDARD_OUTPUT, "write"))
}

/// Whether an error is that standard output's reader has closed it, as `| head`
/// does: a reason to end, without a message.
pub(crate) fn is_broken_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { path, source, .. }
        if path.as_os_str() == STANDARD_OUTPUT && source.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Prints one value as one line of JSON.
///
/// # Errors
/// As [`line()`].
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    verbatim(&serde_json::to_string(value).map_err(|error| Error::invalid("JSON", error))?)
}

/// Prints a note for the user on standard error.
pub(crate) fn note(text: impl std::fmt::Display) {
    let text = text.to_string();
    let _ = writeln!(std::io::stderr(), "lfw-tui: {}", escaped_lines(&text));
}

/// Prints a note, unless an equal one was printed before.
pub(super) fn note_once(text: &str) {
    static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !printed.iter().any(|before| before == text) {
        printed.push(text.to_string());
        note(text);
    }
}

/// `1 picture`, `12 pictures`.
pub(crate) fn pluralize(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// Prints an error as one line and returns the exit code: 130, 143 or 129 after a
/// signal, 2 for a mistake in the command, 141 without a message when the output's
/// reader has closed it, else 1.
pub fn report(error: &Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::from(BROKEN_PIPE_EXIT);
    }
    match error {
        Error::Cancelled => {
            print_cancelled();
            u8::try_from(interrupt::exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        // The sender knows, and a terminal that hung up shows nothing.
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

/// Prints what is wrong with the command line, or the requested help, and returns
/// the exit code. clap repeats arguments as they are; where one has control
/// characters, everything is printed without colours and escaped.
pub fn report_arguments(error: &clap::Error) -> ExitCode {
    let has_controls = std::env::args_os()
        .any(|argument| matches!(escaped(&argument.to_string_lossy()), Cow::Owned(_)));
    // A closed stream leaves nothing to report to.
    let _ = if has_controls {
        let plain = error.render().to_string();
        std::io::stderr().write_all(escaped_lines(&plain).as_bytes())
    } else {
        error.print()
    };
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Lets Ctrl-C, SIGTERM and a hang-up cancel work that reports its progress, so
/// that it can clean up. Work that does not report within a moment is ended
/// anyway, and a second signal ends the program at once.
pub(crate) fn catch_interrupts() {
    interrupt::install_handlers(|| {
        if std::io::stderr().is_terminal() {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
        print_cancelled();
    });
}

/// Prints once, whichever thread is first.
fn print_cancelled() {
    static PRINTED: AtomicBool = AtomicBool::new(false);
    if !PRINTED.swap(true, Ordering::Relaxed) {
        note(Error::Cancelled);
    }
}
