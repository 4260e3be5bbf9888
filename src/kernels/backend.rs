//! Which implementation computes an operation.

use candle_core::{DType, Tensor};

/// The implementation that serves some tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    /// The kernels in [`super::cpu`]: f32 in memory.
    Cpu,
    /// The kernels in [`super::cuda`]: f32 on a GPU.
    Cuda,
    /// candle's own operations, as composed in [`super::reference`]: other types,
    /// and tensors without values.
    Reference,
}

impl Backend {
    /// The backend for an operation on these tensors.
    pub(crate) fn of(tensors: &[&Tensor]) -> Self {
        let all = |test: fn(&Tensor) -> bool| tensors.iter().all(|tensor| test(tensor));
        if !all(|tensor| tensor.dtype() == DType::F32 && tensor.elem_count() > 0) {
            Self::Reference
        } else if all(|tensor| tensor.device().is_cpu()) {
            Self::Cpu
        } else if all(|tensor| tensor.device().is_cuda()) {
            Self::Cuda
        } else {
            Self::Reference
        }
    }
}
