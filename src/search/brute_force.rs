//! Exact search: a scan of all rows in memory order.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::hit::Hit;
use super::index::{Index, check_batch};
use super::scan_filter::{FilterQuery, ScanFilter};
use super::table::CodeTable;
use super::top_k::{TopK, by_distance};
use crate::error::Result;

/// Rows whose distances are computed before they are compared, so that the distances stay in the
/// L1 cache.
const SCAN_ROWS: usize = 256;

/// From this many values on, a single query runs on several threads. Waking a thread costs about
/// as much as reading a megabyte.
const PARALLEL_VALUES: usize = 16 << 20;

/// From this many values on, rows are filtered by their rounded ones: smaller tables fit a cache.
const FILTERED_VALUES: usize = 4 << 20;

/// Values in the block of rows that a batch of queries scans together: half an L2 cache.
const BATCH_VALUES: usize = 64 << 10;

/// An exact index: finds the `k` smallest distances and, of equal ones, the lowest rows. Rows at
/// no finite distance (with NaN) are never found.
#[derive(Debug, Clone)]
pub struct BruteForce {
    table: Arc<CodeTable>,
    /// Of a large table, made by the first search.
    filter: OnceLock<Option<Arc<ScanFilter>>>,
}

impl BruteForce {
    /// An index over a table.
    pub fn new(table: Arc<CodeTable>) -> Self {
        Self {
            table,
            filter: OnceLock::new(),
        }
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

    /// Of a large table, its rows rounded to bytes.
    pub(super) fn filter(&self) -> Option<&ScanFilter> {
        if self.table.len() * self.table.width() < FILTERED_VALUES {
            return None;
        }
        let filter = self
            .filter
            .get_or_init(|| ScanFilter::new(&self.table).map(Arc::new));
        filter.as_deref()
    }

    /// A prepared query, and how it is filtered.
    fn filtered<'a>(&'a self, query: Option<&'a [f32]>) -> ScanQuery<'a> {
        let filter = query.and_then(|query| {
            let filter = self.filter()?;
            Some((filter, filter.query(query)?))
        });
        ScanQuery { query, filter }
    }

    fn scan(&self, scanned: &ScanQuery, rows: std::ops::Range<usize>, nearest: &mut TopK) {
        let query = scanned.query;
        if let (Some(query), Some((filter, rounded))) = (query, &scanned.filter) {
            return filter.scan(&self.table, (query, rounded), rows, nearest);
        }
        let mut buffer = [0.0; SCAN_ROWS];
        for first in rows.clone().step_by(SCAN_ROWS) {
            let distances = &mut buffer[..SCAN_ROWS.min(rows.end - first)];
            self.table.squared_distances(query, first, distances);
            nearest.offer_run(first, distances);
        }
    }
}

/// A prepared query, and how it is filtered.
struct ScanQuery<'a> {
    query: Option<&'a [f32]>,
    filter: Option<(&'a ScanFilter, FilterQuery)>,
}

impl Index for BruteForce {
    fn table(&self) -> &Arc<CodeTable> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        let query = self.table.prepare_query(query)?;
        let query = self.filtered(query.as_deref());
        let rows = self.table.len();
        let mut hits = if rows * self.table.width() < PARALLEL_VALUES {
            let mut nearest = TopK::new(k);
            self.scan(&query, 0..rows, &mut nearest);
            nearest.into_sorted()
        } else {
            let part = rows.div_ceil(rayon::current_num_threads()).max(1);
            let parts: Vec<Vec<Hit>> = (0..rows.div_ceil(part))
                .into_par_iter()
                .map(|index| {
                    let mut nearest = TopK::new(k);
                    let range = index * part..rows.min((index + 1) * part);
                    self.scan(&query, range, &mut nearest);
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
                let scanned = queries.iter().map(|query| self.filtered(query.as_deref()));
                let scanned: Vec<ScanQuery> = scanned.collect();
                for first in (0..rows).step_by(part) {
                    let range = first..rows.min(first + part);
                    for (query, nearest) in scanned.iter().zip(&mut nearest) {
                        self.scan(query, range.clone(), nearest);
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
