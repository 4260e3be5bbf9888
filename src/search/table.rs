//! The table of codes that every index searches.

use super::hit::Hit;
use super::metric::Metric;
use super::top_k::{TopK, by_distance};
use crate::error::{Error, Result};
use crate::kernels::distance::{squared_distances, squared_distances_to_rows};
use crate::latent::{Array, ArrayFile, ArrayWriter};

/// Codes prepared for comparison under one metric, `[rows, width]`, row-major.
///
/// For cosine distance, rows are scaled to length one, and 1 − cos is computed as half the squared
/// Euclidean distance, which does not suffer from cancellation for similar directions.
#[derive(Debug, Clone)]
pub struct CodeTable {
    values: Array<f32>,
    width: usize,
    metric: Metric,
    /// Rows of zeros, ascending. Only for cosine distance.
    zero_rows: Array<u32>,
}

impl CodeTable {
    /// A table of codes `[rows, width]`, row-major.
    ///
    /// # Errors
    /// When `width` is 0 or does not divide the number of values, or there are 2³² rows or more.
    pub fn new(values: impl Into<Array<f32>>, width: usize, metric: Metric) -> Result<Self> {
        let mut values = values.into();
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::invalid(
                "code table",
                format!("{} values do not make rows of {width}", values.len()),
            ));
        }
        if u32::try_from(values.len() / width).is_err() {
            return Err(Error::invalid(
                "code table",
                "more than 4,294,967,295 rows cannot be indexed",
            ));
        }
        let mut zeros = Vec::new();
        if metric == Metric::Cosine {
            let mut changed = values.into_vec();
            for (index, row) in changed.chunks_exact_mut(width).enumerate() {
                if !normalise(row) {
                    zeros.push(index as u32);
                }
            }
            values = changed.into();
        }
        Ok(Self {
            values,
            width,
            metric,
            zero_rows: zeros.into(),
        })
    }

    /// A checksum of the rows.
    pub(super) fn checksum(&self) -> u32 {
        self.values.checksum()
    }

    /// Adds the rows and which of them are zeros to a file.
    pub(super) fn to_file(&self, writer: ArrayWriter) -> ArrayWriter {
        writer.with(&self.values).with(&self.zero_rows)
    }

    /// Reads what [`CodeTable::to_file`] wrote, from this part on; `None` if it does not fit
    /// together.
    pub(super) fn from_file(
        file: &ArrayFile,
        part: usize,
        width: usize,
        metric: Metric,
    ) -> Option<Self> {
        let (values, zero_rows) = (file.part::<f32>(part)?, file.part::<u32>(part + 1)?);
        let rows = values.len().checked_div(width)?;
        let fits = rows * width == values.len()
            && u32::try_from(rows).is_ok()
            && zero_rows.is_sorted()
            && zero_rows.last().is_none_or(|&row| (row as usize) < rows);
        fits.then_some(Self {
            values,
            width,
            metric,
            zero_rows,
        })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Latent dimensions.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// One row, as it is compared.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// A query prepared like the rows. `None` if it has no direction under cosine distance.
    ///
    /// # Errors
    /// When it is not as wide as the rows.
    pub(super) fn prepare_query(&self, query: &[f32]) -> Result<Option<Vec<f32>>> {
        if query.len() != self.width {
            return Err(Error::invalid(
                "query code",
                format!(
                    "has {} numbers; the searched codes have {}",
                    query.len(),
                    self.width
                ),
            ));
        }
        let mut query = query.to_vec();
        let directed = self.metric == Metric::L2 || normalise(&mut query);
        Ok(directed.then_some(query))
    }

    /// Squared distances of a prepared query to the rows from `first` on, one for each entry of
    /// `out`, in the scale in which [`CodeTable::to_metric`] takes them.
    pub(super) fn squared_distances(&self, query: Option<&[f32]>, first: usize, out: &mut [f32]) {
        let Some(query) = query else {
            out.fill(RIGHT_ANGLE);
            // Two codes of zeros are equal.
            for row in self.zero_rows_from(first) {
                match out.get_mut(row - first) {
                    Some(distance) => *distance = 0.0,
                    None => break,
                }
            }
            return;
        };
        let rows = &self.values[first * self.width..(first + out.len()) * self.width];
        squared_distances(query, rows, out);
        for row in self.zero_rows_from(first) {
            match out.get_mut(row - first) {
                Some(distance) => *distance = distance_to_zero_row(query),
                None => break,
            }
        }
    }

    /// As [`CodeTable::squared_distances`], from a row of the table.
    pub(crate) fn squared_distances_from(&self, row: usize, first: usize, out: &mut [f32]) {
        let is_zero = self.zero_rows_from(row).next() == Some(row);
        self.squared_distances((!is_zero).then(|| self.row(row)), first, out);
    }

    /// The metric's distance between two rows.
    pub(crate) fn distance_between(&self, a: usize, b: usize) -> f32 {
        let mut distance = [0.0];
        self.squared_distances_from(a, b, &mut distance);
        self.to_metric(distance[0])
    }

    /// The rows of zeros from `first` on.
    fn zero_rows_from(&self, first: usize) -> impl Iterator<Item = usize> {
        let start = self
            .zero_rows
            .partition_point(|&row| (row as usize) < first);
        self.zero_rows[start..].iter().map(|&row| row as usize)
    }

    /// Whether a row can be near to something: it is finite, and not zeros under cosine distance.
    pub(super) fn has_direction(&self, row: usize) -> bool {
        self.zero_rows.binary_search(&(row as u32)).is_err()
            && self.row(row).iter().all(|value| value.is_finite())
    }

    /// Offers the rows of zeros, of which `k` are enough, for a query that has a direction.
    pub(super) fn offer_zero_rows(&self, query: &[f32], k: usize, nearest: &mut TopK) {
        for &row in self.zero_rows.iter().take(k) {
            nearest.offer(row as usize, distance_to_zero_row(query));
        }
    }

    /// Squared distances to the given rows, for a query that has a direction.
    pub(super) fn squared_distances_picked(&self, query: &[f32], rows: &[u32], out: &mut [f32]) {
        squared_distances_to_rows(query, &self.values, rows, out);
        if !self.zero_rows.is_empty() {
            for (row, out) in rows.iter().zip(out) {
                if self.zero_rows.binary_search(row).is_ok() {
                    *out = distance_to_zero_row(query);
                }
            }
        }
    }

    /// The rows that equal a query once both are prepared, ascending.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(super) fn equal_rows(&self, query: &[f32]) -> Result<Vec<usize>> {
        let Some(query) = self.prepare_query(query)? else {
            return Ok(self.zero_rows_from(0).collect());
        };
        let rows = self.values.chunks_exact(self.width).enumerate();
        Ok(rows
            .filter(|(_, values)| *values == query)
            .map(|(row, _)| row)
            .collect())
    }

    /// The metric's distance from a squared one.
    pub(super) fn to_metric(&self, squared: f32) -> f32 {
        match self.metric {
            Metric::L2 => squared.sqrt(),
            Metric::Cosine => squared / 2.0,
        }
    }

    /// Turns squared distances into the metric's, nearest first and of equal ones the lower row.
    pub(super) fn hits_to_metric(&self, hits: &mut [Hit]) {
        for hit in &mut *hits {
            hit.distance = self.to_metric(hit.distance);
        }
        // Squared distances that differ may have the same root.
        hits.sort_unstable_by(by_distance);
    }
}

/// Squared distance between unit vectors at right angles.
const RIGHT_ANGLE: f32 = 2.0;

/// Squared distance from a prepared query to a row of zeros.
fn distance_to_zero_row(query: &[f32]) -> f32 {
    if query.iter().all(|value| value.is_finite()) {
        RIGHT_ANGLE
    } else {
        f32::NAN
    }
}

/// Scales a row to length one. `false` for a row of zeros, which stays as it is.
fn normalise(row: &mut [f32]) -> bool {
    let norm = row
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum::<f64>()
        .sqrt();
    if norm == 0.0 {
        return false;
    }
    // A row of length one stays bit for bit as it is, so that equal codes stay equal.
    if (norm - 1.0).abs() <= f64::from(f32::EPSILON) / 2.0 {
        return true;
    }
    // A row with NaN becomes all NaN and is never found.
    let scale = 1.0 / norm;
    for value in row {
        *value = (f64::from(*value) * scale) as f32;
    }
    true
}
