//! Two convolutions around which the picture goes unchanged (He et al. 2016).

use candle_core::Tensor;

use super::Parameters;
use super::layer::Conv3x3;
use super::parameters::Initializer;
use crate::error::Result;
use crate::kernels::{self, Activation, Pool};

/// What a correction of a linear result is multiplied by. Adam moves every weight
/// by about its rate, so a layer of a thousand inputs, all of which move together,
/// would throw the result about.
pub(super) const CORRECTION: f32 = 0.1;

/// x + conv(activation(conv(x))).
#[derive(Debug)]
pub(super) struct Residual {
    first: Conv3x3,
    second: Conv3x3,
}

impl Residual {
    /// First weights; the second convolution's are zero, so that the block
    /// begins as the identity.
    pub(super) fn init(init: &mut Initializer, name: &str, channels: usize) -> Result<()> {
        init.convolution(&format!("{name}.first"), [channels, channels])?;
        init.silent_convolution(&format!("{name}.second"), [channels, channels])
    }

    pub(super) fn get(parameters: &Parameters, name: &str, channels: usize) -> Result<Self> {
        let get =
            |part: &str| Conv3x3::get(parameters, &format!("{name}.{part}"), [channels, channels]);
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
        let inner = self.first.apply(x, activation, Pool::None)?;
        let change = self.second.apply(&inner, Activation::Linear, Pool::None)?;
        kernels::add(x, &change)
    }
}
