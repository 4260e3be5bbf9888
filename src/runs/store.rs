//! The folder of runs: creating, listing and removing them.

use std::path::Path;

use rand::RngExt;

use super::lock::{self, ChangeLock};
use super::naming;
use super::run_dir::{RunDir, SPEC_FILE};
use super::status::{RunState, Status};
use super::summary::RunSummary;
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders, permissions, replace_file_in_existing_folder, unfinished};
use crate::rng::{Purpose, generator};
use crate::training::TrainSpec;

/// Characters of a short id: no vowels, so that no words appear, and no two
/// that look alike.
const ID_ALPHABET: &[u8] = b"23456789bcdfghjkmnpqrstvwxz";
/// 27⁵ is fourteen million: enough for one person's runs, short enough to type.
const ID_LENGTH: usize = 5;
/// Locked while a run is named and created.
const NAMING_LOCK: &str = ".naming.lock";
/// Prefix of the folders of runs that are being created.
const TEMP_PREFIX: &str = ".new-";

/// Creates a run's directory and writes its spec. If the spec has no name, the
/// run is named after its preset, with a number where that is taken.
///
/// # Errors
/// When the spec is invalid, its name is taken or not allowed, or the folder
/// cannot be written.
pub fn create(paths: &Paths, spec: &TrainSpec) -> Result<RunDir> {
    spec.validate()?;
    let runs = paths.runs();
    make_folders(&runs)?;
    // Of two that start at the same time, only one may find a name free.
    let naming = ChangeLock::acquire(&runs.join(NAMING_LOCK))?;
    if naming.is_effective() {
        remove_stale(&runs);
    }
    let others = directories(paths)?;
    let spec = TrainSpec {
        name: naming::choose_name(&spec.name, &default_base_name(spec), &others)?,
        ..spec.clone()
    };
    let run = RunDir::new_unchecked(runs.join(new_folder_name(&spec, &others)));
    write_directory(&runs, &run, &spec)?;
    if !naming.is_effective() {
        withdraw_if_name_taken(paths, &run, &spec.name)?;
    }
    Ok(run)
}

/// Writes the directory under a temporary name first: a run exists completely
/// or not at all.
fn write_directory(runs: &Path, run: &RunDir, spec: &TrainSpec) -> Result<()> {
    let header = format!(
        "# Written once, when the run was made, by lfw-tui {}. Do not edit: a resumed\n\
         # run continues exactly only under the spec it began with.\n",
        env!("CARGO_PKG_VERSION")
    );
    let text = header + &spec.to_toml()?;
    let temp = runs.join(format!("{TEMP_PREFIX}{}", run.folder_name()));
    let written = std::fs::create_dir(&temp)
        .and_then(|()| permissions::set_new_folder_mode(&temp))
        .map_err(Error::io(&temp, "create the folder"))
        .and_then(|()| {
            replace_file_in_existing_folder(&temp.join(SPEC_FILE), text.as_bytes())?;
            std::fs::rename(&temp, run.path()).map_err(Error::io(run.path(), "create"))
        });
    if written.is_err() {
        let _ = std::fs::remove_dir_all(&temp);
    }
    written
}

/// For file systems without locks: of two runs that took the same name at the
/// same time, the one whose folder sorts later is removed again.
fn withdraw_if_name_taken(paths: &Paths, run: &RunDir, name: &str) -> Result<()> {
    let name = name.to_lowercase();
    let is_taken = directories(paths)?
        .into_iter()
        .filter(|other| other.folder_name() < run.folder_name())
        .any(|other| other.name().to_lowercase() == name);
    if !is_taken {
        return Ok(());
    }
    std::fs::remove_dir_all(run.path()).map_err(Error::io(run.path(), "remove"))?;
    Err(Error::invalid(
        format!("run name {name:?}"),
        "was taken by another run at the same moment; choose another",
    ))
}

/// A run's default name, before a number makes it unique.
fn default_base_name(spec: &TrainSpec) -> String {
    let preset = match spec.preset.trim() {
        "" => spec.model.kind.to_string(),
        preset => preset.to_string(),
    };
    format!("{preset}-{}", spec.model.code_size)
}

/// A new folder's name, `<utc>-<model><code size>-<id>`. The id is not the id
/// or name of another run.
fn new_folder_name(spec: &TrainSpec, others: &[RunDir]) -> String {
    let now = jiff::Timestamp::now();
    let seed = now.as_nanosecond() as u64 ^ (u64::from(std::process::id()) << 32);
    let mut rng = generator(seed, Purpose::Variation, 0, 0);
    let taken: Vec<String> = others
        .iter()
        .flat_map(|run| [run.id(), run.name()])
        .collect();
    let id = loop {
        let id: String = (0..ID_LENGTH)
            .map(|_| char::from(ID_ALPHABET[rng.random_range(0..ID_ALPHABET.len())]))
            .collect();
        if id != spec.name && !taken.contains(&id) {
            break id;
        }
    };
    format!(
        "{}-{}{}-{id}",
        now.strftime("%Y%m%dT%H%M%SZ"),
        spec.model.kind,
        spec.model.code_size
    )
}

/// Removes temporary folders of processes that were killed. Only for the
/// holder of the naming lock.
fn remove_stale(runs: &Path) {
    for entry in std::fs::read_dir(runs).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMP_PREFIX) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// All runs, newest first. Folders without a `run.toml` are left out.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn list(paths: &Paths) -> Result<Vec<RunSummary>> {
    Ok(read_all(paths)?.into_iter().flatten().collect())
}

/// All runs, newest first, with an error in the place of each that cannot be read.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn read_all(paths: &Paths) -> Result<Vec<Result<RunSummary>>> {
    let directories = directories(paths)?;
    Ok(directories.iter().rev().map(RunSummary::read).collect())
}

/// The directories of all runs, oldest first.
pub(super) fn directories(paths: &Paths) -> Result<Vec<RunDir>> {
    let folder = paths.runs();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(&folder, "read the folder")(error)),
    };
    let mut runs: Vec<RunDir> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| RunDir::candidate(entry.path()))
        .collect();
    // Folder names begin with the time in seconds; within a second the spec's
    // time of writing decides.
    runs.sort_by_cached_key(|run| {
        let folder = run.folder_name();
        let second = folder.split('-').next().unwrap_or_default().to_string();
        let written = std::fs::metadata(run.spec_path()).and_then(|meta| meta.modified());
        (second, written.ok(), folder)
    });
    Ok(runs)
}

/// Removes a run with its checkpoints. It leaves the list first, so that it is
/// never seen half removed.
///
/// # Errors
/// When a worker is training it, or a file cannot be removed.
pub fn remove(paths: &Paths, run: &RunDir) -> Result<()> {
    let state = Status::read(run).map_or(RunState::Crashed, |status| status.state(run));
    if state.is_live() || lock::is_held(run) {
        return Err(run.error(format!(
            "is {state}; stop it first with `lfw-tui runs stop {}`",
            run.id()
        )));
    }
    // Held open, so that no other process takes the folder for an abandoned one.
    let _held = unfinished::lock_for_removal(run.path());
    let hidden = paths.runs().join(format!(".gone-{}", run.folder_name()));
    let place = if run.path().parent() == Some(paths.runs().as_path()) {
        std::fs::rename(run.path(), &hidden).map_err(Error::io(run.path(), "rename"))?;
        hidden.as_path()
    } else {
        run.path()
    };
    std::fs::remove_dir_all(place).map_err(Error::io(place, "remove"))
}
