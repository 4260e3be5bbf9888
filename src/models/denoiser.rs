//! A denoiser that starts at the Wiener filter and estimates the noise itself.
//!
//! ```text
//! noisy face → missing pixels, level of the noise → Wiener filter ─────────────┐
//! (taken away, filtered, level, missing) → conv → residual ────────────┐       │
//!   → conv, pool → residual ─────────────────────────┐                 │       │
//!     → conv, pool → residual → transposed conv ──── + → residual      │       │
//!                                     → transposed conv ────────────── +       │
//!       → residual × 2 → conv to 3 channels ────────────────────────────────── + → face
//! ```
//! The network's correction is zero before the first step. See [`wiener`] for
//! the filter.
//!
//! Its code, for search and morphing, is the filtered principal code.
//!
//! [`wiener`]: super::wiener

use candle_core::{D, Device, Tensor};

use super::layer::Conv3x3;
use super::parameters::Initializer;
use super::residual::Residual;
use super::wiener::Wiener;
use super::{Autoencoder, Beginning, ModelSpec, Parameters};
use crate::error::Result;
use crate::kernels::{self, Activation, Pool};

/// Channels at the whole side, unless the spec says otherwise.
const WIDTH: usize = 32;
/// What the filter took away, filtered picture, level, missing pixels.
const SEEN: usize = 3 + 3 + 1 + 1;

/// Added to the level where it divides.
const LEAST_LEVEL: f64 = 0.02;
/// About how far the filter's faces are from the true ones (the error left at
/// σ 0.05 to 0.5 grows about as its root): what the network's result, which is
/// near 1, is multiplied by, so that all levels are learned alike.
const REACH: f64 = 0.12;
const LEAST_VARIED: f64 = 0.005;
/// The same at a missing pixel, on top.
const REACH_MISSING: f64 = 0.06;

/// The network; see the module.
#[derive(Debug)]
pub struct Denoiser {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    filter: Wiener,
    /// Shares storage with `parameters`, tracked for gradients.
    layers: Layers,
    /// The same, not tracked.
    detached: Layers,
}

#[derive(Debug)]
struct Layers {
    activation: Activation,
    enter: Conv3x3,
    whole: Residual,
    to_half: Conv3x3,
    half: Residual,
    to_quarter: Conv3x3,
    quarter: Residual,
    up_half: Conv3x3,
    back_half: Residual,
    up_whole: Conv3x3,
    back_whole: [Residual; 2],
    leave: Conv3x3,
}

/// Channels at the whole, a half and a quarter of the side.
fn channels(spec: &ModelSpec) -> [usize; 3] {
    let width = match spec.width as usize {
        0 => WIDTH,
        width => width,
    };
    [width, 2 * width, 3 * width]
}

impl Denoiser {
    /// First weights around the Wiener filter.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(spec: &ModelSpec, start: &Beginning, seed: u64, device: &Device) -> Result<Self> {
        let code = spec.code_size as usize;
        let mut parameters = Parameters::default();
        Wiener::add(&mut parameters, start, code, device)?;
        let mut init = Initializer::after(parameters, seed, device);
        let [whole, half, quarter] = channels(spec);
        init.convolution("enter", [SEEN, whole])?;
        Residual::init(&mut init, "whole", whole)?;
        init.convolution("to_half", [whole, half])?;
        Residual::init(&mut init, "half", half)?;
        init.convolution("to_quarter", [half, quarter])?;
        Residual::init(&mut init, "quarter", quarter)?;
        init.convolution("up_half", [quarter, half])?;
        Residual::init(&mut init, "back_half", half)?;
        init.convolution("up_whole", [half, whole])?;
        Residual::init(&mut init, "back_whole1", whole)?;
        Residual::init(&mut init, "back_whole2", whole)?;
        init.silent_convolution("leave", [whole, 3])?;
        Self::with_parameters(spec, init.finish())
    }

    /// Around given weights.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let convolution = |name: &str, channels| Conv3x3::get(&parameters, name, channels);
        let residual = |name: &str, channels| Residual::get(&parameters, name, channels);
        let [whole, half, quarter] = channels(spec);
        let layers = Layers {
            activation: spec.activation,
            enter: convolution("enter", [SEEN, whole])?,
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
        let filter = Wiener::get(&parameters, spec.values(), spec.code_size as usize)?;
        Ok(Self {
            spec: spec.clone(),
            device: filter.device().clone(),
            detached: layers.detached(),
            filter,
            layers,
            parameters,
        })
    }

    /// The network around the filter, which no gradient passes.
    fn corrected(&self, layers: &Layers, faces: &Tensor) -> Result<Tensor> {
        let (n, size) = (faces.dim(0)?, self.spec.size as usize);
        let filtered = self.filter.blind(&faces.detach())?;
        let [noisy, faces] =
            [&filtered.filled, &filtered.faces].map(|values| values.reshape((n, size, size, 3)));
        let (noisy, faces) = (noisy?, faces?);
        let missing = filtered.missing.reshape((n, size, size, 1))?;
        let level = filtered.level.reshape((n, 1, 1, 1))?;
        let plane = level.broadcast_as((n, size, size, 1))?.contiguous()?;
        // What the filter took away, at every level as large as a network likes it.
        let taken = (&noisy - &faces)?.broadcast_div(&(&level + LEAST_LEVEL)?)?;
        let seen = Tensor::cat(&[&taken, &faces, &plane, &missing], D::Minus1)?;
        let change = layers.apply(&seen)?;
        let reach = (level + LEAST_VARIED)?.sqrt()?.affine(REACH, 0.0)?;
        let reach = missing
            .abs()?
            .affine(REACH_MISSING, 0.0)?
            .broadcast_add(&reach)?
            .broadcast_as((n, size, size, 3))?
            .contiguous()?;
        kernels::add_product(&faces, &reach, &change)
    }
}

impl Layers {
    /// `seen` `[n, h, w, 8]` to a change of the face `[n, h, w, 3]`.
    fn apply(&self, seen: &Tensor) -> Result<Tensor> {
        let act = self.activation;
        let whole = self.enter.apply(seen, act, Pool::None)?;
        let whole = self.whole.apply(&whole, act)?;
        let half = self.to_half.apply(&whole, act, Pool::Max2)?;
        let half = self.half.apply(&half, act)?;
        let quarter = self.to_quarter.apply(&half, act, Pool::Max2)?;
        let quarter = self.quarter.apply(&quarter, act)?;
        let x = kernels::add(&half, &self.up_half.apply_transposed(&quarter, act)?)?;
        let x = self.back_half.apply(&x, act)?;
        let mut x = kernels::add(&whole, &self.up_whole.apply_transposed(&x, act)?)?;
        for block in &self.back_whole {
            x = block.apply(&x, act)?;
        }
        self.leave.apply(&x, Activation::Linear, Pool::None)
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
        Ok(self.filter.blind(faces)?.codes)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.filter.decode(codes)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.corrected(&self.layers, faces)
    }

    fn rebuild(&self, faces: &Tensor) -> Result<Tensor> {
        self.corrected(&self.detached, faces)
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
