//! Exact search: every row, in memory order.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Result;
use crate::search::nearest::{Nearest, order};
use crate::search::{Hit, Index, Table};

/// Rows whose distances are computed before any of them is compared: they
/// stay in the first-level cache.
const RUN: usize = 256;

/// From this many values on, a single query is worth more than one thread:
/// waking another costs about as much as reading a megabyte.
const PARALLEL_VALUES: usize = 16 << 20;

/// Values of the rows that a batch of queries passes over together: half a
/// second-level cache.
const BATCH_VALUES: usize = 64 << 10;

/// Looks at every row, so its answers are exact: the `k` smallest distances,
/// of equal ones the lowest rows. Rows at no finite distance (with NaN) are
/// never found.
#[derive(Debug, Clone)]
pub struct Brute {
    table: Arc<Table>,
}

impl Brute {
    /// Searches a table as it is.
    pub fn new(table: Arc<Table>) -> Self {
        Self { table }
    }

    /// The distance of a query to every row, in row order; NaN where a row has one.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub fn distances(&self, query: &[f32]) -> Result<Vec<f32>> {
        let query = self.table.prepare(query)?;
        let mut distances = vec![0.0; self.table.len()];
        self.table.squared(query.as_deref(), 0, &mut distances);
        for distance in &mut distances {
            *distance = self.table.finish(*distance);
        }
        Ok(distances)
    }

    fn scan(&self, query: Option<&[f32]>, rows: std::ops::Range<usize>, nearest: &mut Nearest) {
        let mut buffer = [0.0; RUN];
        for first in rows.clone().step_by(RUN) {
            let distances = &mut buffer[..RUN.min(rows.end - first)];
            self.table.squared(query, first, distances);
            nearest.offer_run(first, distances);
        }
    }
}

impl Index for Brute {
    fn table(&self) -> &Arc<Table> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        let query = self.table.prepare(query)?;
        let rows = self.table.len();
        let mut hits = if rows * self.table.width() < PARALLEL_VALUES {
            let mut nearest = Nearest::new(k);
            self.scan(query.as_deref(), 0..rows, &mut nearest);
            nearest.into_sorted()
        } else {
            let part = rows.div_ceil(rayon::current_num_threads()).max(1);
            let parts: Vec<Vec<Hit>> = (0..rows.div_ceil(part))
                .into_par_iter()
                .map(|index| {
                    let mut nearest = Nearest::new(k);
                    let range = index * part..rows.min((index + 1) * part);
                    self.scan(query.as_deref(), range, &mut nearest);
                    nearest.into_sorted()
                })
                .collect();
            let mut all = parts.concat();
            all.sort_unstable_by(order);
            all.truncate(k);
            all
        };
        self.table.finish_hits(&mut hits);
        Ok(hits)
    }

    fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>> {
        let width = self.table.width();
        let queries = queries
            .chunks(width)
            .map(|query| self.table.prepare(query))
            .collect::<Result<Vec<_>>>()?;
        let rows = self.table.len();
        let part = (BATCH_VALUES / width).max(RUN);
        let share = queries.len().div_ceil(rayon::current_num_threads()).max(1);
        let found = queries
            .par_chunks(share)
            .flat_map_iter(|queries| {
                let mut nearest: Vec<Nearest> = queries.iter().map(|_| Nearest::new(k)).collect();
                for first in (0..rows).step_by(part) {
                    let range = first..rows.min(first + part);
                    for (query, nearest) in queries.iter().zip(&mut nearest) {
                        self.scan(query.as_deref(), range.clone(), nearest);
                    }
                }
                nearest.into_iter().map(|nearest| {
                    let mut hits = nearest.into_sorted();
                    self.table.finish_hits(&mut hits);
                    hits
                })
            })
            .collect();
        Ok(found)
    }
}
