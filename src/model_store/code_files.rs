//! Codes of data sets and what is searched of them, kept on disk: `codes/` in the cache.
//!
//! A file's name and key come from everything that its contents depend on, so that a model that was
//! trained on or a data set that was imported again is encoded anew. Files that are cut off or of
//! another kind are made again, with a note. The files used longest ago are removed where the folder
//! would grow too large.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::loaded::LoadedModel;
use crate::dataset::{Dataset, Faces};
use crate::error::{Error, Result};
use crate::latent::{ArrayFile, ArrayWriter, Codes, Key};
use crate::paths::Paths;
use crate::progress::{Progress, Watch};
use crate::search::{CodeIndex, IndexKind, Measure};

/// Increased when the same weights begin to give other codes, or the same codes other tables.
const VERSION: &str = "2";

const CODES: &str = "codes";
const TABLE: &str = "table";

/// The most bytes that stay in the folder: the files of a hundred models on all of LFW, or of one
/// on a million faces.
const MAX_BYTES: u64 = 4 << 30;

/// The codes of all faces of a data set, from disk or from `encode`.
///
/// # Errors
/// Those of `encode`; `Cancelled` by the watcher.
pub(super) fn load_or_encode(
    paths: &Paths,
    dataset: &Dataset,
    model: &LoadedModel,
    faces: &Faces,
    watch: Watch,
    encode: impl FnOnce(Watch) -> Result<Codes>,
) -> Result<Codes> {
    let key = codes_key(dataset, model, faces);
    let path = file_path(paths, &model.name, &key, CODES);
    let (rows, width) = (faces.len(), model.spec().code_size as usize);
    let stored = open(&path, CODES, &key, watch, |file| {
        let values = file.part::<f32>(0)?;
        let fits = values.len() == rows * width && values.iter().all(|value| value.is_finite());
        fits.then_some(Codes {
            rows,
            width,
            values,
        })
    })?;
    if let Some(codes) = stored {
        return Ok(codes);
    }
    let codes = encode(&mut *watch)?;
    let writer = ArrayWriter::new(CODES, &key).with(&codes.values);
    write(paths, &path, writer, watch)?;
    Ok(codes)
}

/// The index of codes, from disk or made now.
///
/// # Errors
/// When the values are not whole codes; `Cancelled` by the watcher.
pub(super) fn load_or_index(
    paths: &Paths,
    model: &LoadedModel,
    codes: &Codes,
    measure: Measure,
    watch: Watch,
) -> Result<CodeIndex> {
    let white = model.spec().kind.codes_are_whitened();
    if !CodeIndex::is_worth_storing(measure, white) {
        return CodeIndex::new(codes, measure, white);
    }
    let how = format!("{measure:?} {white} {}×{}", codes.rows, codes.width);
    let key = Key::of(&[
        VERSION.as_bytes(),
        how.as_bytes(),
        &codes.checksum().to_le_bytes(),
    ]);
    let path = file_path(paths, &model.name, &key, TABLE);
    let stored = open(&path, TABLE, &key, watch, |file| {
        CodeIndex::from_file(file, measure).filter(|index| index.len() == codes.rows)
    })?;
    if let Some(index) = stored {
        return Ok(index);
    }
    let index = CodeIndex::new(codes, measure, white)?;
    if let Some(writer) = index.to_file(ArrayWriter::new(TABLE, &key)) {
        write(paths, &path, writer, watch)?;
    }
    Ok(index)
}

/// Builds an approximate index of codes, or takes it from disk. Without `build`, only from disk.
///
/// # Errors
/// `Cancelled` by the watcher.
pub(super) fn load_or_build(
    paths: &Paths,
    model: &LoadedModel,
    index: &CodeIndex,
    kind: IndexKind,
    build: bool,
    watch: Watch,
) -> Result<()> {
    if index.is_built(kind) {
        return Ok(());
    }
    let name = kind.to_string();
    let key = Key::of(&[
        VERSION.as_bytes(),
        name.as_bytes(),
        &(index.len() as u64).to_le_bytes(),
        &index.checksum().to_le_bytes(),
    ]);
    let path = file_path(paths, &model.name, &key, &name);
    let stored = open(&path, &name, &key, watch, |file| {
        // Taking it from the file asks the watcher nothing.
        index.load(kind, file).then_some(())
    })?;
    if stored.is_some() || !build {
        return Ok(());
    }
    index.build(kind, watch)?;
    match index.built_file(kind, ArrayWriter::new(&name, &key)) {
        Some(writer) => write(paths, &path, writer, watch),
        None => Ok(()),
    }
}

