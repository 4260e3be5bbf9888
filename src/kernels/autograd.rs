//! How the fast operations join candle's autograd, and a shorter way backward.
//!
//! Each operation is a candle `CustomOp`, so `loss.backward()` works. candle
//! adds every gradient to a fresh tensor of zeros, though, on one thread, which
//! costs a tenth of a training step; [`backward`] walks the same graph without.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use candle_core::backprop::GradStore;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, CustomOp2, CustomOp3, DType, InplaceOp1, Layout, Shape,
    Storage, Tensor, TensorId,
};

use crate::error::{Error, Result};

type CandleResult<T> = candle_core::Result<T>;

/// An operation on contiguous f32 tensors.
pub(super) trait Operation: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    /// The result of the inputs' values in memory; see [`apply`].
    fn forward(&self, _inputs: &[&[f32]]) -> CandleResult<(Vec<f32>, Shape)> {
        candle_core::bail!("{} is computed before it is applied", self.name())
    }

    /// The inputs' gradients where they are wanted.
    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<Vec<Option<Tensor>>>;
}

/// Which implementation serves some tensors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    /// The kernels for f32 in memory.
    Cpu,
    /// The kernels and products for f32 on a GPU.
    Cuda,
    /// The twins: other types, no values.
    Reference,
}

/// The path of an operation on some tensors.
pub(super) fn backend_for(tensors: &[&Tensor]) -> Backend {
    let all = |test: fn(&Tensor) -> bool| tensors.iter().all(|tensor| test(tensor));
    match all(|tensor| tensor.dtype() == DType::F32 && tensor.elem_count() > 0) {
        true if all(|tensor| tensor.device().is_cpu()) => Backend::Cpu,
        true if all(|tensor| tensor.device().is_cuda()) => Backend::Cuda,
        _ => Backend::Reference,
    }
}

/// Applies a node with a forward kernel to one to three tensors.
pub(super) fn apply(node: impl Operation, inputs: &[&Tensor]) -> Result<Tensor> {
    record(node, inputs, None)
}

/// Makes a result that was computed from one to three tensors known to autograd;
/// on a GPU its memory is taken over, so nothing else may share it.
pub(super) fn apply_precomputed(
    node: impl Operation,
    inputs: &[&Tensor],
    result: Tensor,
) -> Result<Tensor> {
    record(node, inputs, Some(result.contiguous()?))
}

fn record(node: impl Operation, inputs: &[&Tensor], made: Option<Tensor>) -> Result<Tensor> {
    let inputs = inputs
        .iter()
        .map(|tensor| tensor.contiguous())
        .collect::<CandleResult<Vec<_>>>()?;
    let is_tracked = inputs.iter().any(Tensor::track_op);
    if let (Some(made), false) = (&made, is_tracked) {
        return Ok(made.clone());
    }
    let applied = Arc::new(AppliedOperation {
        operation: Box::new(node),
        inputs,
    });
    let op = CandleOp {
        applied: applied.clone(),
        precomputed: made,
    };
    let result = match applied.inputs.as_slice() {
        [a] => a.apply_op1(op)?,
        [a, b] => a.apply_op2(b, op)?,
        [a, b, c] => a.apply_op3(b, c, op)?,
        other => {
            return Err(Error::invalid(
                applied.operation.name(),
                format!("{} inputs instead of one to three", other.len()),
            ));
        }
    };
    if is_tracked {
        register(&result, &applied);
    }
    Ok(result)
}

/// The values of a contiguous f32 tensor in memory.
pub(super) struct CpuValues<'a> {
    storage: Box<dyn Deref<Target = Storage> + 'a>,
    start: usize,
    end: usize,
}

impl<'a> CpuValues<'a> {
    pub fn of(tensor: &'a Tensor) -> CandleResult<Self> {
        let (storage, layout) = tensor.storage_and_layout();
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a kernel got a tensor that is not contiguous");
        };
        Ok(Self {
            storage: Box::new(storage),
            start,
            end,
        })
    }

    pub fn as_slice(&self) -> CandleResult<&[f32]> {
        match &**self.storage {
            Storage::Cpu(storage) => Ok(&storage.as_slice::<f32>()?[self.start..self.end]),
            _ => candle_core::bail!("a kernel for the CPU got a tensor from elsewhere"),
        }
    }
}

/// An operation with what it was applied to.
struct AppliedOperation {
    operation: Box<dyn Operation>,
    inputs: Vec<Tensor>,
}

