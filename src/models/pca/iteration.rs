//! Block Krylov iteration for the leading eigenvectors of a large symmetric matrix.

use faer::{Mat, MatRef};

use super::convergence::Convergence;
use super::krylov::{KrylovBasis, random_block};
use crate::error::{Error, Result};

/// Up to this width, convergence is checked in every pass, since it costs little.
const ALWAYS_CHECKED_WIDTH: usize = 500;
/// Blocks beyond the code before the first convergence check.
const FIRST_CHECK_BLOCKS: usize = 4;
/// Blocks beyond the code at which the space is restarted, and how many are kept. This bounds
/// the memory, 8 bytes for each dimension and column.
const RESTART_BLOCKS: usize = 12;
const KEPT_BLOCKS: usize = 4;

/// Called with the number of products done.
pub(in crate::models) type Report<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

/// Called often within long work, which ends when this fails: it may wait, or be cancelled.
pub(crate) type Pause<'a> = &'a mut dyn FnMut() -> Result<()>;

/// How to iterate.
pub(in crate::models) struct KrylovIteration {
    /// Rows of the matrix.
    pub dimensions: usize,
    /// Width of the space at which it holds all eigenvectors.
    pub largest: usize,
    /// Columns that are multiplied at once.
    pub block: usize,
    /// Iteration ends when less than this share of the sum of eigenvalues is expected to follow.
    pub tolerance: f64,
}

impl KrylovIteration {
    /// The `count` leading eigenvectors in orthonormal columns, and their eigenvalues, largest
    /// first, of the symmetric positive matrix that `times` multiplies with, calling its
    /// second argument now and then.
    ///
    /// # Errors
    /// When the eigenvalues of a projection do not converge, or `report` fails.
    pub(in crate::models) fn leading_eigenpairs(
        &self,
        count: usize,
        report: Report,
        mut times: impl FnMut(MatRef<'_, f64>, Pause) -> Result<Mat<f64>>,
    ) -> Result<(Mat<f64>, Vec<f64>)> {
        let (block, largest) = (self.block, self.largest);
        let most = largest.min(count + RESTART_BLOCKS * block);
        let mut space = KrylovBasis::new(self.dimensions, most);
        let mut next = random_block(self.dimensions, block.min(largest));
        let mut convergence = Convergence::new(self.tolerance);
        for pass in 0.. {
            report(pass + 1)?;
            let width = next.ncols();
            if space.width() + width <= count + RESTART_BLOCKS * block {
                space.extend(next);
            } else {
                space.thick_restart(next, count + KEPT_BLOCKS * block)?;
            }
            let product = times(space.last_columns(width), &mut || report(pass + 1))?;
            space.record_product(&product, width);
            let is_complete = space.width() == largest;
            // In a wide space, a convergence check costs more than a block.
            let is_checked = space.width() <= ALWAYS_CHECKED_WIDTH || pass % 2 == 1;
            if is_checked && space.width() >= count + FIRST_CHECK_BLOCKS * block || is_complete {
                let (vectors, values) = space.leading_eigenpairs(count)?;
                if convergence.has_converged(values.iter().sum()) || is_complete {
                    return Ok((space.basis() * vectors, values));
                }
            }
            let width = block.min(largest - space.width());
            next = product.get(.., ..width).to_owned();
        }
        Err(Error::invalid("pca", "did not converge"))
    }
}
