//! Compression that starts at exact PCA: a residual network on both sides of
//! the principal components corrects what a linear code cannot say.
//!
//! ```text
//! face → principal components, unit variance ───────────────┐
//!      → (conv 3×3, pool, residual) × n → dense ──────────── + → code
//! code → principal components back ──────────────────────────────────────┐
//!      │    → conv 3×3, residual → (conv 3×3, pool, residual) × (n − 1)   │
//!      │                                    ↓ at each side                │
//!      → dense × 2 → (residual, transposed conv, +) × n                   │
//!      → residual → conv to 3 channels ────────────────────────────────── + → face
//! ```
//! Both corrections are zero before the first step. n halvings bring the side
//! to 3 or 4 pixels. What the linear face lacks is seen in the face itself, by
//! few weights for all places, and told by the code, by many.

use candle_core::{Device, Tensor};

use super::layer::{Conv3x3, Dense};
use super::parameters::Initializer;
use super::pca_layer::PcaLayer;
use super::residual::{CORRECTION_SCALE, ResidualBlock};
use super::{Autoencoder, ModelSpec, Parameters, Pca};
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

/// Channels of the coarsest picture, unless the spec says otherwise.
const DEFAULT_WIDTH: usize = 256;
/// Channels that no picture has fewer of, or a quarter of the coarsest's.
const MIN_CHANNELS: usize = 32;

/// The network; see the module.
#[derive(Debug)]
pub struct FaceAutoencoder {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    /// Shares storage with `parameters`, tracked for gradients.
    layers: Layers,
    /// The same, not tracked.
    detached: Layers,
}

/// The sides and channels of the pictures within.
#[derive(Debug, Clone, Copy)]
struct Architecture {
    size: usize,
    code: usize,
    levels: usize,
    /// Channels of the coarsest picture.
    width: usize,
}

impl Architecture {
    fn from_spec(spec: &ModelSpec) -> Self {
        let size = spec.size as usize;
        Self {
            size,
            code: spec.code_size as usize,
            levels: (1..).take_while(|&n| size >> n >= 3).count(),
            width: match spec.width as usize {
                0 => DEFAULT_WIDTH,
                width => width,
            },
        }
    }

    fn values(self) -> usize {
        self.size * self.size * 3
    }

    /// Channels of the decoder's picture `level` halvings below the face.
    fn decoder_channels(self, level: usize) -> usize {
        (self.width >> (self.levels - level)).max(self.min_channels())
    }

    /// Channels before and after the layer that looks at the linear face at a level.
    fn pyramid_channels(self, level: usize) -> [usize; 2] {
        match level {
            0 => [3, self.decoder_channels(0)],
            level => [
                self.decoder_channels(level - 1),
                self.decoder_channels(level),
            ],
        }
    }

    /// The same on the encoder's side, which has half as many; the face's own 3.
    fn encoder_channels(self, level: usize) -> usize {
        match level {
            0 => 3,
            level => (self.decoder_channels(level) / 2).max(self.min_channels()),
        }
    }

    fn encoder_values(self) -> usize {
        self.coarsest_side() * self.coarsest_side() * self.encoder_channels(self.levels)
    }

    fn min_channels(self) -> usize {
        MIN_CHANNELS.min(self.width / 4)
    }

    /// Numbers between the code and the coarsest picture.
    fn hidden_units(self) -> usize {
        2 * self.width
    }

    fn coarsest_side(self) -> usize {
        self.size >> self.levels
    }

    fn coarsest_values(self) -> usize {
        self.coarsest_side() * self.coarsest_side() * self.width
    }
}

#[derive(Debug)]
struct Layers {
    architecture: Architecture,
    activation: Activation,
    pca: PcaLayer,
    down: Vec<(Conv3x3, Option<ResidualBlock>)>,
    to_code: Dense,
    from_code: Dense,
    widen: Dense,
    /// From the face's side down: what is seen in the linear face.
    pyramid: Vec<(Conv3x3, ResidualBlock)>,
    up: Vec<(ResidualBlock, Conv3x3)>,
    last_block: ResidualBlock,
    to_face: Conv3x3,
}

