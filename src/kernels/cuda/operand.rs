//! An operand of a matrix product.

use candle_core::{Result, Tensor};

/// A matrix `[rows, columns]` as it is in memory, or its transpose. It may be the first
/// columns of a wider one.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    AsIs(&'a Tensor),
    Transposed(&'a Tensor),
}

impl Operand<'_> {
    pub(crate) fn tensor(&self) -> &Tensor {
        let (Self::AsIs(tensor) | Self::Transposed(tensor)) = self;
        tensor
    }

    /// Rows and columns of what enters the product.
    pub(crate) fn dims(&self) -> Result<(usize, usize)> {
        let (rows, columns) = self.tensor().dims2()?;
        Ok(match self {
            Self::AsIs(_) => (rows, columns),
            Self::Transposed(_) => (columns, rows),
        })
    }
}
