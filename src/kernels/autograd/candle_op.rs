//! An applied operation as candle's graph holds it.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, CustomOp2, CustomOp3, InplaceOp1, Layout, Shape, Tensor,
};

use super::operation::{AppliedOperation, CandleResult};

/// The candle side of an [`AppliedOperation`].
pub(super) struct CandleOp {
    pub applied: Arc<AppliedOperation>,
    /// The result, if it is already computed.
    pub precomputed: Option<Tensor>,
}

/// The values of a contiguous f32 tensor, from what candle passes to an operation.
pub(in super::super) fn cpu_slice<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> CandleResult<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("a kernel got a tensor that is not contiguous"),
    }
}

impl CandleOp {
    fn forward(&self, inputs: &[(&CpuStorage, &Layout)]) -> CandleResult<(CpuStorage, Shape)> {
        if let Some(result) = &self.precomputed {
            let values = result.flatten_all()?.to_vec1::<f32>()?;
            return Ok((CpuStorage::F32(values), result.shape().clone()));
        }
        let slices = inputs
            .iter()
            .map(|(storage, layout)| cpu_slice(storage, layout))
            .collect::<CandleResult<Vec<_>>>()?;
        let (result, shape) = self.applied.operation.forward(&slices)?;
        Ok((CpuStorage::F32(result), shape))
    }

    fn cuda_forward(&self) -> CandleResult<(CudaStorage, Shape)> {
        let Some(result) = &self.precomputed else {
            candle_core::bail!("{} has no kernel for a GPU", self.applied.operation.name());
        };
        let taken = TakeStorage::default();
        result.inplace_op1(&taken)?;
        let taken = taken.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        match taken {
            Some(storage) => Ok((storage, result.shape().clone())),
            None => candle_core::bail!("a result is on another device than its inputs"),
        }
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<std::vec::IntoIter<Option<Tensor>>> {
        let gradients = self.applied.operation.backward(inputs, result, gradient)?;
        Ok(gradients.into_iter())
    }
}

/// Takes a tensor's memory from it. The tensor must not be used afterwards.
#[derive(Default)]
struct TakeStorage(Mutex<Option<CudaStorage>>);

impl InplaceOp1 for TakeStorage {
    fn name(&self) -> &'static str {
        "take"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> CandleResult<()> {
        candle_core::bail!("a result is in memory, its inputs are on a GPU")
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> CandleResult<()> {
        if layout.contiguous_offsets() != Some((0, layout.shape().elem_count())) {
            candle_core::bail!("a result is part of another tensor");
        }
        let device = storage.device.clone();
        // SAFETY: one float that nobody reads.
        let rest = CudaStorage::wrap_cuda_slice(unsafe { device.alloc::<f32>(1) }?, device);
        let taken = std::mem::replace(storage, rest);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
        Ok(())
    }
}

impl CustomOp1 for CandleOp {
    fn name(&self) -> &'static str {
        self.applied.operation.name()
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> CandleResult<(CpuStorage, Shape)> {
        self.forward(&[(s, l)])
    }

    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout) -> CandleResult<(CudaStorage, Shape)> {
        self.cuda_forward()
    }

    fn bwd(&self, a: &Tensor, result: &Tensor, gradient: &Tensor) -> CandleResult<Option<Tensor>> {
        Ok(self.backward(&[a], result, gradient)?.next().flatten())
    }
}

impl CustomOp2 for CandleOp {
    fn name(&self) -> &'static str {
        self.applied.operation.name()
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> CandleResult<(CpuStorage, Shape)> {
        self.forward(&[(s1, l1), (s2, l2)])
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> CandleResult<(CudaStorage, Shape)> {
        self.cuda_forward()
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<(Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[a, b], result, gradient)?;
        let mut next = || gradients.next().flatten();
        Ok((next(), next()))
    }
}

impl CustomOp3 for CandleOp {
    fn name(&self) -> &'static str {
        self.applied.operation.name()
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> CandleResult<(CpuStorage, Shape)> {
        self.forward(&[(s1, l1), (s2, l2), (s3, l3)])
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> CandleResult<(CudaStorage, Shape)> {
        self.cuda_forward()
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[a, b, c], result, gradient)?;
        let mut next = || gradients.next().flatten();
        Ok((next(), next(), next()))
    }
}
