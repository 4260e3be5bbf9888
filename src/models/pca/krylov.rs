//! A block Krylov space: orthonormal directions, grown block by block, and a
//! symmetric matrix as it is seen in them.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Scale, Side};
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// Normally distributed columns, the same at every call.
pub(super) fn random_block(rows: usize, columns: usize) -> Mat<f64> {
    let mut block = Mat::zeros(rows, columns);
    for column in 0..columns {
        let mut rng = generator(0, Purpose::Sketch, 0, column as u64);
        for value in block.col_as_slice_mut(column) {
            *value = StandardNormal.sample(&mut rng);
        }
    }
    block
}

/// A growing space with the matrix seen in it.
pub(super) struct KrylovBasis {
    /// Orthonormal columns, with room for more.
    columns: Mat<f64>,
    width: usize,
    /// The matrix in the basis: its upper half.
    projected: Mat<f64>,
}

impl KrylovBasis {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            columns: Mat::zeros(rows, 0),
            width: 0,
            projected: Mat::zeros(0, 0),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn basis(&self) -> MatRef<'_, f64> {
        self.columns.get(.., ..self.width)
    }

    pub(super) fn last_columns(&self, width: usize) -> MatRef<'_, f64> {
        self.columns.get(.., self.width - width..self.width)
    }

    /// Adds what is new in a block.
    pub(super) fn extend(&mut self, block: Mat<f64>) {
        let fresh = self.orthogonalize(block);
        self.append(&fresh);
    }

    /// Adds what is new in a block, after the space has shrunk to its leading
    /// eigenvectors: what these and the block know of the matrix goes on as if
    /// nothing had been left out (thick restart: Wu and Simon 2000).
    pub(super) fn thick_restart(&mut self, block: Mat<f64>, kept: usize) -> Result<()> {
        let fresh = self.orthogonalize(block);
        let (vectors, values) = self.leading_eigenpairs(kept)?;
        self.columns = self.basis() * vectors;
        self.width = kept;
        self.projected = Mat::from_fn(
            kept,
            kept,
            |row, column| if row == column { values[row] } else { 0.0 },
        );
        self.append(&fresh);
        Ok(())
    }

    /// What is new in a block, orthonormal. Taking away what the space already
    /// has twice is enough (Giraud, Langou and Rozložník 2005), except for
    /// blocks that have hardly anything new.
    fn orthogonalize(&self, mut block: Mat<f64>) -> Mat<f64> {
        for _ in 0..3 {
            self.subtract_projection(&mut block);
            self.subtract_projection(&mut block);
            block = orthonormal(block);
            let left = self.basis().transpose() * &block;
            if left.norm_max() < 1e-13 {
                break;
            }
        }
        block
    }

    fn append(&mut self, block: &Mat<f64>) {
        let before = self.width;
        self.width += block.ncols();
        self.columns
            .resize_with(block.nrows(), self.width, |row, column| {
                block[(row, column - before)]
            });
    }

    /// Subtracts what the space has of a block.
    fn subtract_projection(&self, block: &mut Mat<f64>) {
        let shadow = self.basis().transpose() * &*block;
        matmul(
            block,
            Accum::Add,
            self.basis(),
            &shadow,
            -1.0,
            parallelism(),
        );
    }

    /// Takes down the matrix's products with the newest columns.
    pub(super) fn record_product(&mut self, product: &Mat<f64>, newest: usize) {
        let column = self.basis().transpose() * product;
        let before = self.width - newest;
        self.projected
            .resize_with(self.width, self.width, |row, at| {
                if at >= before {
                    column[(row, at - before)]
                } else {
                    0.0
                }
            });
    }

    /// Rayleigh–Ritz: coefficients of the leading eigenvectors, and eigenvalues.
    pub(super) fn leading_eigenpairs(&self, code: usize) -> Result<(Mat<f64>, Vec<f64>)> {
        let eigen = self
            .projected
            .transpose()
            .self_adjoint_eigen(Side::Lower)
            .map_err(eigen_error)?;
        let first = self.width - code;
        let vectors = eigen.U().get(.., first..).reverse_cols().to_owned();
        let values = (0..code).map(|i| eigen.S()[self.width - 1 - i]).collect();
        Ok((vectors, values))
    }
}

/// Orthonormal columns that span, one after the other, what these do; scaled
/// first, so that no power of an eigenvalue over- or underflows.
pub(super) fn orthonormal(columns: Mat<f64>) -> Mat<f64> {
    let largest = columns.norm_max();
    let scaled = if largest > 0.0 {
        columns * Scale(1.0 / largest)
    } else {
        columns
    };
    scaled.qr().compute_thin_Q()
}

pub(super) fn parallelism() -> Par {
    Par::rayon(0)
}

pub(super) fn eigen_error<E>(_: E) -> Error {
    Error::invalid("pca", "the eigenvalues did not converge")
}
