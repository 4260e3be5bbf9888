//! Layers with a weight and a bias: dense, 3×3 convolution, transposed convolution.

use candle_core::Tensor;

use super::parameters::Parameters;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// A dense layer: weight `[in, out]`, bias `[out]`.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    pub weight: Tensor,
    pub bias: Tensor,
}

/// A 3×3 convolution, plain or transposed: weight `[3, 3, in, out]`, bias `[out]`.
#[derive(Debug, Clone)]
pub(super) struct Conv3x3 {
    weight: Tensor,
    bias: Tensor,
}

impl Dense {
    pub(super) fn from_parameters(
        parameters: &Parameters,
        name: &str,
        shape: [usize; 2],
    ) -> Result<Self> {
        Ok(Self {
            weight: parameters.get(&format!("{name}.weight"), &shape)?,
            bias: parameters.get(&format!("{name}.bias"), &shape[1..])?,
        })
    }

    /// The same weights without gradient tracking. They share storage.
    pub(super) fn detached(&self) -> Self {
        Self {
            weight: self.weight.detach(),
            bias: self.bias.detach(),
        }
    }

    pub(super) fn apply(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        kernels::dense(x, &self.weight, &self.bias, activation)
    }
}

impl Conv3x3 {
    pub(super) fn from_parameters(
        parameters: &Parameters,
        name: &str,
        channels: [usize; 2],
    ) -> Result<Self> {
        let [inputs, outputs] = channels;
        Ok(Self {
            weight: parameters.get(&format!("{name}.weight"), &[3, 3, inputs, outputs])?,
            bias: parameters.get(&format!("{name}.bias"), &[outputs])?,
        })
    }

    /// The same weights without gradient tracking. They share storage.
    pub(super) fn detached(&self) -> Self {
        Self {
            weight: self.weight.detach(),
            bias: self.bias.detach(),
        }
    }

    pub(super) fn apply(
        &self,
        x: &Tensor,
        activation: Activation,
        pool: Pooling,
    ) -> Result<Tensor> {
        kernels::conv3x3(x, &self.weight, &self.bias, activation, pool)
    }

    pub(super) fn apply_transposed(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        kernels::conv_transpose3x3(x, &self.weight, &self.bias, activation)
    }
}
