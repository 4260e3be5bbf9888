//! Finds or imports the data set that a user names.

use std::path::Path;

use crate::dataset::catalog::Dataset;
use crate::dataset::registry::{SAMPLE_NAME, list, open, unknown_dataset_error};
use crate::dataset::{import, sample};
use crate::error::{Error, Result};
use crate::paths::unfinished::sweep_all;
use crate::paths::{Paths, user_path};
use crate::progress::Watch;

/// The data set that `data` refers to: `sample`, the id or title of an imported one, or the path of
/// an archive or folder, which is imported if it is new. `None` is the one used last, or the
/// built-in sample if there was none. If the one used last is gone, that is an error, not another
/// data set. Does not change which one was used last: see
/// [`set_last_used`](crate::dataset::set_last_used).
///
/// # Errors
/// [`Error::NotFound`] if nothing matches; when importing fails.
pub fn resolve(paths: &Paths, data: Option<&str>, watch: Watch) -> Result<Dataset> {
    sweep_all(paths);
    let Some(data) = data else {
        return match last_used(paths)? {
            Some(id) if !is_sample_id(&id) => {
                open(paths, &id).map_err(|error| removed_error(paths, &id, error))
            }
            _ => sample::ensure(paths, watch),
        };
    };
    find(paths, data, watch)
}

fn find(paths: &Paths, data: &str, watch: Watch) -> Result<Dataset> {
    if data == SAMPLE_NAME {
        return sample::ensure(paths, watch);
    }
    let path = Path::new(data);
    let looks_like_path = data.contains(['/', '.']);
    if looks_like_path && path.exists() {
        return Ok(import::import(paths, path, watch)?.dataset);
    }
    if let Some(id) = find_id(paths, data)? {
        return open(paths, &id);
    }
    if path.exists() {
        return Ok(import::import(paths, path, watch)?.dataset);
    }
    // No shell has expanded a path from a settings file, a form, or after an equals sign.
    match user_path::resolve(data) {
        Ok((path, _)) => Ok(import::import(paths, &path, watch)?.dataset),
        Err(_) => Err(unknown_dataset_error(paths, data)?),
    }
}

/// The id of the data set with this id or title; `None` if there is none.
///
/// # Errors
/// [`Error::Invalid`] with all ids if several data sets have this title.
fn find_id(paths: &Paths, data: &str) -> Result<Option<String>> {
    let all = list(paths)?;
    if all.iter().any(|one| one.id == data) {
        return Ok(Some(data.to_string()));
    }
    let titled: Vec<&str> = all
        .iter()
        .filter(|one| one.title.eq_ignore_ascii_case(data))
        .map(|one| one.id.as_str())
        .collect();
    match titled.as_slice() {
        [] => Ok(None),
        [id] => Ok(Some((*id).to_string())),
        several => Err(Error::invalid(
            data,
            format!(
                "several data sets have this title; choose one by its id: {}",
                several.join(", ")
            ),
        )),
    }
}

/// The id of the data set used last; `None` before the first.
pub(crate) fn last_used(paths: &Paths) -> Result<Option<String>> {
    let file = paths.last_dataset_file();
    match std::fs::read_to_string(&file) {
        Ok(id) => Ok(Some(id.trim().to_string()).filter(|id| !id.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(&file, "read")(error)),
    }
}

/// The error for a data set that was used last and no longer exists, with the alternatives.
fn removed_error(paths: &Paths, id: &str, error: Error) -> Error {
    if !matches!(error, Error::NotFound { .. }) {
        return error;
    }
    let mut others = vec![SAMPLE_NAME.to_string()];
    others.extend(
        list(paths)
            .unwrap_or_default()
            .into_iter()
            .filter(|one| !is_sample_id(&one.id))
            .map(|one| one.title),
    );
    Error::not_found(
        format!("data set {id}, which was used last"),
        format!(
            "it was removed; import it again, or choose another with --data: {}",
            others.join(", ")
        ),
    )
}

/// Whether an id is the built-in sample's, of this version or another; it can always be drawn
/// again.
fn is_sample_id(id: &str) -> bool {
    let version = id.strip_prefix("sample-");
    version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
}
