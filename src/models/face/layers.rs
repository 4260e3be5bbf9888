//! The network's layers, and the passes through them.

use candle_core::{Device, Tensor};

use super::architecture::Architecture;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};
use crate::models::layer::{Conv3x3, Dense};
use crate::models::parameters::{Initializer, Parameters};
use crate::models::pca_layer::PcaLayer;
use crate::models::residual::{CORRECTION_SCALE, ResidualBlock};
use crate::models::spec::ModelSpec;

/// All layers of the network.
#[derive(Debug)]
pub(super) struct Layers {
    architecture: Architecture,
    activation: Activation,
    pub pca: PcaLayer,
    /// The encoder, from level 1 down.
    down: Vec<(Conv3x3, Option<ResidualBlock>)>,
    to_code: Dense,
    from_code: Dense,
    widen: Dense,
    /// Convolutions over the linear face, from level 0 down.
    pyramid: Vec<(Conv3x3, ResidualBlock)>,
    /// The decoder, from the coarsest level up.
    up: Vec<(ResidualBlock, Conv3x3)>,
    last_block: ResidualBlock,
    to_face: Conv3x3,
}

/// Adds initial weights of all layers but the PCA layer. Both corrections are zero.
pub(super) fn init_parameters(init: &mut Initializer, shape: Architecture) -> Result<()> {
    for level in 1..=shape.levels {
        let channels = shape.encoder_convolution(level);
        init.convolution(&format!("encoder.down{level}"), channels)?;
        if level > 1 {
            let name = format!("encoder.residual{level}");
            ResidualBlock::init_parameters(init, &name, channels[1])?;
        }
    }
    init.zero_dense("encoder.code", shape.to_code_dense())?;
    init.dense("decoder.hidden", shape.hidden_dense())?;
    init.dense("decoder.picture", shape.widening_dense())?;
    for level in 0..shape.levels {
        let channels = shape.pyramid_convolution(level);
        init.convolution(&format!("decoder.seen{level}"), channels)?;
        ResidualBlock::init_parameters(init, &format!("decoder.look{level}"), channels[1])?;
    }
    for level in (1..=shape.levels).rev() {
        let channels = shape.decoder_convolution(level);
        ResidualBlock::init_parameters(init, &format!("decoder.residual{level}"), channels[0])?;
        init.convolution(&format!("decoder.up{level}"), channels)?;
    }
    let channels = shape.decoder_channels(0);
    ResidualBlock::init_parameters(init, "decoder.residual0", channels)?;
    init.zero_convolution("decoder.face", [channels, 3])
}

impl Layers {
    /// The layers with the given weights.
    pub(crate) fn from_parameters(spec: &ModelSpec, parameters: &Parameters) -> Result<Self> {
        let shape = Architecture::from_spec(spec);
        let dense = |name: &str, channels| Dense::from_parameters(parameters, name, channels);
        let convolution =
            |name: String, channels| Conv3x3::from_parameters(parameters, &name, channels);
        let residual =
            |name: String, channels| ResidualBlock::from_parameters(parameters, &name, channels);
        let encoder_level = |level| {
            let channels = shape.encoder_convolution(level);
            let down = convolution(format!("encoder.down{level}"), channels)?;
            let block = match level {
                1 => None,
                _ => Some(residual(format!("encoder.residual{level}"), channels[1])?),
            };
            Ok((down, block))
        };
        let pyramid_level = |level| {
            let channels = shape.pyramid_convolution(level);
            Ok((
                convolution(format!("decoder.seen{level}"), channels)?,
                residual(format!("decoder.look{level}"), channels[1])?,
            ))
        };
        let decoder_level = |level| {
            let channels = shape.decoder_convolution(level);
            Ok((
                residual(format!("decoder.residual{level}"), channels[0])?,
                convolution(format!("decoder.up{level}"), channels)?,
            ))
        };
        let (values, noise) = (shape.values(), spec.observation_noise);
        let channels = shape.decoder_channels(0);
        Ok(Self {
            architecture: shape,
            activation: spec.activation,
            pca: PcaLayer::from_parameters(parameters, values, shape.code, noise)?,
            down: (1..=shape.levels)
                .map(encoder_level)
                .collect::<Result<_>>()?,
            to_code: dense("encoder.code", shape.to_code_dense())?,
            from_code: dense("decoder.hidden", shape.hidden_dense())?,
            widen: dense("decoder.picture", shape.widening_dense())?,
            pyramid: (0..shape.levels)
                .map(pyramid_level)
                .collect::<Result<_>>()?,
            up: (1..=shape.levels)
                .rev()
                .map(decoder_level)
                .collect::<Result<_>>()?,
            last_block: residual("decoder.residual0".to_string(), channels)?,
            to_face: convolution("decoder.face".to_string(), [channels, 3])?,
        })
    }

    /// The device that holds the weights.
    pub(crate) fn device(&self) -> &Device {
        self.to_code.weight.device()
    }

    /// Faces `[n, size, size, 3]` to codes `[n, code]`.
    pub(crate) fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let n = faces.dim(0)?;
        let flat = faces
            .contiguous()?
            .reshape((n, self.architecture.values()))?;
        let linear = self.pca.encode(&flat)?;
        let mut x = faces.clone();
        for (down, block) in &self.down {
            x = down.apply(&x, self.activation, Pooling::Max2x2)?;
            if let Some(block) = block {
                x = block.apply(&x, self.activation)?;
            }
        }
        let flat = kernels::reshape(&x, (n, self.architecture.to_code_dense()[0]))?;
        let correction = self.to_code.apply(&flat, Activation::Linear)?;
        kernels::add_scaled(&linear, &correction, CORRECTION_SCALE)
    }

    /// Codes `[n, code]` to faces `[n, size, size, 3]`.
    pub(crate) fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let (n, shape) = (codes.dim(0)?, self.architecture);
        let linear = self.pca.decode(codes)?;
        let linear = kernels::reshape(&linear, (n, shape.size, shape.size, 3))?;
        let hidden = self.from_code.apply(codes, self.activation)?;
        let wide = self.widen.apply(&hidden, self.activation)?;
        let side = shape.coarsest_side();
        let mut x = kernels::reshape(&wide, (n, side, side, shape.width))?;
        let pyramid = self.pyramid(&linear)?;
        for ((block, up), skip) in self.up.iter().zip(pyramid.iter().rev()) {
            x = block.apply(&x, self.activation)?;
            x = kernels::add(skip, &up.apply_transposed(&x, self.activation)?)?;
        }
        let x = self.last_block.apply(&x, self.activation)?;
        let correction = self.to_face.apply(&x, Activation::Linear, Pooling::None)?;
        kernels::add_scaled(&linear, &correction, CORRECTION_SCALE)
    }

    /// Features of the linear face `[n, size, size, 3]`, from level 0 down.
    fn pyramid(&self, linear: &Tensor) -> Result<Vec<Tensor>> {
        let mut features: Vec<Tensor> = Vec::with_capacity(self.pyramid.len());
        for (conv, block) in &self.pyramid {
            let (x, pooling) = match features.last() {
                None => (linear, Pooling::None),
                Some(finer) => (finer, Pooling::Max2x2),
            };
            let x = conv.apply(x, self.activation, pooling)?;
            features.push(block.apply(&x, self.activation)?);
        }
        Ok(features)
    }

    /// The same layers without gradient tracking. They share storage.
    pub(crate) fn detached(&self) -> Self {
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
