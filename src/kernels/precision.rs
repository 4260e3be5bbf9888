//! How exact products on a GPU are.

use std::cell::Cell;

use candle_core::DType;
use serde::{Deserialize, Serialize};

/// The precision of matrix products on a GPU. Weights, moments, sums and
/// everything between the products are f32; the CPU always computes in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 bits of mantissa.
    F32,
    /// f32 rounded to 11 bits of mantissa inside the product, on the tensor
    /// cores: several times as fast.
    #[default]
    Tf32,
    /// Operands and results of the products have 8 bits of mantissa.
    Bf16,
}

thread_local! {
    static PRECISION: Cell<Precision> = const { Cell::new(Precision::F32) };
}

/// Sets the precision of the layers that this thread computes on a GPU; f32 until
/// then. Other products (principal components, spectra) are always f32.
pub fn set_precision(precision: Precision) {
    PRECISION.set(precision);
}

/// Whether f32 operands must not be rounded inside a product.
#[cfg(feature = "cuda")]
pub(super) fn is_exact() -> bool {
    PRECISION.get() == Precision::F32
}

/// The type of the products' operands.
pub(super) fn operand_dtype() -> DType {
    match PRECISION.get() {
        Precision::Bf16 => DType::BF16,
        Precision::F32 | Precision::Tf32 => DType::F32,
    }
}
