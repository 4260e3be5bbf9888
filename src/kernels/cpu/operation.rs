//! Operations computed by kernels on values in memory, for [`autograd`].
//!
//! [`autograd`]: crate::kernels::autograd

use std::ops::Deref;

use candle_core::{Device, Shape, Storage, Tensor};

use super::buffer::UninitBuffer;
use crate::kernels::autograd::{BackwardPass, CandleResult, Operation};

/// An operation whose passes both work on slices.
pub(super) trait CpuOperation<const N: usize>: Send + Sync + 'static {
    const NAME: &'static str;

    /// The result and its shape.
    fn forward(&self, inputs: [&[f32]; N]) -> (Vec<f32>, Shape);

    /// The inputs' gradients, each as long as its input; `None` where it is not needed.
    fn backward(&self, pass: &BackwardPass<'_, [f32], N>) -> [Option<Vec<f32>>; N];
}

impl<O: CpuOperation<N>, const N: usize> Operation<N> for O {
    const NAME: &'static str = <O as CpuOperation<N>>::NAME;

    fn forward(&self, inputs: [&[f32]; N]) -> CandleResult<(Vec<f32>, Shape)> {
        Ok(CpuOperation::forward(self, inputs))
    }

    fn backward(&self, pass: &BackwardPass<'_, Tensor, N>) -> CandleResult<[Option<Tensor>; N]> {
        let inputs = pass.inputs.into_iter().map(CpuValues::of);
        let inputs = inputs.collect::<CandleResult<Vec<_>>>()?;
        let mut slices = [&[][..]; N];
        for (slice, values) in slices.iter_mut().zip(&inputs) {
            *slice = values.as_slice()?;
        }
        let found = CpuOperation::backward(
            self,
            &BackwardPass {
                inputs: slices,
                needs_gradient: pass.needs_gradient,
                result: CpuValues::of(pass.result)?.as_slice()?,
                gradient: CpuValues::of(pass.gradient)?.as_slice()?,
            },
        );
        let mut gradients = [const { None }; N];
        for ((gradient, found), input) in gradients.iter_mut().zip(found).zip(pass.inputs) {
            if let Some(found) = found {
                *gradient = Some(Tensor::from_vec(found, input.shape(), &Device::Cpu)?);
            }
        }
        Ok(gradients)
    }
}

/// The gradients of a layer's input, weight and bias, while they are computed.
pub(super) struct LayerGradients {
    /// Where the input needs one.
    pub input: Option<UninitBuffer>,
    pub weight: UninitBuffer,
    pub bias: Vec<f32>,
}

impl LayerGradients {
    /// Memory for the gradients of the pass's inputs: x, weight and bias.
    pub(crate) fn new(pass: &BackwardPass<'_, [f32], 3>) -> Self {
        let [x, weight, bias] = pass.inputs.map(<[f32]>::len);
        Self {
            input: pass.needs_gradient[0].then(|| UninitBuffer::new(x)),
            weight: UninitBuffer::new(weight),
            bias: vec![0.0; bias],
        }
    }

    /// The gradients.
    ///
    /// # Safety
    /// Every value must have been written.
    pub(crate) unsafe fn assume_init(self) -> [Option<Vec<f32>>; 3] {
        // SAFETY: as the caller promises.
        unsafe {
            [
                self.input.map(|input| input.assume_init()),
                Some(self.weight.assume_init()),
                Some(self.bias),
            ]
        }
    }
}

/// The values of a contiguous f32 tensor in memory.
pub(super) struct CpuValues<'a> {
    storage: Box<dyn Deref<Target = Storage> + 'a>,
    start: usize,
    end: usize,
}

impl<'a> CpuValues<'a> {
    pub(crate) fn of(tensor: &'a Tensor) -> CandleResult<Self> {
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

    pub(crate) fn as_slice(&self) -> CandleResult<&[f32]> {
        match &**self.storage {
            Storage::Cpu(storage) => Ok(&storage.as_slice::<f32>()?[self.start..self.end]),
            _ => candle_core::bail!("a kernel for the CPU got a tensor from another device"),
        }
    }
}
