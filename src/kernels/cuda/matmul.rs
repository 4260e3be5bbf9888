//! Matrix products of operands, by cuBLAS on a GPU.

use candle_core::{DType, Result, Tensor};

#[cfg(feature = "cuda")]
use super::gemm::Gemm;
#[cfg(feature = "cuda")]
use super::launch::uninit;
use super::operand::Operand;
use super::reductions;

/// a · b, summed in f32; the result is of type `to`: f32 or the operands'.
pub(super) fn matmul(a: Operand, b: Operand, to: DType) -> Result<Tensor> {
    let ((m, depth), (also_depth, n)) = (a.dims()?, b.dims()?);
    if depth != also_depth || a.tensor().dtype() != b.tensor().dtype() {
        candle_core::bail!("a product of {:?} and {:?}", a.tensor(), b.tensor());
    }
    #[cfg(feature = "cuda")]
    if a.tensor().device().is_cuda() {
        let result = uninit((m, n), to, a.tensor().device())?;
        result.inplace_op1(&Gemm {
            a,
            b,
            m,
            n,
            depth,
            parts: 1,
        })?;
        return Ok(result);
    }
    let result = matmul_on_cpu(a, b)?;
    debug_assert_eq!(result.dims(), [m, n]);
    result.to_dtype(to)
}

/// The same by candle, in memory, for tests.
fn matmul_on_cpu(a: Operand, b: Operand) -> Result<Tensor> {
    let matrix = |operand: Operand| match operand {
        Operand::AsIs(tensor) => tensor.contiguous()?.to_dtype(DType::F32),
        Operand::Transposed(tensor) => tensor.contiguous()?.to_dtype(DType::F32)?.t(),
    };
    matrix(a)?.matmul(&matrix(b)?)
}

/// aᵀ · b, f32, of `[rows, m]` and `[rows, n]`: the gradient of weights from many rows.
/// There are far more rows than results, so the rows are cut into parts that a GPU
/// multiplies side by side, and the parts' results are added up.
pub(super) fn split_k_gemm(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let ((rows, m), (also_rows, n)) = (a.dims2()?, b.dims2()?);
    if rows != also_rows || a.dtype() != b.dtype() {
        candle_core::bail!("a product over the rows of {a:?} and {b:?}");
    }
    let parts = split_k_parts(rows, m, n);
    if parts == 1 {
        return matmul(Operand::Transposed(a), Operand::AsIs(b), DType::F32);
    }
    let each = partial_products(a, b, parts)?;
    reductions::column_sums(each.reshape((parts, m * n))?, 1.0)?.reshape((m, n))
}

/// The number of parts that rows are cut into, for a result of m · n values.
fn split_k_parts(rows: usize, m: usize, n: usize) -> usize {
    /// cuBLAS computes results in tiles of about this many rows and columns.
    const TILE: usize = 128;
    /// Tiles that keep the multiprocessors of any GPU busy.
    const TILES: usize = 256;
    /// With fewer rows to a part, starting it and adding it up take longer than its product.
    const ROWS: usize = 256;
    let tiles = m.div_ceil(TILE) * n.div_ceil(TILE);
    let most = (TILES / tiles.max(1))
        .min(rows / ROWS)
        .min(reductions::VALUES_PER_THREAD);
    let mut parts = 1;
    while 2 * parts <= most && rows.is_multiple_of(2 * parts) {
        parts *= 2;
    }
    parts
}

/// The products of the parts `[parts, m, n]`.
fn partial_products(a: &Tensor, b: &Tensor, parts: usize) -> Result<Tensor> {
    let ((rows, m), n) = (a.dims2()?, b.dim(1)?);
    #[cfg(feature = "cuda")]
    if a.device().is_cuda() {
        let result = uninit((parts, m, n), DType::F32, a.device())?;
        result.inplace_op1(&Gemm {
            a: Operand::Transposed(a),
            b: Operand::AsIs(b),
            m,
            n,
            depth: rows / parts,
            parts,
        })?;
        return Ok(result);
    }
    let side = |side: &Tensor, columns| {
        side.to_dtype(DType::F32)?
            .reshape((parts, rows / parts, columns))
    };
    side(a, m)?.transpose(1, 2)?.matmul(&side(b, n)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_and_no_more_than_pay() {
        assert_eq!(split_k_parts(1 << 20, 32, 32), 64);
        assert_eq!(split_k_parts(1 << 18, 288, 64), 64);
        assert_eq!(split_k_parts(1 << 14, 1152, 256), 8);
        assert_eq!(split_k_parts(1024, 27, 32), 4);
        assert_eq!(split_k_parts(1021 * 512, 27, 32), 64);
        for rows in [0, 1, 255, 511, 1021 * 511] {
            assert_eq!(split_k_parts(rows, 32, 32), 1);
        }
    }
}