/// What `read` makes of a file; `None`, with a note, where it cannot be used.
fn open<T>(
    path: &Path,
    kind: &str,
    key: &Key,
    watch: Watch,
    read: impl FnOnce(&ArrayFile) -> Option<T>,
) -> Result<Option<T>> {
    let problem = match ArrayFile::open(path, kind, key) {
        // Where it cannot be read it cannot be written either, which is said then.
        Ok(None) | Err(Error::Io { .. }) => return Ok(None),
        Ok(Some(file)) => match read(&file) {
            Some(value) => return Ok(Some(value)),
            None => Error::invalid(path.display(), "does not hold what it should"),
        },
        Err(error) => error,
    };
    watch(Progress::note(&format!("{problem}; it is made again")))?;
    Ok(None)
}

/// Keeps a file for next time; a note where that is not possible.
fn write(paths: &Paths, path: &Path, writer: ArrayWriter, watch: Watch) -> Result<()> {
    match writer.write(path) {
        Ok(()) => {
            remove_oldest(&paths.codes(), path, MAX_BYTES);
            Ok(())
        }
        Err(error) => watch(Progress::note(&paths.cache_unwritable_note(&error))),
    }
}

/// Removes the files used longest ago until the others are at most `limit` bytes, but never `kept`.
fn remove_oldest(folder: &Path, kept: &Path, limit: u64) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            !name.starts_with('.')
        })
        .filter_map(|entry| {
            let data = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((data.modified().ok()?, data.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in files {
        if total <= limit {
            return;
        }
        // Whoever has it mapped keeps its contents.
        if path != kept && std::fs::remove_file(&path).is_ok() {
            total -= bytes;
        }
    }
}

/// `codes/pca-32-0123456789ab.codes`
fn file_path(paths: &Paths, model: &str, key: &Key, kind: &str) -> PathBuf {
    let name: String = model
        .chars()
        .filter(|char| char.is_ascii_alphanumeric() || "-_".contains(*char))
        .take(40)
        .collect();
    let key = key.short_name();
    paths.codes().join(format!("{name}-{key}.{kind}"))
}

/// Everything that a model's codes of a data set depend on.
fn codes_key(dataset: &Dataset, model: &LoadedModel, faces: &Faces) -> Key {
    let pictures = format!("{} {:?} {}", faces.crop(), faces.spec(), faces.len());
    // The sums of a GPU differ from a CPU's in the last digits.
    let on_cpu = model.model.device().is_cpu();
    let network = format!("{:?} on a CPU: {on_cpu}", model.spec());
    Key::of(&[
        VERSION.as_bytes(),
        dataset.fingerprint.as_bytes(),
        pictures.as_bytes(),
        network.as_bytes(),
        &model.model.identity(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first_and_the_newest_never() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let now = SystemTime::now();
        for (name, age) in [("a", 30), ("b", 10), ("c", 20), (".unfinished-d", 90)] {
            std::fs::write(path(name), [0; 100]).unwrap();
            let file = std::fs::File::options().write(true).open(path(name));
            let then = now - std::time::Duration::from_secs(age);
            file.unwrap().set_modified(then).unwrap();
        }
        remove_oldest(folder.path(), &path("b"), 200);
        assert!(!path("a").exists() && path("b").exists() && path("c").exists());
        remove_oldest(folder.path(), &path("b"), 0);
        assert!(path("b").exists() && !path("c").exists());
        assert!(path(".unfinished-d").exists());
        remove_oldest(&path("none"), &path("b"), 0);
    }
}