impl FaceAutoencoder {
    /// First weights around the principal components.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(spec: &ModelSpec, pca: &Pca, seed: u64, device: &Device) -> Result<Self> {
        let plan = Architecture::from_spec(spec);
        let mut parameters = Parameters::default();
        let noise = spec.observation_noise;
        PcaLayer::add_parameters(&mut parameters, pca, plan.code, noise, device)?;
        let mut init = Initializer::extending(parameters, seed, device);
        for level in 1..=plan.levels {
            let [inputs, outputs] = [level - 1, level].map(|level| plan.encoder_channels(level));
            init.convolution(&format!("encoder.down{level}"), [inputs, outputs])?;
            if level > 1 {
                ResidualBlock::init_parameters(
                    &mut init,
                    &format!("encoder.residual{level}"),
                    outputs,
                )?;
            }
        }
        init.zero_dense("encoder.code", [plan.encoder_values(), plan.code])?;
        init.dense("decoder.hidden", [plan.code, plan.hidden_units()])?;
        init.dense(
            "decoder.picture",
            [plan.hidden_units(), plan.coarsest_values()],
        )?;
        for level in 0..plan.levels {
            let channels = plan.pyramid_channels(level);
            init.convolution(&format!("decoder.seen{level}"), channels)?;
            ResidualBlock::init_parameters(
                &mut init,
                &format!("decoder.look{level}"),
                channels[1],
            )?;
        }
        for level in (1..=plan.levels).rev() {
            let channels = [
                plan.decoder_channels(level),
                plan.decoder_channels(level - 1),
            ];
            ResidualBlock::init_parameters(
                &mut init,
                &format!("decoder.residual{level}"),
                channels[0],
            )?;
            init.convolution(&format!("decoder.up{level}"), channels)?;
        }
        ResidualBlock::init_parameters(&mut init, "decoder.residual0", plan.decoder_channels(0))?;
        init.zero_convolution("decoder.face", [plan.decoder_channels(0), 3])?;
        Self::with_parameters(spec, init.finish())
    }

    /// Around given weights.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let plan = Architecture::from_spec(spec);
        let convolution =
            |name: String, channels| Conv3x3::from_parameters(&parameters, &name, channels);
        let residual =
            |name: String, channels| ResidualBlock::from_parameters(&parameters, &name, channels);
        let dense = |name: &str, shape| Dense::from_parameters(&parameters, name, shape);
        let down = (1..=plan.levels)
            .map(|level| {
                let [inputs, outputs] =
                    [level - 1, level].map(|level| plan.encoder_channels(level));
                let down = convolution(format!("encoder.down{level}"), [inputs, outputs])?;
                let block = match level {
                    1 => None,
                    _ => Some(residual(format!("encoder.residual{level}"), outputs)?),
                };
                Ok((down, block))
            })
            .collect::<Result<_>>()?;
        let seen = (0..plan.levels)
            .map(|level| {
                let channels = plan.pyramid_channels(level);
                Ok((
                    convolution(format!("decoder.seen{level}"), channels)?,
                    residual(format!("decoder.look{level}"), channels[1])?,
                ))
            })
            .collect::<Result<_>>()?;
        let up = (1..=plan.levels)
            .rev()
            .map(|level| {
                let channels = [
                    plan.decoder_channels(level),
                    plan.decoder_channels(level - 1),
                ];
                Ok((
                    residual(format!("decoder.residual{level}"), channels[0])?,
                    convolution(format!("decoder.up{level}"), channels)?,
                ))
            })
            .collect::<Result<_>>()?;
        let layers = Layers {
            architecture: plan,
            activation: spec.activation,
            pca: PcaLayer::from_parameters(
                &parameters,
                plan.values(),
                plan.code,
                spec.observation_noise,
            )?,
            down,
            to_code: dense("encoder.code", [plan.encoder_values(), plan.code])?,
            from_code: dense("decoder.hidden", [plan.code, plan.hidden_units()])?,
            widen: dense(
                "decoder.picture",
                [plan.hidden_units(), plan.coarsest_values()],
            )?,
            pyramid: seen,
            up,
            last_block: residual("decoder.residual0".to_string(), plan.decoder_channels(0))?,
            to_face: convolution("decoder.face".to_string(), [plan.decoder_channels(0), 3])?,
        };
        Ok(Self {
            spec: spec.clone(),
            device: layers.to_code.weight.device().clone(),
            detached: layers.detached(),
            layers,
            parameters,
        })
    }
}

