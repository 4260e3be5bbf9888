//! Rows rounded to small integers, to be compared quickly. What is found by them is compared again
//! by the rows themselves.

use rayon::prelude::*;

use super::table::CodeTable;
use crate::kernels::distance_bytes::{Line, MAX_LINES, squared_distance_to_lines};
use crate::latent::{Array, ArrayFile, ArrayWriter};

/// Rows from which the mean and the scale are taken.
const SAMPLED_ROWS: usize = 4096;

/// The share of a sample's values that are not clipped.
const UNCLIPPED: f64 = 0.9999;

/// The largest integer; the smallest is its negative.
const LARGEST: f32 = 127.0;

/// How rows are rounded: (value − mean) × scale, one mean for each dimension.
#[derive(Debug, Clone)]
pub(super) struct Rounding {
    mean: Vec<f32>,
    scale: f32,
}

impl Rounding {
    /// Fits to rows of a table; `None` if they are too wide for exact sums, or none is usable.
    pub fn fit(table: &CodeTable, rows: &[u32]) -> Option<Self> {
        let width = table.width();
        if width.div_ceil(Line::LENGTH) > MAX_LINES || rows.is_empty() {
            return None;
        }
        let step = rows.len().div_ceil(SAMPLED_ROWS);
        let sample = || {
            rows.iter()
                .step_by(step)
                .map(|&row| table.row(row as usize))
        };
        let mut mean = vec![0.0f64; width];
        for row in sample() {
            for (mean, &value) in mean.iter_mut().zip(row) {
                *mean += f64::from(value);
            }
        }
        let count = sample().count() as f64;
        let mean: Vec<f32> = mean.iter().map(|mean| (mean / count) as f32).collect();
        let mut sizes: Vec<f32> = sample()
            .flat_map(|row| {
                row.iter()
                    .zip(&mean)
                    .map(|(value, mean)| (value - mean).abs())
            })
            .collect();
        let at = ((sizes.len() - 1) as f64 * UNCLIPPED) as usize;
        let (_, &mut size, _) = sizes.select_nth_unstable_by(at, f32::total_cmp);
        let scale = LARGEST / size;
        // All rows may be the same.
        let scale = if scale.is_finite() { scale } else { 0.0 };
        Some(Self { mean, scale })
    }

    /// As [`Rounding::fit`], of all rows and without clipping any that is finite; `None` also if a
    /// value's distance from the mean has no inverse.
    pub fn unclipped(table: &CodeTable) -> Option<Self> {
        let rows: Vec<u32> = (0..table.len() as u32)
            .filter(|&row| {
                table
                    .row(row as usize)
                    .iter()
                    .all(|value| value.is_finite())
            })
            .collect();
        let fitted = Self::fit(table, &rows)?;
        let size_of_row = |&row: &u32| {
            let values = table.row(row as usize).iter().zip(&fitted.mean);
            values.fold(0.0f32, |size, (value, mean)| size.max((value - mean).abs()))
        };
        let size = rows.par_iter().map(size_of_row).reduce(|| 0.0, f32::max);
        let scale = LARGEST / size;
        let mean = fitted.mean;
        scale.is_normal().then_some(Self { mean, scale })
    }

    /// Integers for one unit of a value.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// How far a row is from its rounded one, in units of the integers; NaN if it is not finite.
    pub fn error(&self, row: &[f32]) -> f32 {
        let centred = row.iter().zip(&self.mean).map(|(value, mean)| value - mean);
        let squared: f32 = centred
            .map(|value| value * self.scale)
            .map(|value| value - value.round().clamp(-LARGEST, LARGEST))
            .map(|error| error * error)
            .sum();
        squared.sqrt()
    }

    /// Lines of a rounded row.
    pub fn lines(&self) -> usize {
        self.mean.len().div_ceil(Line::LENGTH)
    }

    /// A row, rounded and padded with zeros to whole lines.
    fn round<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = i8> + 'a {
        let centred = row.iter().zip(&self.mean).map(|(value, mean)| value - mean);
        let rounded = centred.map(|value| (value * self.scale).round().clamp(-LARGEST, LARGEST));
        rounded
            .map(|value| value as i8)
            .chain(std::iter::repeat(0))
            .take(self.lines() * Line::LENGTH)
    }

    /// A query to be compared with rounded rows.
    pub fn query(&self, row: &[f32]) -> Vec<i16> {
        self.round(row).map(i16::from).collect()
    }

    /// Appends a rounded row.
    pub fn push_lines(&self, row: &[f32], lines: &mut Vec<Line>) {
        let mut values = self.round(row);
        for _ in 0..self.lines() {
            lines.push(Line(std::array::from_fn(|_| values.next().unwrap_or(0))));
        }
    }
}

/// Rounded rows, in an order of their own.
#[derive(Debug)]
pub(super) struct RoundedRows {
    pub rounding: Rounding,
    lines: Array<Line>,
}

impl RoundedRows {
    pub fn new(rounding: Rounding, lines: Vec<Line>) -> Self {
        Self {
            rounding,
            lines: lines.into(),
        }
    }

    /// All lines, row by row.
    pub fn all(&self) -> &[Line] {
        &self.lines
    }

    /// One row.
    #[inline]
    pub fn row(&self, row: u32) -> &[Line] {
        let lines = self.rounding.lines();
        &self.lines[row as usize * lines..][..lines]
    }

    /// Consecutive rows.
    pub fn range(&self, first: usize, count: usize) -> &[Line] {
        let lines = self.rounding.lines();
        &self.lines[first * lines..(first + count) * lines]
    }

    /// One row as a query, in a buffer that is used again.
    pub fn widen(&self, row: u32, query: &mut Vec<i16>) {
        query.clear();
        query.extend(self.row(row).iter().flat_map(|line| line.0).map(i16::from));
    }

    /// The squared distance of a query to a row.
    #[inline]
    pub fn distance(&self, query: &[i16], row: u32) -> u32 {
        squared_distance_to_lines(query, self.row(row))
    }

    /// Adds the rows to a file, as two parts.
    pub fn to_file(&self, writer: ArrayWriter) -> ArrayWriter {
        let mut rounding = self.rounding.mean.clone();
        rounding.push(self.rounding.scale);
        writer.with(&rounding).with(&self.lines)
    }

    /// Reads what [`RoundedRows::to_file`] wrote, from this part on; `None` unless it is `rows`
    /// rows of this width.
    pub fn from_file(file: &ArrayFile, part: usize, rows: usize, width: usize) -> Option<Self> {
        let mut mean = file.part::<f32>(part)?.into_vec();
        let scale = mean.pop()?;
        let rounding = Rounding { mean, scale };
        let lines = file.part::<Line>(part + 1)?;
        let fits = rounding.mean.len() == width && lines.len() == rows * rounding.lines();
        fits.then_some(Self { rounding, lines })
    }
}
