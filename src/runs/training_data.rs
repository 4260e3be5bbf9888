//! The data that a run trains on.

use std::sync::Arc;

use crate::dataset::{Dataset, DatasetSummary, Faces, Split};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::training::TrainSpec;
use crate::training::check_training_pictures;

/// A run's pictures.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// All pictures of the data set.
    pub faces: Arc<Faces>,
    /// Which of them are for training, and which are held out.
    pub split: Split,
}

/// Finds a new run's data set, importing it if necessary, and records it in the
/// spec with its fingerprint. Checks that the run can train on it.
///
/// # Errors
/// When the data set cannot be found or imported, or leaves too few pictures
/// for training; the watcher's errors.
pub fn resolve_data(paths: &Paths, spec: &mut TrainSpec, watch: Watch) -> Result<Dataset> {
    let wanted = Some(spec.data.data.as_str()).filter(|data| !data.is_empty());
    let dataset = crate::dataset::resolve(paths, wanted, watch)?;
    spec.data.held_out.check(&dataset)?;
    spec.data.data = dataset_ref(&dataset);
    spec.data.title.clone_from(&dataset.title);
    spec.data.fingerprint.clone_from(&dataset.fingerprint);
    spec.data.crop = dataset.crop();
    check_training_pictures(spec, &spec.data.held_out.split(&dataset, spec.seed)?)?;
    Ok(dataset)
}

/// The value of `--data` that opens this data set.
fn dataset_ref(dataset: &Dataset) -> String {
    if dataset.is_sample {
        "sample".to_string()
    } else {
        dataset.id.clone()
    }
}

/// Finds a run's data set by its fingerprint, without reading pictures.
///
/// # Errors
/// When it is missing, or has changed since the run was created; the watcher's errors.
pub(crate) fn find_dataset(paths: &Paths, spec: &TrainSpec, watch: Watch) -> Result<Dataset> {
    let known = crate::dataset::list(paths)?;
    let same = |known: &&DatasetSummary| known.fingerprint == spec.data.fingerprint;
    if let Some(same) = known.iter().find(same) {
        let dataset = crate::dataset::open(paths, &same.id)?;
        return Ok(dataset.with_crop(spec.data.crop));
    }
    let title = &spec.data.title;
    let dataset = match crate::dataset::resolve(paths, Some(&spec.data.data), watch) {
        Err(Error::NotFound { .. }) => {
            return Err(Error::not_found(
                format!("data set {title} of this run"),
                "it was removed; import the same pictures again with `lfw-tui import`",
            ));
        }
        other => other?,
    };
    if dataset.fingerprint != spec.data.fingerprint {
        return Err(Error::invalid(
            format!("data set {}", spec.data.title),
            "its pictures have changed since the run began; start a new run on it",
        ));
    }
    // The data set's crop may have been changed since.
    Ok(dataset.with_crop(spec.data.crop))
}

/// Opens a run's pictures.
///
/// # Errors
/// As for [`find_dataset`], and when pictures cannot be read.
pub fn open(paths: &Paths, spec: &TrainSpec, watch: Watch) -> Result<TrainingData> {
    let dataset = find_dataset(paths, spec, watch)?;
    let faces = Faces::load(paths, &dataset, spec.face_spec(), watch)?;
    let split = spec.data.held_out.split(&dataset, spec.seed)?;
    Ok(TrainingData {
        faces: Arc::new(faces),
        split,
    })
}
