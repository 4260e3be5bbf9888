//! Protection against symbolic links planted by other users: in a folder that others can write to,
//! such as `/tmp`, they could redirect what is written.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// The system's own limit on the links in a path.
const MAX_LINKS: usize = 40;

/// Refuses a path that goes through another user's link in a folder that others can write to. Links
/// owned by the user or the system are followed.
///
/// # Errors
/// Names the link, its owner, and what to do.
pub(crate) fn reject_untrusted_links(path: &Path) -> Result<()> {
    let me = rustix::process::geteuid().as_raw();
    let Ok(path) = std::path::absolute(path) else {
        return Ok(());
    };
    let mut left: VecDeque<PathBuf> = parts(&path);
    let mut place = PathBuf::from("/");
    let mut links = 0;
    while let Some(part) = left.pop_front() {
        if part.as_os_str() == ".." {
            place.pop();
            continue;
        }
        let next = place.join(&part);
        // Missing and unreadable paths are reported by whoever uses them.
        let Ok(data) = next.symlink_metadata() else {
            return Ok(());
        };
        if !data.is_symlink() {
            place = next;
            continue;
        }
        let folder = place
            .symlink_metadata()
            .map_err(Error::io(&place, "read"))?;
        let is_open = folder.mode() & 0o022 != 0;
        let trusted = [0, me, folder.uid()].contains(&data.uid());
        if is_open && !trusted {
            return Err(Error::invalid(
                next.display(),
                format!(
                    "is a link of user {} in a folder that others can write to, so it is not followed; \
                     name the folder it leads to",
                    data.uid()
                ),
            ));
        }
        links += 1;
        let Ok(target) = std::fs::read_link(&next) else {
            return Ok(());
        };
        if links > MAX_LINKS {
            return Ok(());
        }
        if target.is_absolute() {
            place = PathBuf::from("/");
        }
        let mut longer = parts(&target);
        longer.extend(left);
        left = longer;
    }
    Ok(())
}

fn parts(path: &Path) -> VecDeque<PathBuf> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(PathBuf::from(name)),
            Component::ParentDir => Some(PathBuf::from("..")),
            _ => None,
        })
        .collect()
}

/// Opens one of the program's own files without following a link: its name can be guessed.
///
/// # Errors
/// When the file cannot be opened, or is a link.
pub(crate) fn open_nofollow(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options
        .custom_flags(libc::O_NOFOLLOW)
        .mode(super::permissions::file_mode(path))
        .open(path)
        .map_err(|error| match error.raw_os_error() {
            Some(libc::ELOOP) => io::Error::new(
                io::ErrorKind::InvalidInput,
                "there is a link in its place, which is not followed; remove it",
            ),
            _ => error,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// Links in each kind of folder, as far as this user can create them.
    #[test]
    fn only_links_of_others_in_open_folders_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let [open, closed, target] = ["open", "closed", "target"].map(|name| {
            let folder = home.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        });
        std::fs::create_dir(target.join("below")).unwrap();
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&open, mode(0o1777)).unwrap();
        std::fs::set_permissions(&closed, mode(0o755)).unwrap();
        for folder in [&open, &closed] {
            symlink("../target", folder.join("link")).unwrap();
            reject_untrusted_links(&folder.join("link/below/not-yet")).unwrap();
        }
        symlink("round", open.join("round")).unwrap();
        reject_untrusted_links(&open.join("round/x")).unwrap();
        if !rustix::process::geteuid().is_root() {
            return; // cannot make a link another user's
        }
        for folder in [&open, &closed] {
            std::os::unix::fs::lchown(folder.join("link"), Some(65534), None).unwrap();
        }
        reject_untrusted_links(&closed.join("link/below")).unwrap();
        let message = reject_untrusted_links(&open.join("link/below"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("open/link") && message.contains("user 65534"),
            "{message}"
        );
        // Also behind a link of one's own.
        symlink(open.join("link/below"), home.path().join("mine")).unwrap();
        assert!(reject_untrusted_links(&home.path().join("mine")).is_err());
        reject_untrusted_links(&target.join("below/../../target")).unwrap();
    }

    #[test]
    fn own_files_are_not_opened_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        std::fs::write(&victim, "kept").unwrap();
        let link = home.path().join("lock");
        symlink(&victim, &link).unwrap();
        let error = open_nofollow(OpenOptions::new().create(true).append(true), &link).unwrap_err();
        assert!(error.to_string().contains("is not followed"), "{error}");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "kept");
    }
}
