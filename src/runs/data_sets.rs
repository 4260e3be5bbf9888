//! The data sets there are, and the runs that were trained on them.

use super::run_dir::RunDir;
use super::status::{RunState, Status};
use super::store::directories;
use crate::dataset::sample::{self, PEOPLE_COUNT, PICTURE_COUNT};
use crate::dataset::{self, Crop, DatasetSummary};
use crate::error::{Error, Result};
use crate::paths::Paths;

/// A data set in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDataset {
    /// What it contains.
    pub(crate) summary: DatasetSummary,
    /// Its files' bytes; `None` where they were not counted. 0 for a sample that was not drawn yet.
    pub(crate) bytes: Option<u64>,
    /// What it was imported from.
    pub(crate) sources: Vec<String>,
    /// The names of the runs that were trained on it, newest first.
    pub(crate) runs: Vec<String>,
}

/// All data sets, imported ones by title, then the sample, whether it was drawn or not.
///
/// # Errors
/// When the folder of data sets cannot be read.
pub fn stored_data_sets(paths: &Paths) -> Result<Vec<StoredDataset>> {
    let mut all = dataset::list(paths)?;
    // Of other versions' samples only this one's is of use.
    all.retain(|one| !one.is_sample || one.id == sample::ID);
    if !all.iter().any(|one| one.is_sample) {
        all.push(DatasetSummary {
            id: sample::ID.to_string(),
            title: sample::TITLE.to_string(),
            is_sample: true,
            fingerprint: String::new(),
            pictures: PICTURE_COUNT,
            people: PEOPLE_COUNT,
            root: paths
                .datasets()
                .join(sample::ID)
                .join(dataset::PICTURES_FOLDER),
            crop: Crop::default(),
        });
    }
    all.sort_by_key(|one| one.is_sample);
    let trained = trained_runs(paths).unwrap_or_default();
    let stored = |summary: DatasetSummary| StoredDataset {
        bytes: None,
        sources: dataset::sources(paths, &summary.id),
        runs: trained
            .iter()
            .filter(|run| !summary.fingerprint.is_empty() && run.data == summary.fingerprint)
            .map(|run| run.name.clone())
            .collect(),
        summary,
    };
    Ok(all.into_iter().map(stored).collect())
}

/// A run and the data set that it was trained on.
struct TrainedRun {
    name: String,
    /// The data set's fingerprint.
    data: String,
    run: RunDir,
}

/// The runs of this program, newest first.
fn trained_runs(paths: &Paths) -> Result<Vec<TrainedRun>> {
    let runs = directories(paths)?.into_iter().rev();
    let trained = runs.filter_map(|run| {
        let spec = run.spec().ok()?;
        Some(TrainedRun {
            name: spec.name,
            data: spec.data.fingerprint,
            run,
        })
    });
    Ok(trained.collect())
}

/// What is lost and what stays when a data set is removed, in sentences.
pub(crate) fn removal_consequences(stored: &StoredDataset) -> Vec<String> {
    let StoredDataset {
        summary,
        bytes,
        sources,
        runs,
    } = stored;
    let size = bytes.map_or(String::new(), |bytes| {
        format!(" ({})", crate::number_format::bytes(bytes))
    });
    let mut lines = vec![format!(
        "Its copies of {} pictures{size} are deleted.",
        crate::number_format::count(summary.pictures as u64)
    )];
    if let Some(source) = sources.last() {
        lines.push(format!("What they were imported from stays: {source}"));
    }
    lines.push(match runs.as_slice() {
        [] => "No run was trained on it.".to_string(),
        [only] => format!(
            "The run {only} was trained on it. It keeps its model, but can be resumed and \
             evaluated only when the same pictures are imported again."
        ),
        several => format!(
            "{} runs were trained on it ({}). They keep their models, but can be resumed and \
             evaluated only when the same pictures are imported again.",
            several.len(),
            first_names(several)
        ),
    });
    lines
}

fn first_names(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        text += ", …";
    }
    text
}

/// Removes an imported data set: its pictures and tensors. Runs that were trained on it stay.
///
/// # Errors
/// When a run is training on it or waits to, and as [`dataset::remove`].
pub(crate) fn remove_data_set(paths: &Paths, summary: &DatasetSummary) -> Result<()> {
    if summary.is_sample {
        return Err(Error::invalid(
            "the built-in sample",
            "is part of the program, and drawn again when it is missing; it is not removed",
        ));
    }
    for TrainedRun { name, data, run } in trained_runs(paths)? {
        if data != summary.fingerprint {
            continue;
        }
        let state = Status::read(&run).map_or(RunState::Unknown, |status| status.state(&run));
        if state.is_live() || state == RunState::Queued {
            let advice = match state {
                RunState::Queued => "remove it first with `lfw-tui runs remove",
                _ => "stop it first with `lfw-tui runs stop",
            };
            return Err(Error::invalid(
                format!("data set {}", summary.title),
                format!("the run {name} is {state} and needs it; {advice} {name}`"),
            ));
        }
    }
    dataset::remove(paths, &summary.id)
}
