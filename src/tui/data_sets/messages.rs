//! What the threads for data sets are asked to do, and what they report.

use std::path::PathBuf;

use crate::dataset::{Crop, DatasetSummary};
use crate::progress::Unit;
use crate::runs::data_sets::StoredDataset;

/// Where the pictures of a new data set come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewData {
    /// An archive or a folder, and the crop if one was chosen.
    Path(PathBuf, Option<Crop>),
    /// LFW's own archive.
    Lfw,
}

/// Something for the threads to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataCommand {
    /// List all data sets.
    List,
    /// Import pictures. The number comes back with all reports of this import.
    Import(u64, NewData),
    /// Stop what is being imported.
    Cancel,
    /// Remove a data set.
    Remove(Box<DatasetSummary>),
    /// Measure how long the presets to begin with take on this data set, named as `--data` does.
    Measure(String),
    /// End the measurements.
    StopMeasuring,
}

/// How long a preset takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Forecasted {
    /// A preset and the seconds of its run.
    Seconds(String, f64),
    /// The same, measured while other programs took much of the processor.
    AtMost(String, f64),
    /// A preset that cannot be trained on the data set, and why.
    Impossible(String, String),
    /// There are no more.
    End,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// What it does now.
    pub(crate) stage: String,
    /// Units done.
    pub(crate) done: u64,
    /// Units in all; `None` when unknown.
    pub(crate) total: Option<u64>,
    /// What is counted.
    pub(crate) unit: Unit,
}

/// A data set that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedData {
    /// Its id.
    pub id: String,
    /// What was imported, in a sentence.
    pub message: String,
}

/// What the threads report.
#[derive(Debug)]
pub enum DataUpdate {
    /// All data sets; first without the bytes of their files, then with them.
    Listed(Result<Vec<StoredDataset>, String>),
    /// How far an import is.
    Progress(u64, ImportReport),
    /// An import has ended; `None` when it was cancelled.
    Imported(u64, Result<Option<ImportedData>, String>),
    /// A data set was removed, by its id; or why not.
    Removed(String, Result<(), String>),
    /// A measurement for a data set, named as it was in the command.
    Forecast(String, Forecasted),
}
