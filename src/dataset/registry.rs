//! The data sets on disk: listing, opening and creating them, and the one used last.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::dataset::catalog::Dataset;
use crate::dataset::files;
use crate::dataset::index::{self, DatasetSummary};
use crate::error::{Error, Result};
use crate::paths::unfinished::{UnfinishedFolder, sweep_all};
use crate::paths::{Paths, make_folders, replace_file, symlinks};
use crate::progress::{Progress, Unit, Watch};

/// The name of the built-in sample where a data set is named.
pub const SAMPLE_NAME: &str = "sample";

/// Locked while a data set is created.
const LOCK_FILE: &str = ".import.lock";
/// Prefix of unfinished imports by earlier versions.
const LEGACY_PREFIX: &str = ".import-";

/// All imported data sets, and the sample if it was drawn, sorted by title.
///
/// # Errors
/// When the folder cannot be listed. Folders without a usable index are omitted.
pub fn list(paths: &Paths) -> Result<Vec<DatasetSummary>> {
    let folder = paths.datasets();
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.map_err(Error::io(&folder, "list"))?,
    };
    let mut found: Vec<DatasetSummary> = entries
        .filter_map(std::result::Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| index::read_summary(&entry.path()).ok())
        .collect();
    found.sort_by(|a, b| (&a.title, &a.id).cmp(&(&b.title, &b.id)));
    Ok(found)
}

/// Opens a data set by its id, from its index alone.
///
/// # Errors
/// [`Error::NotFound`] with the existing data sets; when the index cannot be read.
pub fn open(paths: &Paths, id: &str) -> Result<Dataset> {
    let is_name = !id.is_empty() && !id.starts_with('.') && !id.contains('/');
    let folder = paths.datasets().join(id);
    if !is_name || !folder.join(files::INDEX_FILE).exists() {
        return Err(unknown_dataset_error(paths, id)?);
    }
    index::read(&folder)
}

pub(crate) fn unknown_dataset_error(paths: &Paths, data: &str) -> Result<Error> {
    let titles: Vec<String> = list(paths)?.into_iter().map(|one| one.title).collect();
    Ok(Error::not_found(
        data,
        if titles.is_empty() {
            "no such file or folder, and nothing has been imported yet; \"sample\" is always available"
                .to_string()
        } else {
            format!(
                "no such file or folder, and the data sets are sample, {}",
                titles.join(", ")
            )
        },
    ))
}

/// Makes `dataset` the one that is opened when none is named.
///
/// # Errors
/// When the file cannot be written.
pub fn set_last_used(paths: &Paths, dataset: &Dataset) -> Result<()> {
    let file = paths.last_dataset_file();
    if std::fs::read_to_string(&file).is_ok_and(|id| id == dataset.id) {
        return Ok(());
    }
    replace_file(&file, dataset.id.as_bytes())
}

/// Like [`set_last_used`], but returns a message for the user instead of failing.
pub fn set_last_used_or_warn(paths: &Paths, dataset: &Dataset) -> Option<String> {
    let error = set_last_used(paths, dataset).err()?;
    Some(format!(
        "{error}; the next start will not open this data set"
    ))
}

/// Keeps other processes from creating data sets until it is dropped.
#[derive(Debug)]
pub(crate) struct ImportLock(#[expect(dead_code, reason = "closing it gives the lock back")] File);

/// Waits until no other process creates a data set, then removes what killed processes left behind.
pub(crate) fn lock(paths: &Paths, watch: Watch) -> Result<ImportLock> {
    let file = open_lock_file(paths)?;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(std::fs::TryLockError::WouldBlock) => {
                watch(Progress {
                    stage: "waiting for another import to finish",
                    done: 0,
                    total: None,
                    unit: Unit::Steps,
                })?;
                std::thread::sleep(Duration::from_millis(100));
            }
            // Some network file systems do not support locks; there, imports must not run at the
            // same time.
            Err(std::fs::TryLockError::Error(_)) => return Ok(ImportLock(file)),
        }
    }
    sweep_all(paths);
    let folder = paths.datasets();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(LEGACY_PREFIX)
            && entry.path().is_dir()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    Ok(ImportLock(file))
}

/// The lock, unless a process creates a data set now.
pub(super) fn try_lock(paths: &Paths) -> Result<Option<ImportLock>> {
    let file = open_lock_file(paths)?;
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(Some(ImportLock(file))),
    }
}

/// The lock of a process that creates a data set, for tests.
#[cfg(test)]
pub(crate) fn lock_imports(paths: &Paths) -> Option<ImportLock> {
    try_lock(paths).ok().flatten()
}

fn open_lock_file(paths: &Paths) -> Result<File> {
    let folder = paths.datasets();
    make_folders(&folder)?;
    let path = folder.join(LOCK_FILE);
    symlinks::open_nofollow(File::options().write(true).create(true), &path)
        .map_err(Error::io(&path, "create"))
}

/// A folder in which a data set is created; removed on drop unless it was finished.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: UnfinishedFolder,
}

impl Staging {
    /// Creates the folder. Call it while holding [`lock`].
    pub(crate) fn new(paths: &Paths) -> Result<Self> {
        let parent = paths.datasets();
        let folder =
            UnfinishedFolder::new_in(&parent).map_err(Error::io(&parent, "create a folder in"))?;
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Renames the folder to `target`. An unusable data set of that name is replaced.
    pub(crate) fn finish(self, target: &Path) -> Result<()> {
        let folder = self.folder.path();
        let aside = folder.with_extension("replaced");
        if target.exists() {
            std::fs::rename(target, &aside).map_err(Error::io(target, "move aside"))?;
        }
        std::fs::rename(folder, target).map_err(Error::io(target, "create"))?;
        self.folder.keep();
        let _ = std::fs::remove_dir_all(aside);
        Ok(())
    }
}
