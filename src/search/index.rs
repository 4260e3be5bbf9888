//! What all indexes have in common.

use std::sync::Arc;

use clap::ValueEnum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use strum::Display;

use super::hit::Hit;
use super::table::CodeTable;
use crate::error::{Error, Result};

/// A way to find the nearest rows of a [`CodeTable`].
pub trait Index: Send + Sync {
    /// The codes that it searches.
    fn table(&self) -> &Arc<CodeTable>;

    /// The `k` nearest rows, nearest first. Of equal distances, the lower row comes first.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>>;

    /// Searches for many queries `[n, width]`, row-major, on all of rayon's threads.
    ///
    /// # Errors
    /// When the queries are not rows of the table's width.
    fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>> {
        check_batch(self.table(), queries)?;
        queries
            .par_chunks(self.table().width())
            .map(|query| self.search(query, k))
            .collect()
    }

    /// The `k` nearest neighbours of a row of the table, without the row itself.
    ///
    /// # Errors
    /// None if the row exists.
    fn neighbours(&self, row: usize, k: usize) -> Result<Vec<Hit>> {
        let mut hits = self.search(self.table().row(row), k.saturating_add(1))?;
        hits.retain(|hit| hit.row != row);
        hits.truncate(k);
        Ok(hits)
    }
}

/// Checks that a batch is whole rows of the table's width.
pub(super) fn check_batch(table: &CodeTable, queries: &[f32]) -> Result<()> {
    if queries.len().is_multiple_of(table.width()) {
        return Ok(());
    }
    Err(Error::invalid(
        "query codes",
        format!(
            "are {} numbers; the searched codes have {} each",
            queries.len(),
            table.width()
        ),
    ))
}

/// Which index answers a search.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Display, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum IndexKind {
    /// Exact where that takes less than a millisecond, else the graph
    #[default]
    Auto,
    /// Exact: compares the query with every row
    Brute,
    /// Locality-sensitive hashing: compares only with rows in nearby buckets
    Lsh,
    /// A graph of near rows: follows its links to nearer ones
    Hnsw,
}
