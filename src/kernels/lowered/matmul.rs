//! Matrix products of operands, by cuBLAS on a GPU.

use candle_core::{DType, Result, Tensor};

use super::reductions;

/// A matrix as it lies, `[rows, columns]`, or its transpose; it may be the first columns
/// of a wider one.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    AsIs(&'a Tensor),
    Transposed(&'a Tensor),
}

impl Operand<'_> {
    fn tensor(&self) -> &Tensor {
        let (Self::AsIs(tensor) | Self::Transposed(tensor)) = self;
        tensor
    }

    /// Rows and columns of what enters the product.
    fn dims(&self) -> Result<(usize, usize)> {
        let (rows, columns) = self.tensor().dims2()?;
        Ok(match self {
            Self::AsIs(_) => (rows, columns),
            Self::Transposed(_) => (columns, rows),
        })
    }
}

/// a · b, summed in f32; the result is of type `to`: f32 or the operands'.
pub(super) fn matmul(a: Operand, b: Operand, to: DType) -> Result<Tensor> {
    let ((m, depth), (also_depth, n)) = (a.dims()?, b.dims()?);
    if depth != also_depth || a.tensor().dtype() != b.tensor().dtype() {
        candle_core::bail!("a product of {:?} and {:?}", a.tensor(), b.tensor());
    }
    #[cfg(feature = "cuda")]
    if a.tensor().device().is_cuda() {
        let result = super::launch::uninit((m, n), to, a.tensor().device())?;
        result.inplace_op1(&on_gpu::Gemm {
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

/// The same by candle, for tests.
fn matmul_on_cpu(a: Operand, b: Operand) -> Result<Tensor> {
    let side = |side: Operand| match side {
        Operand::AsIs(tensor) => tensor.contiguous()?.to_dtype(DType::F32),
        Operand::Transposed(tensor) => tensor.contiguous()?.to_dtype(DType::F32)?.t(),
    };
    side(a)?.matmul(&side(b)?)
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

/// Into how many parts rows are cut for a result of m · n values.
fn split_k_parts(rows: usize, m: usize, n: usize) -> usize {
    /// Results of the products' kernels come in tiles of about so many rows and columns,
    const TILE: usize = 128;
    /// and so many tiles keep the multiprocessors of any GPU busy.
    const TILES: usize = 256;
    /// With fewer rows to a part, beginning it and adding it up are what takes time.
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
        let result = super::launch::uninit((parts, m, n), DType::F32, a.device())?;
        result.inplace_op1(&on_gpu::Gemm {
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

#[cfg(feature = "cuda")]
mod on_gpu {
    use candle_core::backend::BackendStorage;
    use candle_core::cuda_backend::WrapErr;
    use candle_core::cuda_backend::cudarc::cublas::result::gemm_strided_batched_ex;
    use candle_core::cuda_backend::cudarc::cublas::sys::{
        cublasComputeType_t::{CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32},
        cublasGemmAlgo_t::CUBLAS_GEMM_DFALT,
        cublasOperation_t::{self, CUBLAS_OP_N, CUBLAS_OP_T},
        cudaDataType::{self, CUDA_R_16BF, CUDA_R_32F},
    };
    use candle_core::{CudaStorage, DType, InplaceOp1, Layout, Result, Storage};

    use super::Operand;
    use crate::kernels::lowered::is_exact;
    use crate::kernels::lowered::launch::on_gpu::{address, address_at};

    pub(super) struct Gemm<'a> {
        pub a: Operand<'a>,
        pub b: Operand<'a>,
        pub m: usize,
        pub n: usize,
        pub depth: usize,
        /// So many products of rows that lie one after the other, and so do the results.
        pub parts: usize,
    }

    fn cuda_dtype(dtype: DType) -> cudaDataType {
        match dtype {
            DType::BF16 => CUDA_R_16BF,
            _ => CUDA_R_32F,
        }
    }

    impl Operand<'_> {
        /// Address, type, and distance of the rows.
        fn layout(&self) -> Result<(u64, cudaDataType, i32)> {
            let (storage, layout) = self.tensor().storage_and_layout();
            let Storage::Cuda(storage) = &*storage else {
                candle_core::bail!("a product got a tensor from elsewhere");
            };
            let &[row, 1] = layout.stride() else {
                candle_core::bail!("a product got a matrix whose rows do not lie in memory");
            };
            let address = address_at(storage, layout.start_offset())?;
            Ok((address, cuda_dtype(self.tensor().dtype()), row as i32))
        }

        fn transpose_flag(&self) -> cublasOperation_t {
            match self {
                Operand::AsIs(_) => CUBLAS_OP_N,
                Operand::Transposed(_) => CUBLAS_OP_T,
            }
        }
    }

    impl InplaceOp1 for Gemm<'_> {
        fn name(&self) -> &'static str {
            "product"
        }

        fn cpu_fwd(&self, _: &mut candle_core::CpuStorage, _: &Layout) -> Result<()> {
            candle_core::bail!("products in memory are candle's")
        }

        fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
            let compute = match is_exact() || self.a.tensor().dtype() == DType::BF16 {
                true => CUBLAS_COMPUTE_32F,
                false => CUBLAS_COMPUTE_32F_FAST_TF32,
            };
            let ((a, a_kind, a_step), (b, b_kind, b_step)) = (self.a.layout()?, self.b.layout()?);
            let c = address(storage, layout)?;
            let (one, zero) = (1f32, 0f32);
            let blas = storage.device.cublas_handle();
            // cuBLAS reads columns first, so it sees every matrix transposed: it is
            // asked for bᵀ · aᵀ.
            // From one part to the next, of as many rows as the depth.
            let step = |row: i32| self.depth as i64 * i64::from(row);
            // SAFETY: the three matrices are of the sizes told, their rows lie so far apart, and are alive
            // until the work that is put on the device's one stream here.
            unsafe {
                gemm_strided_batched_ex(
                    *blas.handle(),
                    self.b.transpose_flag(),
                    self.a.transpose_flag(),
                    self.n as i32,
                    self.m as i32,
                    self.depth as i32,
                    std::ptr::from_ref(&one).cast(),
                    b as *const _,
                    b_kind,
                    b_step,
                    step(b_step),
                    a as *const _,
                    a_kind,
                    a_step,
                    step(a_step),
                    std::ptr::from_ref(&zero).cast(),
                    c as *mut _,
                    cuda_dtype(storage.dtype()),
                    self.n as i32,
                    (self.m * self.n) as i64,
                    self.parts as i32,
                    compute,
                    CUBLAS_GEMM_DFALT,
                )
            }
            .w()
        }
    }
}
