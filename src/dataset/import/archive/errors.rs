//! Errors about the contents of an archive.

use std::io;
use std::path::Path;

use super::limits::ArchiveBomb;
use crate::display::escaped;
use crate::error::Error;

/// The message for a failed read inside an archive.
pub(crate) fn read_error(source: &Path, member: &str, error: &io::Error) -> Error {
    if let Some(bomb) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ArchiveBomb>())
    {
        return Error::invalid(source.display(), format!("{bomb}, at {}", escaped(member)));
    }
    let member = escaped(member);
    let problem = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("cut off at {member}; get it again"),
        _ => format!("corrupt at {member} ({error}); get it again"),
    };
    Error::invalid(source.display(), problem)
}

/// The message for a member that is refused.
pub(crate) fn unsafe_member_error(source: &Path, member: &str, reason: &str) -> Error {
    Error::invalid(source.display(), format!("{} is {reason}", escaped(member)))
}
