//! Matrix products by cuBLAS.

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

use super::driver::{address, address_at};
use super::operand::Operand;
use crate::kernels::precision::is_exact;

pub(super) struct Gemm<'a> {
    pub a: Operand<'a>,
    pub b: Operand<'a>,
    pub m: usize,
    pub n: usize,
    pub depth: usize,
    /// The number of products; their operands and results follow each other in memory.
    pub parts: usize,
}

fn cuda_dtype(dtype: DType) -> cudaDataType {
    match dtype {
        DType::BF16 => CUDA_R_16BF,
        _ => CUDA_R_32F,
    }
}

impl Operand<'_> {
    /// Address, type, and distance between rows.
    fn layout(&self) -> Result<(u64, cudaDataType, i32)> {
        let (storage, layout) = self.tensor().storage_and_layout();
        let Storage::Cuda(storage) = &*storage else {
            candle_core::bail!("a product got a tensor from another device");
        };
        let &[row, 1] = layout.stride() else {
            candle_core::bail!("a product got a matrix whose rows are not contiguous");
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
        let compute = if is_exact() || self.a.tensor().dtype() == DType::BF16 {
            CUBLAS_COMPUTE_32F
        } else {
            CUBLAS_COMPUTE_32F_FAST_TF32
        };
        let ((a, a_dtype, a_stride), (b, b_dtype, b_stride)) = (self.a.layout()?, self.b.layout()?);
        let c = address(storage, layout)?;
        let (one, zero) = (1f32, 0f32);
        let blas = storage.device.cublas_handle();
        // The distance from one part to the next, which has as many rows as the depth.
        let part_stride = |row: i32| self.depth as i64 * i64::from(row);
        // cuBLAS is column-major, so it sees every matrix transposed, and computes bᵀ · aᵀ.
        // SAFETY: the three matrices have the sizes and row distances given here, and are alive
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
                b_dtype,
                b_stride,
                part_stride(b_stride),
                a as *const _,
                a_dtype,
                a_stride,
                part_stride(a_stride),
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
