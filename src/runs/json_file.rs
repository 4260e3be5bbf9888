//! Reading the small JSON files of a run.

use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};

/// Looks at a file that does not parse, before it is called damaged.
const MAX_ATTEMPTS: u32 = 3;
/// Between two of them.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// What a file holds; none where there is none. On a full disk its writer
/// writes over it in place (see [`crate::paths::replace_or_overwrite`]), so one
/// that does not parse is looked at again.
///
/// # Errors
/// When the file is there but cannot be read or is not valid.
pub(super) fn read<T, E: ToString>(
    file: &Path,
    parse: impl Fn(&[u8]) -> std::result::Result<T, E>,
) -> Result<Option<T>> {
    let mut looks = 1;
    loop {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(file, "read")(error)),
        };
        match parse(&bytes) {
            Ok(value) => return Ok(Some(value)),
            Err(_) if looks < MAX_ATTEMPTS => looks += 1,
            Err(error) => return Err(Error::invalid(file.display(), error)),
        }
        std::thread::sleep(RETRY_INTERVAL);
    }
}
