//! Matrix products of operands, by cuBLAS on a GPU.

use candle_core::{DType, Result, Tensor};

/// A matrix as it lies, `[rows, columns]`, or its transpose.
#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    AsIs(&'a Tensor),
    Transposed(&'a Tensor),
}

impl Side<'_> {
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
pub(super) fn product(a: Side, b: Side, to: DType) -> Result<Tensor> {
    let ((m, depth), (also_depth, n)) = (a.dims()?, b.dims()?);
    if depth != also_depth || a.tensor().dtype() != b.tensor().dtype() {
        candle_core::bail!("a product of {:?} and {:?}", a.tensor(), b.tensor());
    }
    #[cfg(feature = "cuda")]
    if a.tensor().device().is_cuda() {
        let result = super::launch::fresh((m, n), to, a.tensor().device())?;
        result.inplace_op1(&on_gpu::Gemm { a, b, m, n, depth })?;
        return Ok(result);
    }
    let result = in_memory(a, b)?;
    debug_assert_eq!(result.dims(), [m, n]);
    result.to_dtype(to)
}

/// The same by candle, for tests.
fn in_memory(a: Side, b: Side) -> Result<Tensor> {
    let side = |side: Side| match side {
        Side::AsIs(tensor) => tensor.to_dtype(DType::F32),
        Side::Transposed(tensor) => tensor.to_dtype(DType::F32)?.t(),
    };
    side(a)?.matmul(&side(b)?)
}

#[cfg(feature = "cuda")]
mod on_gpu {
    use candle_core::backend::BackendStorage;
    use candle_core::cuda_backend::WrapErr;
    use candle_core::cuda_backend::cudarc::cublas::result::gemm_ex;
    use candle_core::cuda_backend::cudarc::cublas::sys::{
        cublasComputeType_t::{CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32},
        cublasGemmAlgo_t::CUBLAS_GEMM_DFALT,
        cublasOperation_t::{self, CUBLAS_OP_N, CUBLAS_OP_T},
        cudaDataType::{self, CUDA_R_16BF, CUDA_R_32F},
    };
    use candle_core::{CudaStorage, DType, InplaceOp1, Layout, Result, Storage};

    use super::Side;
    use crate::kernels::lowered::is_exact;
    use crate::kernels::lowered::launch::on_gpu::address;

    pub(super) struct Gemm<'a> {
        pub a: Side<'a>,
        pub b: Side<'a>,
        pub m: usize,
        pub n: usize,
        pub depth: usize,
    }

    fn kind(dtype: DType) -> cudaDataType {
        match dtype {
            DType::BF16 => CUDA_R_16BF,
            _ => CUDA_R_32F,
        }
    }

    impl Side<'_> {
        /// Address, type, and distance of the rows.
        fn told(&self) -> Result<(u64, cudaDataType, i32)> {
            let (storage, layout) = self.tensor().storage_and_layout();
            let address = match &*storage {
                Storage::Cuda(storage) => address(storage, layout)?,
                _ => candle_core::bail!("a product got a tensor from elsewhere"),
            };
            let columns = self.tensor().dim(1)?;
            Ok((address, kind(self.tensor().dtype()), columns as i32))
        }

        fn turned(&self) -> cublasOperation_t {
            match self {
                Side::AsIs(_) => CUBLAS_OP_N,
                Side::Transposed(_) => CUBLAS_OP_T,
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
            let ((a, a_kind, a_step), (b, b_kind, b_step)) = (self.a.told()?, self.b.told()?);
            let c = address(storage, layout)?;
            let (one, zero) = (1f32, 0f32);
            let blas = storage.device.cublas_handle();
            // cuBLAS reads columns first, so it sees every matrix transposed: it is
            // asked for bᵀ · aᵀ.
            // SAFETY: the three matrices are contiguous, of the sizes told, and alive
            // until the work that is put on the device's one stream here.
            unsafe {
                gemm_ex(
                    *blas.handle(),
                    self.b.turned(),
                    self.a.turned(),
                    self.n as i32,
                    self.m as i32,
                    self.depth as i32,
                    std::ptr::from_ref(&one).cast(),
                    b as *const _,
                    b_kind,
                    b_step,
                    a as *const _,
                    a_kind,
                    a_step,
                    std::ptr::from_ref(&zero).cast(),
                    c as *mut _,
                    kind(storage.dtype()),
                    self.n as i32,
                    compute,
                    CUBLAS_GEMM_DFALT,
                )
            }
            .w()
        }
    }
}
