//! What the kernels of `kernels.cu` are called with.

/// Most tensors and most whole numbers that a kernel takes, as in `kernels.cu`.
pub(super) const MAX_POINTERS: usize = 64;
pub(super) const MAX_SIZES: usize = 20;

/// The arguments of a kernel; `Args` in `kernels.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Args {
    pub count: i64,
    pub pointers: [u64; MAX_POINTERS],
    pub sizes: [i64; MAX_SIZES],
    pub scalar: f32,
}

// SAFETY: plain numbers, laid out as the kernels read them.
#[cfg(feature = "cuda")]
unsafe impl candle_core::cuda_backend::cudarc::driver::DeviceRepr for Args {}
