//! Home folders, as `~` names them.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Replaces a leading `~` or `~user` with the home folder; `None` if the path has neither or there
/// is no such user.
pub(crate) fn expand_home(path: &Path) -> Option<PathBuf> {
    let mut parts = path.components();
    let first = parts.next()?.as_os_str().as_bytes();
    let user = first.strip_prefix(b"~")?;
    let home = if user.is_empty() {
        std::env::home_dir().filter(|home| !home.as_os_str().is_empty())?
    } else {
        home_of_user(user)?
    };
    let rest = parts.as_path();
    Some(if rest.as_os_str().is_empty() {
        home
    } else {
        home.join(rest)
    })
}

/// A user's home folder from `/etc/passwd`.
pub(super) fn home_of_user(user: &[u8]) -> Option<PathBuf> {
    let list = std::fs::read("/etc/passwd").ok()?;
    list.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        (fields.next() == Some(user))
            .then(|| fields.nth(4))
            .flatten()
            .map(|home| PathBuf::from(OsString::from_vec(home.to_vec())))
    })
}
