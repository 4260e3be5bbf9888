//! The basis of a block Krylov space, and the projection of a symmetric matrix onto it.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Scale, Side};
use rand_distr::{Distribution, StandardNormal};

use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// Standard normal columns, the same at every call.
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

/// A growing orthonormal basis, and the matrix projected onto it.
pub(super) struct KrylovBasis {
    /// Orthonormal columns.
    columns: Mat<f64>,
    width: usize,
    /// The matrix in this basis: its upper triangle.
    projected: Mat<f64>,
}

impl KrylovBasis {
    /// An empty basis that may grow to `most` columns without being copied.
    pub(super) fn new(rows: usize, most: usize) -> Self {
        Self {
            columns: empty(rows, most),
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

    /// Adds the directions of a block that the basis does not have.
    pub(super) fn extend(&mut self, block: Mat<f64>) {
        let block = self.orthogonalize(block);
        self.append(&block);
    }

    /// Adds a block after shrinking the basis to its `kept` leading Ritz vectors: a thick restart
    /// (Wu and Simon 2000), after which convergence continues.
    pub(super) fn thick_restart(&mut self, block: Mat<f64>, kept: usize) -> Result<()> {
        let block = self.orthogonalize(block);
        let (vectors, values) = self.leading_eigenpairs(kept)?;
        self.columns = self.basis() * vectors;
        self.width = kept;
        self.projected = Mat::from_fn(
            kept,
            kept,
            |row, column| if row == column { values[row] } else { 0.0 },
        );
        self.append(&block);
        Ok(())
    }

    /// The part of a block that is orthogonal to the basis, orthonormalized. Projecting twice is
    /// enough (Giraud, Langou and Rozložník 2005), except for blocks that lie almost wholly in
    /// the space.
    fn orthogonalize(&self, mut block: Mat<f64>) -> Mat<f64> {
        for _ in 0..3 {
            self.subtract_projection(&mut block);
            self.subtract_projection(&mut block);
            block = orthonormal(block);
            let overlap = self.basis().transpose() * &block;
            if overlap.norm_max() < 1e-13 {
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

    /// Subtracts the projection of a block onto the space.
    fn subtract_projection(&self, block: &mut Mat<f64>) {
        let projection = self.basis().transpose() * &*block;
        matmul(
            block,
            Accum::Add,
            self.basis(),
            &projection,
            -1.0,
            parallelism(),
        );
    }

    /// Extends the projected matrix by its product with the newest columns.
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

    /// Rayleigh–Ritz: the leading eigenvectors as coefficients in the basis, and their
    /// eigenvalues.
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

/// A matrix without columns, with room for `most`.
fn empty(rows: usize, most: usize) -> Mat<f64> {
    let mut columns = Mat::with_capacity(rows, most);
    columns.resize_with(rows, 0, |_, _| 0.0);
    columns
}

/// Orthonormal columns with the same nested spans (QR). The columns are scaled first, so that
/// powers of eigenvalues neither overflow nor underflow.
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
