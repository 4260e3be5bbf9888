//! Another shape for the same values, as an operation [`super::backward`] knows.

use candle_core::{Device, Shape, Tensor};

use super::autograd::{CpuValues, Operation};

/// The operation; see [`super::reshape`].
pub(super) struct Reshape(pub Shape);

impl Operation for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn forward(&self, inputs: &[&[f32]]) -> candle_core::Result<(Vec<f32>, Shape)> {
        let &[x] = inputs else {
            candle_core::bail!("reshape takes one tensor");
        };
        Ok((x.to_vec(), self.0.clone()))
    }

    fn backward(
        &self,
        inputs: &[&Tensor],
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Vec<Option<Tensor>>> {
        let values = CpuValues::of(gradient)?;
        let gradient =
            Tensor::from_vec(values.as_slice()?.to_vec(), inputs[0].shape(), &Device::Cpu)?;
        Ok(vec![Some(gradient)])
    }
}