impl Layers {
    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let n = faces.dim(0)?;
        let linear = self.pca.encode(
            &faces
                .contiguous()?
                .reshape((n, self.architecture.values()))?,
        )?;
        let mut x = faces.clone();
        for (down, block) in &self.down {
            x = down.apply(&x, self.activation, Pooling::Max2x2)?;
            if let Some(block) = block {
                x = block.apply(&x, self.activation)?;
            }
        }
        let flat = kernels::reshape(&x, (n, self.architecture.encoder_values()))?;
        let correction = self.to_code.apply(&flat, Activation::Linear)?;
        kernels::add_scaled(&linear, &correction, CORRECTION_SCALE)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let (n, plan) = (codes.dim(0)?, self.architecture);
        let linear = self.pca.decode(codes)?;
        let linear = kernels::reshape(&linear, (n, plan.size, plan.size, 3))?;
        let hidden = self.from_code.apply(codes, self.activation)?;
        let wide = self.widen.apply(&hidden, self.activation)?;
        let side = plan.coarsest_side();
        let mut x = kernels::reshape(&wide, (n, side, side, plan.width))?;
        let mut seen = Vec::with_capacity(plan.levels);
        let mut look = linear.clone();
        for (level, (conv, block)) in self.pyramid.iter().enumerate() {
            let pool = match level {
                0 => Pooling::None,
                _ => Pooling::Max2x2,
            };
            look = block.apply(&conv.apply(&look, self.activation, pool)?, self.activation)?;
            seen.push(look.clone());
        }
        for ((block, up), seen) in self.up.iter().zip(seen.iter().rev()) {
            x = block.apply(&x, self.activation)?;
            x = kernels::add(seen, &up.apply_transposed(&x, self.activation)?)?;
        }
        let x = self.last_block.apply(&x, self.activation)?;
        let change = self.to_face.apply(&x, Activation::Linear, Pooling::None)?;
        kernels::add_scaled(&linear, &change, CORRECTION_SCALE)
    }

    fn detached(&self) -> Self {
        Self {
            architecture: self.architecture,
            activation: self.activation,
            pca: self.pca.clone(),
            down: self
                .down
                .iter()
                .map(|(down, block)| (down.detached(), block.as_ref().map(ResidualBlock::detached)))
                .collect(),
            to_code: self.to_code.detached(),
            from_code: self.from_code.detached(),
            widen: self.widen.detached(),
            pyramid: self
                .pyramid
                .iter()
                .map(|(conv, block)| (conv.detached(), block.detached()))
                .collect(),
            up: self
                .up
                .iter()
                .map(|(block, up)| (block.detached(), up.detached()))
                .collect(),
            last_block: self.last_block.detached(),
            to_face: self.to_face.detached(),
        }
    }
}

impl Autoencoder for FaceAutoencoder {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        self.detached.encode(faces)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.detached.decode(codes)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.layers.decode(&self.layers.encode(faces)?)
    }

    fn forward_sampled(&self, faces: &Tensor, normal: &Tensor) -> Result<(Tensor, Tensor)> {
        let told = self.layers.encode(faces)?;
        let drawn = self.layers.pca.sample(&told, normal)?;
        // In units of 2s² / values the divergence is half the codes' squared length:
        // the rest depends on the deviations alone, which do not change.
        let pull = kernels::mse(&told, &told.zeros_like()?)?;
        let share = self.spec.code_size as f32 / self.spec.values() as f32;
        let pull = kernels::add_scaled(
            &pull.zeros_like()?,
            &pull,
            self.spec.observation_noise.powi(2) * share,
        )?;
        Ok((self.layers.decode(&drawn)?, pull))
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
