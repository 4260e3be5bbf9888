//! Two convolutions around which the picture goes unchanged (He et al. 2016).

use candle_core::Tensor;

use super::Parameters;
use super::layer::Conv3x3;
use super::parameters::Initializer;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// What a correction of a linear result is multiplied by. Adam moves every weight
/// by about its rate, so a layer of a thousand inputs, all of which move together,
/// would throw the result about.
pub(super) const CORRECTION_SCALE: f32 = 0.1;

/// x + conv(activation(conv(x))).
#[derive(Debug)]
pub(super) struct ResidualBlock {
    first: Conv3x3,
    second: Conv3x3,
}

impl ResidualBlock {
    /// First weights; the second convolution's are zero, so that the block
    /// begins as the identity.
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

    /// `x` `[n, h, w, channels]`, and so the result.
    pub(super) fn apply(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let inner = self.first.apply(x, activation, Pooling::None)?;
        let change = self
            .second
            .apply(&inner, Activation::Linear, Pooling::None)?;
        kernels::add(x, &change)
    }
}
