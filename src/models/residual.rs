//! The residual block (He et al. 2016).

use candle_core::Tensor;

use super::layer::Conv3x3;
use super::parameters::{Initializer, Parameters};
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// Scale of a residual correction. Adam moves every weight by about the learning rate, so the
/// output of a layer with a thousand inputs, which all move together, would change too much in
/// one step.
pub(super) const CORRECTION_SCALE: f32 = 0.1;

/// x + conv(activation(conv(x))), both convolutions 3×3 with as many outputs as inputs.
#[derive(Debug)]
pub(super) struct ResidualBlock {
    first: Conv3x3,
    second: Conv3x3,
}

impl ResidualBlock {
    /// Adds initial weights. The second convolution's are zero, so that the block starts as the
    /// identity.
    pub(super) fn init_parameters(
        init: &mut Initializer,
        name: &str,
        channels: usize,
    ) -> Result<()> {
        init.convolution(&format!("{name}.first"), [channels, channels])?;
        init.zero_convolution(&format!("{name}.second"), [channels, channels])
    }

    pub(super) fn from_parameters(
        parameters: &Parameters,
        name: &str,
        channels: usize,
    ) -> Result<Self> {
        let get = |part: &str| {
            Conv3x3::from_parameters(parameters, &format!("{name}.{part}"), [channels, channels])
        };
        Ok(Self {
            first: get("first")?,
            second: get("second")?,
        })
    }

    pub(super) fn detached(&self) -> Self {
        Self {
            first: self.first.detached(),
            second: self.second.detached(),
        }
    }

    /// `x` and the result are `[n, height, width, channels]`.
    pub(super) fn apply(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let inner = self.first.apply(x, activation, Pooling::None)?;
        let correction = self
            .second
            .apply(&inner, Activation::Linear, Pooling::None)?;
        kernels::add(x, &correction)
    }
}