/// What candle's graph holds.
struct CandleOp {
    applied: Arc<AppliedOperation>,
    /// The result, if it was computed before.
    precomputed: Option<Tensor>,
}

/// The values of a contiguous f32 tensor, from what candle hands an operation.
pub(super) fn cpu_slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> CandleResult<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("a kernel got a tensor that is not contiguous"),
    }
}

impl CandleOp {
    fn forward(&self, inputs: &[(&CpuStorage, &Layout)]) -> CandleResult<(CpuStorage, Shape)> {
        if let Some(made) = &self.precomputed {
            let values = made.flatten_all()?.to_vec1::<f32>()?;
            return Ok((CpuStorage::F32(values), made.shape().clone()));
        }
        let slices = inputs
            .iter()
            .map(|(storage, layout)| cpu_slice(storage, layout))
            .collect::<CandleResult<Vec<_>>>()?;
        let (result, shape) = self.applied.operation.forward(&slices)?;
        Ok((CpuStorage::F32(result), shape))
    }

    fn cuda_forward(&self) -> CandleResult<(CudaStorage, Shape)> {
        let Some(made) = &self.precomputed else {
            candle_core::bail!("{} has no kernel for a GPU", self.applied.operation.name());
        };
        let taking = TakeStorage::default();
        made.inplace_op1(&taking)?;
        let taken = taking
            .0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match taken {
            Some(storage) => Ok((storage, made.shape().clone())),
            None => candle_core::bail!("a result lies elsewhere than its inputs"),
        }
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<std::vec::IntoIter<Option<Tensor>>> {
        let gradient = gradient.contiguous()?;
        Ok(self
            .applied
            .operation
            .backward(inputs, result, &gradient)?
            .into_iter())
    }
}

/// Takes a tensor's memory from it; what stays behind is not used again.
#[derive(Default)]
struct TakeStorage(Mutex<Option<CudaStorage>>);

impl InplaceOp1 for TakeStorage {
    fn name(&self) -> &'static str {
        "take"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> CandleResult<()> {
        candle_core::bail!("a result lies in memory, its inputs on a GPU")
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

/// How results came about, as long as they live: candle does not tell.
type OperationRegistry = HashMap<TensorId, Weak<AppliedOperation>>;

fn registry() -> &'static Mutex<OperationRegistry> {
    static ORIGINS: OnceLock<Mutex<OperationRegistry>> = OnceLock::new();
    ORIGINS.get_or_init(Mutex::default)
}

/// Entries beyond which those of dropped results are looked for.
const PRUNE_ABOVE: usize = 512;

fn register(result: &Tensor, applied: &Arc<AppliedOperation>) {
    let mut origins = registry().lock().unwrap_or_else(PoisonError::into_inner);
    if origins.len() > PRUNE_ABOVE {
        origins.retain(|_, origin| origin.strong_count() > 0);
    }
    origins.insert(result.id(), Arc::downgrade(applied));
}

/// Gradients of a scalar for every variable that it depends on: what
/// `loss.backward()` gives, sooner where all of the graph is made of this
/// module's operations in memory; by candle otherwise.
///
/// # Errors
/// Those of candle.
pub fn backward(loss: &Tensor) -> Result<GradStore> {
    let nodes = loss.sorted_nodes();
    let mut steps: Vec<(&Tensor, Arc<AppliedOperation>)> = Vec::with_capacity(nodes.len());
    {
        let origins = registry().lock().unwrap_or_else(PoisonError::into_inner);
        for node in nodes.iter().filter(|node| !node.is_variable()) {
            match origins.get(&node.id()).and_then(Weak::upgrade) {
                Some(applied) => steps.push((*node, applied)),
                None => return Ok(loss.backward()?),
            }
        }
    }
    let mut gradients = GradStore::default();
    gradients.insert(loss, loss.ones_like()?);
    for (result, applied) in steps {
        let Some(gradient) = gradients.remove(result) else {
            continue;
        };
        let inputs: Vec<&Tensor> = applied.inputs.iter().collect();
        let found = applied
            .operation
            .backward(&inputs, result, &gradient.contiguous()?)?;
        for (input, gradient) in inputs.into_iter().zip(found) {
            let Some(gradient) = gradient.filter(|_| input.track_op()) else {
                continue;
            };
            let sum = match gradients.remove(input) {
                Some(other) => (other + gradient)?,
                None => gradient,
            };
            gradients.insert(input, sum.detach());
        }
    }
    Ok(gradients)
}
