//! Nearest neighbours in code space: exact ([`BruteForce`]) and approximate
//! ([`Lsh`]), under a [`Metric`], with or without [`Whitening`].

mod brute_force;
mod code_index;
mod distance_range;
mod lsh;
mod metric;
mod recall;
mod table;
mod top_k;
mod whitening;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;

pub use brute_force::BruteForce;
pub(crate) use code_index::CodeIndex;
pub use distance_range::nearest_distance_range;
pub use lsh::Lsh;
pub use metric::Metric;
pub use recall::recall;
pub use table::CodeTable;
pub use whitening::Whitening;

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
    fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>>;

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

/// One neighbour of a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Row in the code table: the picture's index in its data set.
    pub row: usize,
    /// Distance under the index's [`Metric`].
    pub distance: f32,
}

/// Which index answers a search.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum IndexKind {
    /// Exact: compares the query with every row.
    #[default]
    Brute,
    /// Locality-sensitive hashing: compares only with rows in nearby buckets.
    Lsh,
}

impl fmt::Display for IndexKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Brute => "brute",
            Self::Lsh => "lsh",
        })
    }
}
