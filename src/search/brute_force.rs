//! Exact search: a scan of all rows in memory order.

use std::sync::Arc;

use rayon::prelude::*;

use super::hit::Hit;
use super::index::{Index, check_batch};
use super::table::CodeTable;
use super::top_k::{TopK, by_distance};
use crate::error::Result;

/// Rows whose distances are computed before they are compared, so that the distances stay in the
/// L1 cache.
const SCAN_ROWS: usize = 256;

/// From this many values on, a single query runs on several threads. Waking a thread costs about
/// as much as reading a megabyte.
const PARALLEL_VALUES: usize = 16 << 20;

/// Values in the block of rows that a batch of queries scans together: half an L2 cache.
const BATCH_VALUES: usize = 64 << 10;

/// An exact index: finds the `k` smallest distances and, of equal ones, the lowest rows. Rows at
/// no finite distance (with NaN) are never found.
#[derive(Debug, Clone)]
pub struct BruteForce {
    table: Arc<CodeTable>,
}

impl BruteForce {
    /// An index over a table.
    pub fn new(table: Arc<CodeTable>) -> Self {
        Self { table }
    }

    /// The distance of a query to every row, in row order. NaN for rows with NaN.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(crate) fn distances(&self, query: &[f32]) -> Result<Vec<f32>> {
        let query = self.table.prepare_query(query)?;
        let mut distances = vec![0.0; self.table.len()];
        self.table
            .squared_distances(query.as_deref(), 0, &mut distances);
        for distance in &mut distances {
            *distance = self.table.to_metric(*distance);
        }
        Ok(distances)
    }

    fn scan(&self, query: Option<&[f32]>, rows: std::ops::Range<usize>, nearest: &mut TopK) {
        let mut buffer = [0.0; SCAN_ROWS];
        for first in rows.clone().step_by(SCAN_ROWS) {
            let distances = &mut buffer[..SCAN_ROWS.min(rows.end - first)];
            self.table.squared_distances(query, first, distances);
            nearest.offer_run(first, distances);
        }
    }
}

impl Index for BruteForce {
    fn table(&self) -> &Arc<CodeTable> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        let query = self.table.prepare_query(query)?;
        let rows = self.table.len();
        let mut hits = if rows * self.table.width() < PARALLEL_VALUES {
            let mut nearest = TopK::new(k);
            self.scan(query.as_deref(), 0..rows, &mut nearest);
            nearest.into_sorted()
        } else {
            let part = rows.div_ceil(rayon::current_num_threads()).max(1);
            let parts: Vec<Vec<Hit>> = (0..rows.div_ceil(part))
                .into_par_iter()
                .map(|index| {
                    let mut nearest = TopK::new(k);
                    let range = index * part..rows.min((index + 1) * part);
                    self.scan(query.as_deref(), range, &mut nearest);
                    nearest.into_sorted()
                })
                .collect();
            let mut all = parts.concat();
            all.sort_unstable_by(by_distance);
            all.truncate(k);
            all
        };
        self.table.hits_to_metric(&mut hits);
        Ok(hits)
    }

    fn search_batch(&self, queries: &[f32], k: usize) -> Result<Vec<Vec<Hit>>> {
        check_batch(&self.table, queries)?;
        let width = self.table.width();
        let queries = queries
            .chunks(width)
            .map(|query| self.table.prepare_query(query))
            .collect::<Result<Vec<_>>>()?;
        let rows = self.table.len();
        let part = (BATCH_VALUES / width).max(SCAN_ROWS);
        let share = queries.len().div_ceil(rayon::current_num_threads()).max(1);
        let found = queries
            .par_chunks(share)
            .flat_map_iter(|queries| {
                let mut nearest: Vec<TopK> = queries.iter().map(|_| TopK::new(k)).collect();
                for first in (0..rows).step_by(part) {
                    let range = first..rows.min(first + part);
                    for (query, nearest) in queries.iter().zip(&mut nearest) {
                        self.scan(query.as_deref(), range.clone(), nearest);
                    }
                }
                nearest.into_iter().map(|nearest| {
                    let mut hits = nearest.into_sorted();
                    self.table.hits_to_metric(&mut hits);
                    hits
                })
            })
            .collect();
        Ok(found)
    }
}
