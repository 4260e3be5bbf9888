//! Panics of the engine's threads as one line for the user.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A closure's result, its error or panic as one line.
pub(super) fn catch_panics<T, E: std::fmt::Display>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| one_line(&error.to_string())),
        // The panic itself is in the log already, by the hook.
        Err(panic) => Err(panic_message(panic.as_ref())),
    }
}

/// What a panic says, as a line that asks for a report.
pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    one_line(&format!("a bug in lfw-tui, please report it: {message}"))
}

/// Text with its line breaks replaced by spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
