//! The pictures of a run.

use std::sync::Arc;

use crate::dataset::{Dataset, Faces, Split};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::training::TrainSpec;

/// What a run trains on.
#[derive(Debug, Clone)]
pub struct Material {
    /// All pictures of the data set.
    pub faces: Arc<Faces>,
    /// Which of them train and which judge.
    pub split: Split,
}

/// Finds the data that a new run is to use and writes into its spec which that
/// is, so that the run finds the same again from anywhere.
///
/// # Errors
/// When it cannot be found or imported; the watcher's.
pub fn pin(paths: &Paths, spec: &mut TrainSpec, watch: Watch) -> Result<Dataset> {
    let wanted = Some(spec.data.data.as_str()).filter(|data| !data.is_empty());
    let dataset = crate::dataset::resolve(paths, wanted, watch)?;
    spec.data.held_out.check(&dataset)?;
    spec.data.data = reference(&dataset);
    spec.data.title.clone_from(&dataset.title);
    spec.data.fingerprint.clone_from(&dataset.fingerprint);
    Ok(dataset)
}

/// What `--data` takes for a data set that is there already.
fn reference(dataset: &Dataset) -> String {
    if dataset.is_sample {
        "sample".to_string()
    } else {
        dataset.id.clone()
    }
}

/// Opens a run's pictures.
///
/// # Errors
/// When the data set is gone or is not the one that the run began with; the
/// watcher's.
pub fn open(paths: &Paths, spec: &TrainSpec, watch: Watch) -> Result<Material> {
    let dataset = crate::dataset::resolve(paths, Some(&spec.data.data), watch)?;
    if dataset.fingerprint != spec.data.fingerprint {
        return Err(Error::invalid(
            format!("data set {}", spec.data.title),
            "is not what this run began with (its pictures changed); start a new run on it",
        ));
    }
    let faces = Faces::load(paths, &dataset, spec.faces(), watch)?;
    let split = spec.data.held_out.split(&dataset, spec.seed)?;
    Ok(Material {
        faces: Arc::new(faces),
        split,
    })
}
