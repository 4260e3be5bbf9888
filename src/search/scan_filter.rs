//! Exact search that reads a quarter of the memory. Rows rounded to bytes tell, by the triangle
//! inequality, which rows cannot be among the nearest; only the others are compared as they are.
//! A scan of a large table waits for memory, not for arithmetic.

use rayon::prelude::*;

use super::quantized::{RoundedRows, Rounding};
use super::table::CodeTable;
use super::top_k::TopK;
use crate::kernels::distance_bytes::{
    prefetch, squared_distances_to_all_lines, squared_distances_to_lines,
};

/// Rows that are rounded by one task.
const BLOCK: usize = 1 << 12;

/// Rows compared before the others are known to be too far.
const SCAN_ROWS: usize = 256;

/// For the rounding of the bounds themselves, in units of the integers.
const SLACK: f32 = 0.5;

/// A table's rows rounded to bytes, and how far they are from the rows.
#[derive(Debug)]
pub(super) struct ScanFilter {
    rows: RoundedRows,
    /// The largest distance of a finite row from its rounded one, in units of the integers.
    error: f32,
}

/// A query for one filter.
#[derive(Debug)]
pub(super) struct FilterQuery {
    rounded: Vec<i16>,
    error: f32,
}

impl ScanFilter {
    /// Rounds all rows; `None` where they have no common scale.
    pub fn new(table: &CodeTable) -> Option<Self> {
        let rounding = Rounding::unclipped(table)?;
        let rows: Vec<usize> = (0..table.len()).collect();
        let parts: Vec<_> = rows
            .par_chunks(BLOCK)
            .map(|rows| {
                let mut lines = Vec::with_capacity(rows.len() * rounding.lines());
                let mut error = 0.0f32;
                for &row in rows {
                    let row = table.row(row);
                    rounding.push_lines(row, &mut lines);
                    // Of rows that are not finite it is NaN, which is no maximum.
                    error = error.max(rounding.error(row));
                }
                (lines, error)
            })
            .collect();
        let error = parts.iter().map(|(_, error)| *error).fold(0.0, f32::max);
        let lines = parts.iter().flat_map(|(lines, _)| lines).copied().collect();
        Some(Self {
            rows: RoundedRows::new(rounding, lines),
            error,
        })
    }

    /// A query; `None` if it is not finite.
    pub fn query(&self, query: &[f32]) -> Option<FilterQuery> {
        let error = self.rows.rounding.error(query);
        error.is_finite().then(|| FilterQuery {
            rounded: self.rows.rounding.query(query),
            error,
        })
    }

    /// The largest squared distance between rounded rows at which rows may be at this squared
    /// distance.
    fn limit(&self, squared: f32, query: &FilterQuery) -> u32 {
        let distance = squared.sqrt() * self.rows.rounding.scale();
        let limit = (distance + query.error + self.error) * (1.0 + 1e-4) + SLACK;
        // Saturates, and is 0 where nothing is wanted.
        (limit * limit) as u32
    }

    /// Asks for the memory of a row that is compared a little later.
    #[inline]
    pub fn prefetch(&self, row: u32) {
        prefetch(self.rows.row(row));
    }

    /// Leaves only those of some rows that may be at this squared distance or nearer. `buffer` is
    /// used again.
    pub fn retain_near(
        &self,
        query: &FilterQuery,
        squared: f32,
        rows: &mut Vec<u32>,
        buffer: &mut Vec<u32>,
    ) {
        squared_distances_to_lines(&query.rounded, self.rows.all(), rows, buffer);
        let limit = self.limit(squared, query);
        let mut distances = buffer.iter();
        rows.retain(|_| distances.next().is_some_and(|&distance| distance <= limit));
    }

    /// Offers the rows of a range that can be among the nearest.
    pub fn scan(
        &self,
        table: &CodeTable,
        (query, filter): (&[f32], &FilterQuery),
        range: std::ops::Range<usize>,
        nearest: &mut TopK,
    ) {
        let mut buffer = [0; SCAN_ROWS];
        let mut picked = Vec::with_capacity(SCAN_ROWS);
        let mut distances = Vec::with_capacity(SCAN_ROWS);
        for first in range.clone().step_by(SCAN_ROWS) {
            let rounded = &mut buffer[..SCAN_ROWS.min(range.end - first)];
            let lines = self.rows.range(first, rounded.len());
            squared_distances_to_all_lines(&filter.rounded, lines, rounded);
            let limit = self.limit(nearest.threshold(), filter);
            picked.clear();
            let near = (first as u32..).zip(&*rounded);
            picked.extend(
                near.filter(|(_, distance)| **distance <= limit)
                    .map(|(row, _)| row),
            );
            if picked.is_empty() {
                continue;
            }
            distances.resize(picked.len(), 0.0);
            table.squared_distances_picked(query, &picked, &mut distances);
            for (&row, &distance) in picked.iter().zip(&distances) {
                nearest.offer(row as usize, distance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use crate::search::metric::Metric;
    use rand::RngExt;

    #[test]
    fn what_is_filtered_is_exact() {
        let width = 70;
        for (seed, metric) in [(1, Metric::L2), (2, Metric::Cosine)] {
            let mut random = generator(seed, Purpose::Hash, 60, 0);
            let mut values: Vec<f32> = (0..2000 * width)
                .map(|at| 40.0 + random.random_range(-1.0..1.0f32) * (1.0 + (at % 7) as f32))
                .collect();
            values.copy_within(3 * width..4 * width, 900 * width);
            values[50 * width..51 * width].fill(0.0);
            values[60 * width] = f32::NAN;
            values[61 * width..62 * width].fill(900.0);
            let table = CodeTable::new(values, width, metric).unwrap();
            let filter = ScanFilter::new(&table).unwrap();
            for row in [0, 3, 61, 1999] {
                for k in [1, 10, 1990] {
                    let prepared = table.prepare_query(table.row(row)).unwrap().unwrap();
                    let query = filter.query(&prepared).unwrap();
                    let mut nearest = TopK::new(k);
                    filter.scan(&table, (&prepared, &query), 0..2000, &mut nearest);
                    let mut exact = vec![0.0; 2000];
                    table.squared_distances(Some(&prepared), 0, &mut exact);
                    let mut expected = TopK::new(k);
                    expected.offer_run(0, &exact);
                    assert_eq!(nearest.into_sorted(), expected.into_sorted(), "{row} {k}");
                }
            }
            assert!(filter.query(&[f32::NAN; 70]).is_none());
        }
    }
}
