//! A blind denoiser: it estimates the noise level itself, and starts as the Wiener filter.
//!
//! ```text
//! noisy face → missing pixels, noise level → Wiener filter ────────────────────┐
//! (removed ÷ level, filtered, level, missing) → conv → residual ───────┐       │
//!   → conv, pool → residual ───────────────────────────────────┐       │       │
//!     → … to 4 × 4 → residual × 2 → transposed conv → … ────── + → …   │       │
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
use super::outline::{Outline, Stage, convolution_weights, residual_weights};
use super::parameters::{Initializer, Parameters};
use super::residual::ResidualBlock;
use super::spec::ModelSpec;
use super::wiener::WienerFilter;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// Channels at the full side, unless the spec sets a width. Each level has as many more.
const DEFAULT_WIDTH: usize = 32;
/// The levels: the whole side, half of it, and so on.
const LEVELS: [&str; 6] = [
    "whole",
    "half",
    "quarter",
    "eighth",
    "sixteenth",
    "thirty_second",
];
/// No level has a shorter side.
const MIN_SIDE: usize = 4;
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
    /// From half the side to the coarsest.
    levels: Vec<Level>,
    leave: Conv3x3,
}

/// A level with half the side of the one before it.
#[derive(Debug)]
struct Level {
    down: Conv3x3,
    blocks: Vec<ResidualBlock>,
    /// Back to the level before.
    up: Conv3x3,
    /// At the level before, after this one's result was added.
    back: Vec<ResidualBlock>,
}

/// The names of a [`Level`]'s weights, and its channels.
struct LevelPlan {
    down: String,
    blocks: Vec<String>,
    up: String,
    back: Vec<String>,
    /// Of the level before, and its own.
    channels: [usize; 2],
}

/// Channels at the full side.
fn width(spec: &ModelSpec) -> usize {
    match spec.width as usize {
        0 => DEFAULT_WIDTH,
        width => width,
    }
}

/// The levels below the whole side, of `count` in all. The coarsest has two blocks if
/// `is_deep`: at 4 × 4 they cost little, and see the whole face.
fn plan(width: usize, count: usize, is_deep: bool) -> Vec<LevelPlan> {
    (1..count)
        .map(|level| {
            let (name, finer) = (LEVELS[level], LEVELS[level - 1]);
            let mut blocks = vec![name.to_string()];
            if is_deep && level + 1 == count {
                blocks.push(format!("{name}2"));
            }
            LevelPlan {
                down: format!("to_{name}"),
                blocks,
                up: format!("up_{finer}"),
                back: match level {
                    1 => vec!["back_whole1".to_string(), "back_whole2".to_string()],
                    _ => vec![format!("back_{finer}")],
                },
                channels: [level * width, (level + 1) * width],
            }
        })
        .collect()
}

/// Levels of a new network for pictures of that side.
fn level_count(side: usize) -> usize {
    let levels = 0..LEVELS.len();
    levels.take_while(|level| side >> level >= MIN_SIDE).count()
}

/// The network before it is built.
pub(super) fn outline(spec: &ModelSpec) -> Outline {
    let (whole, side) = (width(spec), spec.size as usize);
    let face = Stage::face(spec.size);
    let (mut down, mut up) = (vec![face, Stage::map(side, whole)], vec![face]);
    let mut weights = convolution_weights([INPUT_CHANNELS, whole])
        + residual_weights(whole)
        + convolution_weights([whole, 3]);
    for (level, plan) in (1..).zip(plan(whole, level_count(side), true)) {
        let [finer, channels] = plan.channels;
        weights += convolution_weights([finer, channels])
            + plan.blocks.len() * residual_weights(channels)
            + convolution_weights([channels, finer])
            + plan.back.len() * residual_weights(finer);
        down.push(Stage::map(side >> level, channels));
        up.push(Stage::map(side >> (level - 1), finer));
    }
    down.extend(up.into_iter().rev());
    Outline {
        stages: down,
        weights: Some(weights),
    }
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
        let (whole, side) = (width(spec), spec.size as usize);
        let levels = level_count(side);
        init.convolution("enter", [INPUT_CHANNELS, whole])?;
        ResidualBlock::init_parameters(&mut init, LEVELS[0], whole)?;
        for level in plan(whole, levels, true) {
            let [finer, channels] = level.channels;
            init.convolution(&level.down, [finer, channels])?;
            for block in &level.blocks {
                ResidualBlock::init_parameters(&mut init, block, channels)?;
            }
            init.convolution(&level.up, [channels, finer])?;
            for block in &level.back {
                ResidualBlock::init_parameters(&mut init, block, finer)?;
            }
        }
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
        let residuals = |names: &[String], channels| -> Result<Vec<_>> {
            names
                .iter()
                .map(|name| ResidualBlock::from_parameters(&parameters, name, channels))
                .collect()
        };
        let whole = width(spec);
        // Models of earlier versions end at a quarter of the side, with one block.
        let count = LEVELS
            .iter()
            .skip(1)
            .take_while(|name| parameters.contains(&format!("to_{name}.weight")))
            .count()
            + 1;
        let is_deep = parameters.contains(&format!("{}2.first.weight", LEVELS[count - 1]));
        let mut levels = Vec::new();
        for level in plan(whole, count, is_deep) {
            let [finer, channels] = level.channels;
            levels.push(Level {
                down: convolution(&level.down, [finer, channels])?,
                blocks: residuals(&level.blocks, channels)?,
                up: convolution(&level.up, [channels, finer])?,
                back: residuals(&level.back, finer)?,
            });
        }
        let layers = Layers {
            activation: spec.activation,
            enter: convolution("enter", [INPUT_CHANNELS, whole])?,
            whole: ResidualBlock::from_parameters(&parameters, LEVELS[0], whole)?,
            levels,
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
        let mut x = self.whole.apply(&whole, act)?;
        let mut finer = Vec::new();
        for level in &self.levels {
            let coarser = level.down.apply(&x, act, Pooling::Max2x2)?;
            finer.push(x);
            x = apply_all(&level.blocks, coarser, act)?;
        }
        for (level, finer) in self.levels.iter().zip(finer).rev() {
            x = kernels::add(&finer, &level.up.apply_transposed(&x, act)?)?;
            x = apply_all(&level.back, x, act)?;
        }
        self.leave.apply(&x, Activation::Linear, Pooling::None)
    }

    fn detached(&self) -> Self {
        let detached =
            |blocks: &[ResidualBlock]| blocks.iter().map(ResidualBlock::detached).collect();
        let levels = self.levels.iter().map(|level| Level {
            down: level.down.detached(),
            blocks: detached(&level.blocks),
            up: level.up.detached(),
            back: detached(&level.back),
        });
        Self {
            activation: self.activation,
            enter: self.enter.detached(),
            whole: self.whole.detached(),
            levels: levels.collect(),
            leave: self.leave.detached(),
        }
    }
}

fn apply_all(blocks: &[ResidualBlock], mut x: Tensor, activation: Activation) -> Result<Tensor> {
    for block in blocks {
        x = block.apply(&x, activation)?;
    }
    Ok(x)
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
