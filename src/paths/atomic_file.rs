//! Creating and replacing files so that readers never see a part of one.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::permissions::{self, make_folders};
use super::{symlinks, unfinished};
use crate::error::{Error, Result};
use crate::interrupt::RemoveOnSignal;

/// Replaces the file at `path` atomically: writes a temporary file beside it, syncs and renames it.
/// Readers see the old or the new content, never a part. Creates the folder if needed.
///
/// # Errors
/// When a file cannot be written or replaced.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folders(folder)?;
    replace_file_in_existing_folder(path, bytes)
}

/// Like [`replace_file`], but does not create the folder again if it was removed.
///
/// # Errors
/// When a file cannot be written or replaced.
pub fn replace_file_in_existing_folder(path: &Path, bytes: &[u8]) -> Result<()> {
    let (file, _unfinished) = write_temp_beside(path, write_all(path, bytes))?;
    file.persist(path)
        .map_err(|error| Error::io(path, "replace")(error.error))?;
    Ok(())
}

/// Like [`replace_file_in_existing_folder`], but if the disk is too full for a second file, overwrites the
/// existing one in place, padded with blanks to its old length. This needs no new disk block, so a
/// final status can always be written. Only for small files whose readers retry when parsing fails.
///
/// # Errors
/// When the file cannot be written either way.
pub fn replace_or_overwrite(path: &Path, bytes: &[u8]) -> Result<()> {
    match replace_file_in_existing_folder(path, bytes) {
        Err(error) if error.is_disk_full() => overwrite_in_place(path, bytes).map_err(|_| error),
        other => other,
    }
}

fn overwrite_in_place(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = symlinks::open_nofollow(std::fs::OpenOptions::new().write(true), path)?;
    let before = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut padded = bytes.to_vec();
    // At most one block of blanks: these files are smaller than a block.
    padded.resize(before.min(1 << 16).max(bytes.len()), b' ');
    file.write_all_at(&padded, 0)?;
    file.set_len(padded.len() as u64)?;
    file.sync_data()
}

/// Creates a folder whose parent must exist; an existing folder is fine.
///
/// # Errors
/// When the folder cannot be created.
pub fn make_folder_in_existing(folder: &Path) -> Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => {
            permissions::set_new_folder_mode(folder).map_err(Error::io(folder, "create the folder"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io(folder, "create the folder")(error)),
    }
}

/// Creates a file atomically; it must not exist yet.
///
/// # Errors
/// When the file exists, which is left as it is, or cannot be written.
pub fn create_file(path: &Path, bytes: &[u8]) -> Result<()> {
    create_file_with(path, write_all(path, bytes))
}

/// Like [`create_file`], for content that is written piece by piece.
///
/// # Errors
/// As [`create_file`]; errors of `write`, after which there is no file.
pub(crate) fn create_file_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let (file, _unfinished) = write_temp_beside(path, write)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::invalid(
                path.display(),
                "already exists; choose another name, or remove it first",
            ))
        }
        Err(error) => Err(Error::io(path, "create")(error.error)),
    }
}

fn write_all(path: &Path, bytes: &[u8]) -> impl FnOnce(&mut dyn Write) -> Result<()> {
    move |file| file.write_all(bytes).map_err(Error::io(path, "write"))
}

fn write_temp_beside(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<(tempfile::NamedTempFile, RemoveOnSignal)> {
    if !permissions::is_program_path(path)
        && let Some(folder) = path.parent()
    {
        symlinks::reject_untrusted_links(folder)?;
    }
    let mut file =
        unfinished::new_file_for(path).map_err(Error::io(path, "create a file beside"))?;
    let unfinished = RemoveOnSignal::new(file.path());
    let mut buffered = BufWriter::with_capacity(1 << 16, &mut file);
    write(&mut buffered)?;
    buffered.flush().map_err(Error::io(path, "write"))?;
    drop(buffered);
    file.as_file().sync_all().map_err(Error::io(path, "sync"))?;
    Ok((file, unfinished))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_over_in_place_and_holds_nothing_of_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        assert!(overwrite_in_place(&path, b"{}").is_err(), "there is none");
        std::fs::write(&path, b"{\"state\": \"running\", \"step\": 12}\n").unwrap();
        let inode = |path: &Path| {
            use std::os::unix::fs::MetadataExt;
            std::fs::metadata(path).unwrap().ino()
        };
        let before = inode(&path);
        for text in [
            "{\"step\":1}\n",
            "{\"state\": \"paused\", \"step\": 1234567890123}\n",
        ] {
            overwrite_in_place(&path, text.as_bytes()).unwrap();
            let now = std::fs::read_to_string(&path).unwrap();
            assert_eq!(now.trim_end(), text.trim_end());
            let value: serde_json::Value = serde_json::from_str(&now).unwrap();
            assert!(value["step"].is_u64());
        }
        assert_eq!(inode(&path), before);
    }
}
