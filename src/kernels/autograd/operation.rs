//! What an operation has to offer to be differentiable.

use candle_core::{Shape, Tensor};

pub(in super::super) type CandleResult<T> = candle_core::Result<T>;

/// A differentiable operation on `N` contiguous f32 tensors, one to three.
pub(in super::super) trait Operation<const N: usize>:
    Send + Sync + 'static
{
    const NAME: &'static str;

    /// The result, from the inputs' values in memory. Operations whose result is
    /// computed before they are applied have no such kernel.
    fn forward(&self, _inputs: [&[f32]; N]) -> CandleResult<(Vec<f32>, Shape)> {
        candle_core::bail!("{} is computed before it is applied", Self::NAME)
    }

    /// The gradients of the inputs, `None` where it is not needed.
    fn backward(&self, pass: &BackwardPass<'_, Tensor, N>) -> CandleResult<[Option<Tensor>; N]>;
}

/// What a backward pass starts from: contiguous tensors, or their values.
pub(in super::super) struct BackwardPass<'a, T: ?Sized, const N: usize> {
    pub inputs: [&'a T; N],
    /// Which inputs depend on a variable.
    pub needs_gradient: [bool; N],
    pub result: &'a T,
    /// The result's gradient.
    pub gradient: &'a T,
}

impl<'a, const N: usize> BackwardPass<'a, Tensor, N> {
    pub(crate) fn new(inputs: [&'a Tensor; N], result: &'a Tensor, gradient: &'a Tensor) -> Self {
        Self {
            inputs,
            needs_gradient: inputs.map(Tensor::track_op),
            result,
            gradient,
        }
    }
}

/// [`Operation`] for any number of inputs, as the graph stores it.
pub(super) trait DynOperation: Send + Sync {
    fn name(&self) -> &'static str;
    fn forward(&self, inputs: &[&[f32]]) -> CandleResult<(Vec<f32>, Shape)>;
    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<Vec<Option<Tensor>>>;
}

struct Erased<O, const N: usize>(O);

impl<O: Operation<N>, const N: usize> Erased<O, N> {
    /// Exactly `N` inputs.
    fn all<T: Copy>(inputs: &[T]) -> CandleResult<[T; N]> {
        match inputs.try_into() {
            Ok(inputs) => Ok(inputs),
            Err(_) => candle_core::bail!("{} takes {N} tensors", O::NAME),
        }
    }
}

impl<O: Operation<N>, const N: usize> DynOperation for Erased<O, N> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn forward(&self, inputs: &[&[f32]]) -> CandleResult<(Vec<f32>, Shape)> {
        self.0.forward(Self::all(inputs)?)
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        result: &Tensor,
        gradient: &Tensor,
    ) -> CandleResult<Vec<Option<Tensor>>> {
        let gradient = gradient.contiguous()?;
        let pass = BackwardPass::new(Self::all(inputs)?, result, &gradient);
        Ok(self.0.backward(&pass)?.into())
    }
}

/// An operation with the tensors it was applied to.
pub(super) struct AppliedOperation {
    pub operation: Box<dyn DynOperation>,
    /// Contiguous.
    pub inputs: Vec<Tensor>,
}

impl AppliedOperation {
    pub(crate) fn new<const N: usize>(
        operation: impl Operation<N>,
        inputs: [&Tensor; N],
    ) -> CandleResult<Self> {
        let inputs = inputs.into_iter().map(Tensor::contiguous);
        Ok(Self {
            operation: Box::new(Erased::<_, N>(operation)),
            inputs: inputs.collect::<CandleResult<_>>()?,
        })
    }
}
