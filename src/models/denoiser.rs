//! A blind denoiser: it estimates the noise level itself, and starts as the Wiener filter.
//!
//! ```text
//! noisy face → missing pixels, noise level → Wiener filter ────────────────────┐
//! (removed ÷ level, filtered, level, missing) → conv → residual ───────┐       │
//!   → conv, pool → residual ─────────────────────────┐                 │       │
//!     → conv, pool → residual → transposed conv ──── + → residual      │       │
//!                                     → transposed conv ────────────── +       │
//!       → residual × 2 → conv to 3 channels ───────────── × error scale ────── + → face
//! ```
//! The correction is zero before the first step. The filter is
//! [`WienerFilter`](super::WienerFilter).
//!
//! Its code, for search and morphing, is the filtered PCA code.

use candle_core::{D, Device, Tensor};

use super::autoencoder::Autoencoder;
use super::covariance::FaceCovariance;
use super::face_prior::FacePrior;
use super::layer::Conv3x3;
use super::parameters::{Initializer, Parameters};
use super::residual::ResidualBlock;
use super::spec::ModelSpec;
use super::wiener::WienerFilter;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// Channels at the full side, unless the spec sets a width.
const DEFAULT_WIDTH: usize = 32;
/// The part that the filter removed, the filtered picture, the noise level, missing pixels.
const INPUT_CHANNELS: usize = 3 + 3 + 1 + 1;

/// Added to the noise level before dividing by it.
const LEVEL_OFFSET: f64 = 0.02;
/// The network's output, which is near 1, is multiplied by about the filter's error, so that all
/// noise levels are learned alike. From σ 0.05 to 0.5 that error is about this times √σ.
const ERROR_SCALE: f64 = 0.12;
/// Added to σ under that root.
const ERROR_LEVEL_OFFSET: f64 = 0.005;
/// Added to that error at a missing pixel.
const MISSING_ERROR_SCALE: f64 = 0.06;

/// The network; see the module's documentation.
#[derive(Debug)]
pub struct Denoiser {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    filter: WienerFilter,
    /// Shares storage with `parameters`; tracked for gradients.
    layers: Layers,
    /// The same weights, not tracked.
    detached: Layers,
}

#[derive(Debug)]
struct Layers {
    activation: Activation,
    enter: Conv3x3,
    whole: ResidualBlock,
    to_half: Conv3x3,
    half: ResidualBlock,
    to_quarter: Conv3x3,
    quarter: ResidualBlock,
    up_half: Conv3x3,
    back_half: ResidualBlock,
    up_whole: Conv3x3,
    back_whole: [ResidualBlock; 2],
    leave: Conv3x3,
}

/// Channels at the full side, at half and at a quarter of it.
fn channels(spec: &ModelSpec) -> [usize; 3] {
    let width = match spec.width as usize {
        0 => DEFAULT_WIDTH,
        width => width,
    };
    [width, 2 * width, 3 * width]
}

