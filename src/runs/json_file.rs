//! Reading and replacing the small JSON files of a run.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::paths::replace_or_overwrite;

/// How often a file that does not parse is read before it counts as damaged.
const MAX_ATTEMPTS: u32 = 3;
/// Time between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// Reads a file; `None` if it does not exist. On a full disk a writer
/// overwrites the file in place (see [`replace_or_overwrite`]), so one that
/// does not parse is read again.
///
/// # Errors
/// When the file exists but cannot be read or is not valid.
pub(super) fn read<T, E: ToString>(
    file: &Path,
    parse: impl Fn(&[u8]) -> std::result::Result<T, E>,
) -> Result<Option<T>> {
    let mut attempt = 1;
    loop {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(file, "read")(error)),
        };
        match parse(&bytes) {
            Ok(value) => return Ok(Some(value)),
            Err(_) if attempt < MAX_ATTEMPTS => attempt += 1,
            Err(error) => return Err(Error::invalid(file.display(), error)),
        }
        std::thread::sleep(RETRY_INTERVAL);
    }
}

/// Replaces a file.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(file: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| Error::invalid(file.display(), error))?;
    bytes.push(b'\n');
    replace_or_overwrite(file, &bytes)
}
