//! Which run the user means. An exact match beats a prefix, and a prefix is not
//! accepted while another run's name cannot be read.

use std::path::Path;

use super::naming::{LATEST, NamedRun};
use super::run_dir::RunDir;
use super::store::directories;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Finds a run by its name, its id, its folder's name, a unique prefix of any
/// of them, a path, or `latest`.
///
/// # Errors
/// When no run matches, several match, or, for a prefix, when any run's name
/// cannot be read: it could be the one.
pub fn find(paths: &Paths, wanted: &str) -> Result<RunDir> {
    let runs = directories(paths)?;
    if wanted == LATEST {
        return runs.last().cloned().ok_or_else(|| {
            Error::not_found(
                "latest run",
                "there is no run yet; `lfw-tui train` makes one",
            )
        });
    }
    if let Some(path) = as_path(wanted) {
        return path;
    }
    let known = NamedRun::from_runs(runs);
    if let Some(run) = find_exact(&known, wanted)? {
        return Ok(run);
    }
    let what = || format!("run {wanted:?}");
    if wanted.trim().is_empty() {
        return Err(Error::invalid(
            what(),
            "is not a name; `lfw-tui runs` lists all runs",
        ));
    }
    let matches: Vec<&NamedRun> = known
        .iter()
        .filter(|one| one.matches_prefix(wanted))
        .collect();
    if let Some(problem) = unreadable_names(&known) {
        return Err(Error::invalid(
            what(),
            format!("no readable run has exactly this name, and it may be this one: {problem}"),
        ));
    }
    match matches.as_slice() {
        [one] => Ok(one.run.clone()),
        [] => Err(Error::not_found(what(), "`lfw-tui runs` lists all runs")),
        several => Err(Error::invalid(
            what(),
            format!("matches {}; type more of it", join_labels(several)),
        )),
    }
}

/// Finds a run by its exact name, id, folder name or path; `None` if there is none.
///
/// # Errors
/// When several runs match.
pub fn find_exactly(paths: &Paths, wanted: &str) -> Result<Option<RunDir>> {
    match as_path(wanted) {
        Some(path) => path.map(Some),
        None => find_exact(&NamedRun::from_runs(directories(paths)?), wanted),
    }
}

/// Finds a run that is to be removed. Accepts only what [`find_exactly`] does.
///
/// # Errors
/// When no run matches, with the ones the user may have meant, or when several do.
pub fn find_to_remove(paths: &Paths, wanted: &str) -> Result<RunDir> {
    if let Some(run) = find_exactly(paths, wanted)? {
        return Ok(run);
    }
    let what = format!("run {wanted:?}");
    let rule = "no run has exactly this name; to remove a run, give its whole name or id";
    let known = NamedRun::from_runs(directories(paths)?);
    let close: Vec<&NamedRun> = match wanted {
        LATEST => known.last().into_iter().collect(),
        _ => known
            .iter()
            .filter(|one| !wanted.is_empty() && one.matches_prefix(wanted))
            .collect(),
    };
    let mut problem = rule.to_string();
    match (wanted, close.as_slice()) {
        (_, []) => {}
        (LATEST, several) => problem += &format!(" (the newest is {})", join_labels(several)),
        (_, several) => problem += &format!(" ({} begins like it)", join_labels(several)),
    }
    if let Some(unreadable) = unreadable_names(&known) {
        return Err(Error::invalid(
            what,
            format!("{problem}; it may be this one: {unreadable}"),
        ));
    }
    if close.is_empty() {
        Err(Error::not_found(what, "`lfw-tui runs` lists all runs"))
    } else {
        Err(Error::invalid(what, problem))
    }
}

/// Finds a run by its id alone, whatever names other runs have.
///
/// # Errors
/// When no run has the id, or several do.
pub fn find_by_id(paths: &Paths, id: &str) -> Result<RunDir> {
    let runs = directories(paths)?;
    let mut same = runs.into_iter().filter(|run| run.id() == id);
    match (same.next(), same.next()) {
        (Some(run), None) => Ok(run),
        (None, _) => Err(Error::not_found(format!("run {id}"), "it has been removed")),
        (Some(one), Some(other)) => Err(Error::invalid(
            format!("run {id}"),
            format!(
                "two folders end in this id, {} and {}; rename one",
                one.folder_name(),
                other.folder_name()
            ),
        )),
    }
}

/// The run at a path, if there is a slash in it.
fn as_path(wanted: &str) -> Option<Result<RunDir>> {
    if !wanted.contains('/') {
        return None;
    }
    let path = Path::new(wanted);
    // `.` and `..` have no name to read the id from.
    let whole = match path.file_name() {
        Some(_) => path.to_path_buf(),
        None => std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
    };
    Some(RunDir::open(whole))
}

fn find_exact(known: &[NamedRun], wanted: &str) -> Result<Option<RunDir>> {
    if let Some(one) = known.iter().find(|one| one.folder == wanted) {
        return Ok(Some(one.run.clone()));
    }
    let same: Vec<&NamedRun> = known.iter().filter(|one| one.is_named(wanted)).collect();
    match same.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.run.clone())),
        several => {
            let folders: Vec<&str> = several.iter().map(|one| one.folder.as_str()).collect();
            Err(Error::invalid(
                format!("run {wanted:?}"),
                format!(
                    "is the name or id of {} runs; choose one by its folder: {}",
                    several.len(),
                    folders.join(", ")
                ),
            ))
        }
    }
}

fn unreadable_names(known: &[NamedRun]) -> Option<String> {
    let bad: Vec<(&str, &Error)> = known
        .iter()
        .filter_map(|one| Some((one.id.as_str(), one.name.as_ref().err()?)))
        .collect();
    let (id, problem) = bad.first()?;
    let more = match bad.len() {
        1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    Some(format!(
        "{problem}{more}; repair it, or give a whole name or id (this run's id is {id})"
    ))
}

fn join_labels(several: &[&NamedRun]) -> String {
    let labels: Vec<String> = several.iter().map(|one| one.label()).collect();
    labels.join(", ")
}
