//! Data sets as files: their room on disk, where they came from, and removing them.

use std::path::Path;

use crate::config::spanned_toml::closest_name;
use crate::dataset::index::DatasetSummary;
use crate::dataset::provenance::Provenance;
use crate::dataset::registry::{self, SAMPLE_NAME, list};
use crate::dataset::resolve::last_used;
use crate::error::{Error, Result};
use crate::paths::{Paths, unfinished};

/// Prefix of a data set that is being removed, as of a run.
const REMOVING_PREFIX: &str = ".gone-";

/// The bytes of all files in a folder. What cannot be read counts nothing.
pub(crate) fn bytes_on_disk(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) => bytes += entry.metadata().map_or(0, |data| data.len()),
                Err(_) => {}
            }
        }
    }
    bytes
}

/// The paths of the archives and folders that a data set was imported from.
pub(crate) fn sources(paths: &Paths, id: &str) -> Vec<String> {
    let provenance = Provenance::read(&paths.datasets().join(id));
    let all = provenance.sources.into_iter();
    all.map(|source| source.path).collect()
}

/// The data set with exactly this id or title, in any case; `sample` is the drawn one.
///
/// # Errors
/// [`Error::NotFound`] with the name that was likely meant; [`Error::Invalid`] when several data
/// sets have this title.
pub(crate) fn find_exactly(all: &[DatasetSummary], name: &str) -> Result<DatasetSummary> {
    if let Some(one) = all.iter().find(|one| one.id == name) {
        return Ok(one.clone());
    }
    let is_meant = |one: &&DatasetSummary| {
        one.title.eq_ignore_ascii_case(name) || (one.is_sample && name == SAMPLE_NAME)
    };
    let titled: Vec<&DatasetSummary> = all.iter().filter(is_meant).collect();
    match titled.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let known = || all.iter().flat_map(|one| [one.id.as_str(), &one.title]);
            let begins = known().find(|known| !name.is_empty() && known.starts_with(name));
            let near = begins.or_else(|| closest_name(name, known()));
            let advice = match near {
                Some(near) => format!("no data set has exactly this name; did you mean {near}?"),
                None => "`lfw-tui data` lists all data sets".to_string(),
            };
            Err(Error::not_found(format!("data set {name:?}"), advice))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
            Err(Error::invalid(
                format!("data set {name:?}"),
                format!("several have this title; give an id: {}", ids.join(", ")),
            ))
        }
    }
}

/// Removes an imported data set and its cached tensors. It leaves the list first, so that it is
/// never seen half removed. If it was the one used last, the next start opens the sample.
///
/// # Errors
/// When it is gone or is the sample, or may be in an import that is under way; when a file cannot
/// be removed.
pub(crate) fn remove(paths: &Paths, id: &str) -> Result<()> {
    let what = || format!("data set {id}");
    let all = list(paths)?;
    let is_meant = |one: &&DatasetSummary| one.id == id && !one.is_sample;
    let Some(known) = all.iter().find(is_meant) else {
        return Err(Error::not_found(what(), "it was removed already"));
    };
    let Some(_lock) = registry::try_lock(paths)? else {
        return Err(Error::invalid(
            what(),
            "an import is under way, perhaps of these pictures; remove it when that has ended",
        ));
    };
    let folder = paths.datasets().join(id);
    // Held open, so that no other process takes the folder for an abandoned one.
    let _held = unfinished::lock_for_removal(&folder);
    let hidden = paths.datasets().join(format!("{REMOVING_PREFIX}{id}"));
    std::fs::rename(&folder, &hidden).map_err(Error::io(&folder, "rename"))?;
    if last_used(paths).is_ok_and(|last| last.as_deref() == Some(id)) {
        let _ = std::fs::remove_file(paths.last_dataset_file());
    }
    remove_tensors(paths, &known.fingerprint);
    std::fs::remove_dir_all(&hidden).map_err(Error::io(&hidden, "remove"))
}

/// Removes the cached tensors of a data set; a failure leaves them in the cache.
fn remove_tensors(paths: &Paths, fingerprint: &str) {
    let folder = paths.face_tensors();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let rest = name.to_string_lossy();
        if rest
            .strip_prefix(fingerprint)
            .is_some_and(|rest| rest.starts_with('-'))
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
