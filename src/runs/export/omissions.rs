//! What an export has to leave out.

use crate::number_format;

/// A file's content, and what is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported<T> {
    /// The file's content.
    pub content: T,
    /// What was left out.
    pub omissions: Omissions,
}

/// What an export leaves out of a run's metrics and pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Omissions {
    /// Lines that cannot be read.
    pub lines: u64,
    /// Values that are not finite, or too large for the format.
    pub values: u64,
    /// Rows whose step is too large for the format, or out of order.
    pub rows: u64,
    /// Pictures that cannot be read.
    pub(crate) pictures: u64,
}

impl Omissions {
    /// `3 line(s) that cannot be read, 1 value(s) that are not finite or too
    /// large`; `None` if nothing was left out.
    pub fn describe(&self) -> Option<String> {
        let counts = [
            (self.lines, "line(s) that cannot be read"),
            (self.values, "value(s) that are not finite or too large"),
            (self.rows, "row(s) with a step too large or out of order"),
            (self.pictures, "picture(s) that cannot be read"),
        ];
        let parts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", number_format::count(count)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
