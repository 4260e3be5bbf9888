//! The rows that every index searches: codes as the metric wants them.

use crate::error::{Error, Result};
use crate::kernels::distance::{squared_distances, squared_distances_to_rows};
use crate::search::{Hit, Metric};

/// Codes ready to be compared under one metric, row-major `[rows, width]`.
///
/// Under cosine, rows are scaled to length one, and 1 − cos is taken as half
/// the squared Euclidean distance, which does not cancel for near directions.
#[derive(Debug, Clone)]
pub struct CodeTable {
    values: Vec<f32>,
    width: usize,
    metric: Metric,
    /// Rows without a direction, ascending; only under cosine.
    zero_rows: Vec<u32>,
}

impl CodeTable {
    /// Takes codes `[rows, width]`, row-major.
    ///
    /// # Errors
    /// When `width` is 0, does not divide the values, or there are 2³² rows.
    pub fn new(mut values: Vec<f32>, width: usize, metric: Metric) -> Result<Self> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::invalid(
                "code table",
                format!("{} values are no rows of {width}", values.len()),
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
            for (index, row) in values.chunks_exact_mut(width).enumerate() {
                if !normalise(row) {
                    zeros.push(index as u32);
                }
            }
        }
        Ok(Self {
            values,
            width,
            metric,
            zero_rows: zeros,
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers in a code.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The distance.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// One row as it is compared.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Bytes of memory that the rows take.
    pub fn bytes(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }

    /// A query as the rows are compared with it; `None` when it has no
    /// direction under cosine.
    ///
    /// # Errors
    /// When it is not as wide as the rows.
    pub(super) fn prepare_query(&self, query: &[f32]) -> Result<Option<Vec<f32>>> {
        if query.len() != self.width {
            return Err(Error::invalid(
                "query code",
                format!(
                    "has {} numbers where the searched codes have {}",
                    query.len(),
                    self.width
                ),
            ));
        }
        let mut query = query.to_vec();
        let directed = self.metric == Metric::L2 || normalise(&mut query);
        Ok(directed.then_some(query))
    }

    /// Squared distances of a prepared query to the rows from `first` on, one
    /// for each of `out`, in the scale in which [`CodeTable::to_metric`] takes them.
    pub(super) fn squared_distances(&self, query: Option<&[f32]>, first: usize, out: &mut [f32]) {
        let Some(query) = query else {
            out.fill(RIGHT_ANGLE);
            // Nothing is as near as what is the same.
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

    /// The rows without a direction from `first` on.
    fn zero_rows_from(&self, first: usize) -> impl Iterator<Item = usize> {
        let start = self
            .zero_rows
            .partition_point(|&row| (row as usize) < first);
        self.zero_rows[start..].iter().map(|&row| row as usize)
    }

    /// The same for the given rows, to a query that has a direction.
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

    /// The metric's distance of a squared one.
    pub(super) fn to_metric(&self, squared: f32) -> f32 {
        match self.metric {
            Metric::L2 => squared.sqrt(),
            Metric::Cosine => squared / 2.0,
        }
    }

    pub(super) fn hits_to_metric(&self, hits: &mut [Hit]) {
        for hit in hits {
            hit.distance = self.to_metric(hit.distance);
        }
    }
}

/// Between unit vectors at right angles.
const RIGHT_ANGLE: f32 = 2.0;

/// From a prepared query to a row of zeros.
fn distance_to_zero_row(query: &[f32]) -> f32 {
    if query.iter().all(|value| value.is_finite()) {
        RIGHT_ANGLE
    } else {
        f32::NAN
    }
}

/// Scales to length one; `false`, leaving zeros, when there is no direction.
fn normalise(row: &mut [f32]) -> bool {
    let norm = row
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum::<f64>()
        .sqrt();
    if norm == 0.0 {
        return false;
    }
    // A row that was scaled before stays as it is, or it would differ from its copies.
    if (norm - 1.0).abs() <= f64::from(f32::EPSILON) / 2.0 {
        return true;
    }
    // A row with a NaN stays NaN and is no one's neighbour.
    let scale = 1.0 / norm;
    for value in row {
        *value = (f64::from(*value) * scale) as f32;
    }
    true
}
