//! The result of an import.

use crate::dataset::catalog::Dataset;
use crate::dataset::provenance::Skipped;

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The data set, ready to use.
    pub dataset: Dataset,
    /// Pictures that were left out, in source order.
    pub skipped: Vec<Skipped>,
    /// Further messages for the user, one line each.
    pub notes: Vec<String>,
    /// Whether the same pictures had been imported before.
    pub already_imported: bool,
}