impl Denoiser {
    /// Initial weights around the Wiener filter.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub(crate) fn new(
        spec: &ModelSpec,
        covariance: &FaceCovariance,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let code = spec.code_size as usize;
        let mut parameters = Parameters::default();
        WienerFilter::add_parameters(&mut parameters, covariance, code, device)?;
        let mut init = Initializer::extending(parameters, seed, device);
        let [whole, half, quarter] = channels(spec);
        init.convolution("enter", [INPUT_CHANNELS, whole])?;
        ResidualBlock::init_parameters(&mut init, "whole", whole)?;
        init.convolution("to_half", [whole, half])?;
        ResidualBlock::init_parameters(&mut init, "half", half)?;
        init.convolution("to_quarter", [half, quarter])?;
        ResidualBlock::init_parameters(&mut init, "quarter", quarter)?;
        init.convolution("up_half", [quarter, half])?;
        ResidualBlock::init_parameters(&mut init, "back_half", half)?;
        init.convolution("up_whole", [half, whole])?;
        ResidualBlock::init_parameters(&mut init, "back_whole1", whole)?;
        ResidualBlock::init_parameters(&mut init, "back_whole2", whole)?;
        init.zero_convolution("leave", [whole, 3])?;
        Self::with_parameters(spec, init.finish())
    }

    /// With the given weights.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let convolution =
            |name: &str, channels| Conv3x3::from_parameters(&parameters, name, channels);
        let residual =
            |name: &str, channels| ResidualBlock::from_parameters(&parameters, name, channels);
        let [whole, half, quarter] = channels(spec);
        let layers = Layers {
            activation: spec.activation,
            enter: convolution("enter", [INPUT_CHANNELS, whole])?,
            whole: residual("whole", whole)?,
            to_half: convolution("to_half", [whole, half])?,
            half: residual("half", half)?,
            to_quarter: convolution("to_quarter", [half, quarter])?,
            quarter: residual("quarter", quarter)?,
            up_half: convolution("up_half", [quarter, half])?,
            back_half: residual("back_half", half)?,
            up_whole: convolution("up_whole", [half, whole])?,
            back_whole: [
                residual("back_whole1", whole)?,
                residual("back_whole2", whole)?,
            ],
            leave: convolution("leave", [whole, 3])?,
        };
        let filter =
            WienerFilter::from_parameters(&parameters, spec.values(), spec.code_size as usize)?;
        Ok(Self {
            spec: spec.clone(),
            device: filter.device().clone(),
            detached: layers.detached(),
            filter,
            layers,
            parameters,
        })
    }

    /// Filters faces `[n, size, size, 3]` and adds the network's correction. No gradient flows
    /// through the filter.
    fn filter_and_correct(&self, layers: &Layers, faces: &Tensor) -> Result<Tensor> {
        let (n, size) = (faces.dim(0)?, self.spec.size as usize);
        let filtered = self.filter.filter_blind(&faces.detach())?;
        let [noisy, faces] =
            [&filtered.inpainted, &filtered.faces].map(|values| values.reshape((n, size, size, 3)));
        let (noisy, faces) = (noisy?, faces?);
        let missing = filtered.missing.reshape((n, size, size, 1))?;
        let level = filtered.noise_std.reshape((n, 1, 1, 1))?;
        let plane = level.broadcast_as((n, size, size, 1))?.contiguous()?;
        // The removed part, scaled to a similar size at every noise level.
        let removed = (&noisy - &faces)?.broadcast_div(&(&level + LEVEL_OFFSET)?)?;
        let input = Tensor::cat(&[&removed, &faces, &plane, &missing], D::Minus1)?;
        let correction = layers.apply(&input)?;
        let error_scale = (level + ERROR_LEVEL_OFFSET)?
            .sqrt()?
            .affine(ERROR_SCALE, 0.0)?;
        let error_scale = missing
            .abs()?
            .affine(MISSING_ERROR_SCALE, 0.0)?
            .broadcast_add(&error_scale)?
            .broadcast_as((n, size, size, 3))?
            .contiguous()?;
        kernels::add_product(&faces, &error_scale, &correction)
    }
}

impl Layers {
    /// `input` `[n, height, width, 8]` to a correction `[n, height, width, 3]`.
    fn apply(&self, input: &Tensor) -> Result<Tensor> {
        let act = self.activation;
        let whole = self.enter.apply(input, act, Pooling::None)?;
        let whole = self.whole.apply(&whole, act)?;
        let half = self.to_half.apply(&whole, act, Pooling::Max2x2)?;
        let half = self.half.apply(&half, act)?;
        let quarter = self.to_quarter.apply(&half, act, Pooling::Max2x2)?;
        let quarter = self.quarter.apply(&quarter, act)?;
        let x = kernels::add(&half, &self.up_half.apply_transposed(&quarter, act)?)?;
        let x = self.back_half.apply(&x, act)?;
        let mut x = kernels::add(&whole, &self.up_whole.apply_transposed(&x, act)?)?;
        for block in &self.back_whole {
            x = block.apply(&x, act)?;
        }
        self.leave.apply(&x, Activation::Linear, Pooling::None)
    }

    fn detached(&self) -> Self {
        let [first, second] = &self.back_whole;
        Self {
            activation: self.activation,
            enter: self.enter.detached(),
            whole: self.whole.detached(),
            to_half: self.to_half.detached(),
            half: self.half.detached(),
            to_quarter: self.to_quarter.detached(),
            quarter: self.quarter.detached(),
            up_half: self.up_half.detached(),
            back_half: self.back_half.detached(),
            up_whole: self.up_whole.detached(),
            back_whole: [first.detached(), second.detached()],
            leave: self.leave.detached(),
        }
    }
}

impl Autoencoder for Denoiser {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        Ok(self.filter.filter_blind(faces)?.codes)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.filter.decode(codes)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.filter_and_correct(&self.layers, faces)
    }

    fn reconstruct(&self, faces: &Tensor) -> Result<Tensor> {
        self.filter_and_correct(&self.detached, faces)
    }

    fn face_prior(&self) -> Option<&dyn FacePrior> {
        Some(&self.filter)
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
