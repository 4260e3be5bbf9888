//! Codes with the pictures that they belong to.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dataset::{Dataset, Faces};
use crate::error::Result;
use crate::latent::Codes;
use crate::progress::{Progress, Unit, Watch};

/// Codes with the pictures that they belong to. All three have the same rows.
pub(crate) struct NamedCodes<'a> {
    /// Names of pictures and people.
    pub dataset: &'a Dataset,
    /// The pictures as the model sees them.
    pub faces: &'a Faces,
    /// What is written.
    pub codes: &'a Codes,
    /// What the codes are: the model, the data set and the like, for formats with notes.
    pub notes: BTreeMap<&'static str, String>,
}

/// Rows between two progress reports.
const REPORT_ROWS: usize = 512;

/// Reports that `row` is next to be written, every few rows.
pub(super) fn report(watch: Watch, path: &Path, row: usize, rows: usize) -> Result<()> {
    if !row.is_multiple_of(REPORT_ROWS) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    watch(Progress {
        stage: &format!("writing {name}"),
        done: row as u64,
        total: Some(rows as u64),
        unit: Unit::Pictures,
    })
}
