//! Unfinished files and folders. They are created beside their final path under a recognizable name
//! and locked by their creator. The system releases the lock when that process ends in any way, so
//! others can tell what to remove.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use tempfile::{NamedTempFile, TempDir};

use super::locations::Paths;
use super::permissions;
use crate::interrupt::RemoveOnSignal;

/// Prefix of unfinished files and folders.
pub(crate) const PREFIX: &str = ".unfinished-";
/// Prefixes used by earlier versions, which did not lock.
const LEGACY_PREFIXES: [&str; 2] = [".drawing-", ".tmp"];
/// Prefix of a run that is being removed.
const REMOVING_PREFIX: &str = ".gone-";
/// Age from which unlocked leftovers count as abandoned: those of earlier versions, and those on
/// file systems without locks.
const STALE_AGE: Duration = Duration::from_secs(24 * 3600);
/// Attempts to create something, as another process may remove it before it is locked.
const TRIES: usize = 8;

/// Creates a temporary file that will be renamed to `path`, in the same folder.
pub(crate) fn new_file_for(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    for _ in 0..TRIES {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempfile_in(folder)?;
        let held = file.as_file().try_lock();
        if !matches!(held, Err(TryLockError::WouldBlock))
            && is_same_file(file.as_file(), file.path())
        {
            // Keep the mode of the file being replaced, in case the user changed it.
            let before = path
                .symlink_metadata()
                .ok()
                .filter(std::fs::Metadata::is_file);
            let mode = before.map_or_else(
                || permissions::file_mode(path),
                |data| data.permissions().mode() & 0o777,
            );
            file.as_file()
                .set_permissions(std::fs::Permissions::from_mode(mode))?;
            return Ok(file);
        }
    }
    Err(io::ErrorKind::Interrupted.into())
}

/// A temporary folder that is removed on drop unless it is renamed and [kept](Self::keep).
#[derive(Debug)]
pub(crate) struct UnfinishedFolder {
    /// None once it is kept.
    folder: Option<TempDir>,
    path: PathBuf,
    _removed_by_signals: RemoveOnSignal,
    // The lock is released when this is closed.
    _lock: File,
}

impl UnfinishedFolder {
    /// Creates the folder in `parent`, which must exist.
    pub(crate) fn new_in(parent: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let lock = match File::open(folder.path()) {
                Ok(lock) => lock,
                // Removed by another process's sweep before it could be locked.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let held = lock.try_lock();
            if !matches!(held, Err(TryLockError::WouldBlock)) && is_same_file(&lock, folder.path())
            {
                permissions::set_new_folder_mode(folder.path())?;
                return Ok(Self {
                    _removed_by_signals: RemoveOnSignal::new(folder.path()),
                    path: folder.path().to_path_buf(),
                    folder: Some(folder),
                    _lock: lock,
                });
            }
        }
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Call this after renaming the folder: nothing is left to remove.
    pub(crate) fn keep(mut self) {
        let _ = self.folder.take().map(TempDir::keep);
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            empty_on_all_cores(folder.path());
        }
    }
}

/// Removes what lies two levels below, on all cores: a cancelled import leaves tens of thousands
/// of files. What cannot be removed is left.
fn empty_on_all_cores(folder: &Path) {
    let folders_in = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.map(|entry| entry.path())
    };
    let people: Vec<PathBuf> = folders_in(folder.to_path_buf())
        .flat_map(folders_in)
        .collect();
    people.par_iter().for_each(|person| {
        let _ = std::fs::remove_dir_all(person);
    });
}

/// Whether an open file is still the one at `path`.
fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), path.symlink_metadata()) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Locks something that its owner is about to remove, so that [`sweep`] leaves it alone.
pub(crate) fn lock_for_removal(path: &Path) -> Option<File> {
    let file = open(path)?;
    file.try_lock().is_ok().then_some(file)
}

fn open(path: &Path) -> Option<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .ok()
}

/// Removes what killed processes left in the program's folders. Failures are ignored: the next
/// sweep tries again.
pub fn sweep_all(paths: &Paths) {
    let [_, data, cache, state] = paths.roots();
    for folder in [data, cache, state] {
        sweep(folder);
    }
    for folder in [
        paths.datasets(),
        paths.runs(),
        paths.saved_pictures(),
        paths.downloads(),
        paths.face_tensors(),
        paths.fitted_models(),
    ] {
        sweep(&folder);
    }
    for folder in [paths.datasets(), paths.fitted_models()] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                sweep(&entry.path());
            }
        }
    }
}

/// Removes what was left in one folder.
pub(crate) fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(PREFIX) || name.starts_with(REMOVING_PREFIX);
        let earlier = LEGACY_PREFIXES.iter().any(|prefix| {
            name.strip_prefix(prefix).is_some_and(|rest| {
                rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        });
        if ours || earlier {
            remove_if_abandoned(&entry.path(), ours);
        }
    }
}

fn remove_if_abandoned(path: &Path, locked_while_made: bool) {
    let Ok(data) = path.symlink_metadata() else {
        return;
    };
    // Held during the removal, so that two sweeps do not collide.
    let lock = open(path);
    let left = match lock.as_ref().map(File::try_lock) {
        Some(Err(TryLockError::WouldBlock)) => false,
        Some(Ok(())) if locked_while_made => true,
        _ => {
            let age = data.modified().ok().and_then(|when| when.elapsed().ok());
            age.is_some_and(|age| age > STALE_AGE)
        }
    };
    if left {
        let _ = if data.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_the_dead_left_goes_and_what_the_living_make_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let file = new_file_for(&folder.join("a.json")).unwrap();
        let made = UnfinishedFolder::new_in(folder).unwrap();
        std::fs::write(made.path().join("x"), "x").unwrap();
        std::fs::create_dir_all(made.path().join("lfw/Ann")).unwrap();
        std::fs::write(made.path().join("lfw/Ann/y"), "y").unwrap();
        // What killed processes leave: unlocked files.
        std::fs::write(folder.join(".unfinished-dead01"), "x").unwrap();
        std::fs::create_dir_all(folder.join(".unfinished-dead02/below")).unwrap();
        std::fs::create_dir(folder.join(".gone-run")).unwrap();
        // From an earlier version, which might still be running.
        std::fs::create_dir(folder.join(".drawing-abcdef")).unwrap();
        std::fs::write(folder.join(".tmpABCDEF"), "x").unwrap();
        // Not the program's.
        std::fs::write(folder.join(".tmp-of-the-user"), "x").unwrap();
        sweep(folder);
        let left = names(folder);
        assert_eq!(left.len(), 5, "{left:?}");
        assert!(file.path().exists() && made.path().join("x").exists());

        let old = std::time::SystemTime::now() - 2 * STALE_AGE;
        for name in [".drawing-abcdef", ".tmpABCDEF", ".tmp-of-the-user"] {
            let times = std::fs::FileTimes::new().set_modified(old);
            let file = File::open(folder.join(name)).unwrap();
            file.set_times(times).unwrap();
        }
        drop((file, made));
        sweep(folder);
        assert_eq!(names(folder), [".tmp-of-the-user"]);
    }

    #[test]
    fn a_link_is_removed_and_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let kept = home.path().join("kept");
        std::fs::create_dir(&kept).unwrap();
        std::fs::write(kept.join("file"), "x").unwrap();
        let folder = home.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&kept, folder.join(".unfinished-link01")).unwrap();
        sweep(&folder);
        assert!(kept.join("file").exists());
    }
}
