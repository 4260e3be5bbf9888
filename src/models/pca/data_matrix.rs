//! The matrix of the centred pictures, and products with it.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef};
use rayon::prelude::*;

use super::iteration::Pause;
use super::krylov::parallelism;
use crate::dataset::Faces;
use crate::error::Result;

/// Values in a block of pictures that is centred and multiplied at once: 12 MB.
const BLOCK_VALUES: usize = 1024 * 3072;

/// The matrix X of the centred pictures, one in each row. It is never formed: blocks of it are
/// made from bytes.
pub(super) struct DataMatrix<'a> {
    faces: &'a Faces,
    rows: &'a [usize],
    /// Mean face `[values]`, 0 … 255.
    pub mean: Vec<f64>,
}

impl<'a> DataMatrix<'a> {
    pub(crate) fn new(faces: &'a Faces, rows: &'a [usize]) -> Self {
        let mut sums = vec![0u64; faces.stride()]; // of bytes: exact
        for &row in rows {
            for (sum, &byte) in sums.iter_mut().zip(faces.bytes(row)) {
                *sum += u64::from(byte);
            }
        }
        let mean = sums
            .iter()
            .map(|&sum| sum as f64 / rows.len() as f64)
            .collect();
        Self { faces, rows, mean }
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn values(&self) -> usize {
        self.mean.len()
    }

    fn blocks(&self) -> impl Iterator<Item = &'a [usize]> {
        self.rows.chunks((BLOCK_VALUES / self.values()).max(32))
    }

    /// `[values, rows.len()]`: one centred picture in each column, on a scale of 0 … 255.
    fn centred(&self, rows: &[usize]) -> Mat<f32> {
        let mean: Vec<f32> = self.mean.iter().map(|&mean| mean as f32).collect();
        let mut block = Mat::zeros(self.values(), rows.len());
        block
            .as_mut()
            .par_col_iter_mut()
            .zip(rows)
            .for_each(|(column, &row)| {
                let bytes = self.faces.bytes(row).iter().zip(&mean);
                for (value, (&byte, mean)) in column.iter_mut().zip(bytes) {
                    *value = f32::from(byte) - mean;
                }
            });
        block
    }

    /// X·Xᵀ, `[count, count]`, in double precision: its lower triangle.
    pub(crate) fn gram(&self, pause: Pause) -> Result<Mat<f64>> {
        let mut gram = Mat::zeros(self.count(), self.count());
        let width = (BLOCK_VALUES / self.count()).max(32);
        for first in (0..self.values()).step_by(width) {
            pause()?;
            let width = width.min(self.values() - first);
            let columns = Mat::from_fn(self.count(), width, |row, value| {
                f64::from(self.faces.bytes(self.rows[row])[first + value])
                    - self.mean[first + value]
            });
            add_lower_square(&mut gram, columns.as_ref());
        }
        Ok(gram)
    }

    /// Xᵀ·X, `[values, values]`, both triangles: single precision within a block, double between
    /// blocks.
    pub(crate) fn scatter(&self, pause: Pause) -> Result<Mat<f64>> {
        let values = self.values();
        let mut sum = Mat::zeros(values, values);
        let mut product = Mat::<f32>::zeros(values, values);
        for rows in self.blocks() {
            pause()?;
            let block = self.centred(rows);
            triangular::matmul(
                &mut product,
                BlockStructure::TriangularLower,
                Accum::Replace,
                &block,
                BlockStructure::Rectangular,
                block.transpose(),
                BlockStructure::Rectangular,
                1.0,
                parallelism(),
            );
            add_f32_lower(&mut sum, &product);
        }
        for column in 0..values {
            for row in 0..column {
                sum[(row, column)] = sum[(column, row)];
            }
        }
        Ok(sum)
    }

    /// Xᵀ·(X·q), `[values, q.ncols()]`, without forming Xᵀ·X.
    pub(crate) fn scatter_times(&self, q: MatRef<'_, f64>, pause: Pause) -> Result<Mat<f64>> {
        let q = to_f32(q);
        let mut sum = Mat::zeros(q.nrows(), q.ncols());
        let mut product = Mat::<f32>::zeros(q.nrows(), q.ncols());
        for rows in self.blocks() {
            pause()?;
            let block = self.centred(rows);
            let mut codes = Mat::<f32>::zeros(rows.len(), q.ncols());
            let (transposed, replace) = (block.transpose(), Accum::Replace);
            matmul(&mut codes, replace, transposed, &q, 1.0, parallelism());
            matmul(&mut product, replace, &block, &codes, 1.0, parallelism());
            add_f32(&mut sum, &product);
        }
        Ok(sum)
    }

    /// Xᵀ·weights, `[values, weights.ncols()]`, in double precision.
    pub(crate) fn transposed_times(&self, weights: &Mat<f64>) -> Mat<f64> {
        let mut sum = Mat::zeros(self.values(), weights.ncols());
        let mut first = 0;
        for rows in self.blocks() {
            let block = Mat::from_fn(self.values(), rows.len(), |value, row| {
                f64::from(self.faces.bytes(rows[row])[value]) - self.mean[value]
            });
            let weights = weights.get(first..first + rows.len(), ..);
            matmul(&mut sum, Accum::Add, &block, weights, 1.0, parallelism());
            first += rows.len();
        }
        sum
    }
}

/// Adds the lower triangle of x·xᵀ.
fn add_lower_square(sum: &mut Mat<f64>, x: MatRef<'_, f64>) {
    triangular::matmul(
        sum,
        BlockStructure::TriangularLower,
        Accum::Add,
        x,
        BlockStructure::Rectangular,
        x.transpose(),
        BlockStructure::Rectangular,
        1.0,
        parallelism(),
    );
}

/// Adds a single-precision matrix to a double-precision one.
fn add_f32(sum: &mut Mat<f64>, more: &Mat<f32>) {
    sum.as_mut()
        .par_col_iter_mut()
        .zip(more.as_ref().par_col_iter())
        .for_each(|(sum, more)| {
            for (sum, &more) in sum.iter_mut().zip(more.iter()) {
                *sum += f64::from(more);
            }
        });
}

/// [`add_f32`] for the lower triangle.
fn add_f32_lower(sum: &mut Mat<f64>, more: &Mat<f32>) {
    sum.as_mut()
        .par_col_iter_mut()
        .zip(more.as_ref().par_col_iter())
        .enumerate()
        .for_each(|(column, (sum, more))| {
            for (sum, &more) in sum.iter_mut().zip(more.iter()).skip(column) {
                *sum += f64::from(more);
            }
        });
}

fn to_f32(x: MatRef<'_, f64>) -> Mat<f32> {
    Mat::from_fn(x.nrows(), x.ncols(), |row, column| x[(row, column)] as f32)
}
