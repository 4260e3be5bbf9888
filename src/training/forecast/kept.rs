//! Forecasts that were measured before: they hold for this machine and data sets of this size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::paths::{Paths, make_folders, replace_file};
use crate::training::spec::TrainSpec;

/// How long a run would take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forecast {
    /// Seconds of the whole run.
    pub seconds: f64,
    /// Whether the machine had time for the measurement; if not, it is not kept.
    #[serde(skip, default = "reliable")]
    pub is_reliable: bool,
}

/// What was kept is.
fn reliable() -> bool {
    true
}

/// The forecasts in the cache's file, by what they depend on.
#[derive(Debug, Default)]
pub(crate) struct KeptForecasts {
    by_key: BTreeMap<String, Forecast>,
}

impl KeptForecasts {
    /// Reads the file. One that cannot be read counts as empty: it is measured again.
    pub(crate) fn read(paths: &Paths) -> Self {
        let bytes = std::fs::read(paths.forecasts_file()).unwrap_or_default();
        Self {
            by_key: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    /// The forecast of a run on a data set, if it was measured on this device.
    pub(crate) fn get(
        &self,
        dataset: &Dataset,
        spec: &TrainSpec,
        device: &str,
    ) -> Option<Forecast> {
        self.by_key.get(&key(dataset, spec, device)).copied()
    }

    /// Adds one to the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add(
        paths: &Paths,
        (dataset, spec, device): (&Dataset, &TrainSpec, &str),
        forecast: Forecast,
    ) -> Result<()> {
        // What another process has added meanwhile stays.
        let mut kept = Self::read(paths);
        kept.by_key.insert(key(dataset, spec, device), forecast);
        let file = paths.forecasts_file();
        let json = serde_json::to_vec_pretty(&kept.by_key)
            .map_err(|error| Error::invalid(file.display(), error))?;
        if let Some(folder) = file.parent() {
            make_folders(folder)?;
        }
        replace_file(&file, &json)
    }
}

/// `identity 128px epochs 1, 9,525 pictures, on host with 8 cores cpu, version`.
fn key(dataset: &Dataset, spec: &TrainSpec, device: &str) -> String {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = &spec.model;
    format!(
        "{} {}px code {} width {} epochs {} batch {}, {} pictures of {} people, {host} {cores} {device}, {}",
        spec.preset,
        model.size,
        model.code_size,
        model.width,
        spec.epochs,
        spec.batch_size,
        dataset.pictures.len(),
        dataset.people.len(),
        env!("CARGO_PKG_VERSION")
    )
}
