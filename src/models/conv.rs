//! The course's deep convolutional autoencoder.
//!
//! ```text
//! face [s, s, 3] → (conv 3×3, activation, max-pool 2×2) × 4, 32 64 128 256 channels
//!   → flatten [s/16 · s/16 · 256] → dense → code
//!   → dense → [s/16, s/16, 256] → (transposed conv 3×3 stride 2) × 4, 128 64 32 3 channels → face
//! ```
//! Every layer but the last has the spec's activation. The code has an activation of its own.

use candle_core::{Device, Tensor};

use super::autoencoder::Autoencoder;
use super::layer::{Conv3x3, Dense};
use super::outline::{Outline, Stage, convolution_weights, dense_weights};
use super::parameters::{Initializer, Parameters};
use super::spec::ModelSpec;
use crate::error::Result;
use crate::kernels::{self, Activation, Pooling};

const ENCODER_CHANNELS: [usize; 5] = [3, 32, 64, 128, 256];
const DECODER_CHANNELS: [usize; 5] = [256, 128, 64, 32, 3];

/// The network; see the module's documentation.
#[derive(Debug)]
pub struct ConvAutoencoder {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    /// Shares storage with `parameters`; tracked for gradients.
    layers: Layers,
    /// The same weights, not tracked.
    detached: Layers,
}

#[derive(Debug)]
struct Layers {
    spec: ModelSpec,
    convolutions: Vec<Conv3x3>,
    to_code: Dense,
    from_code: Dense,
    transposed: Vec<Conv3x3>,
}

impl ConvAutoencoder {
    /// Initial weights from the seed: Glorot uniform with zero biases, Keras' defaults.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn new(spec: &ModelSpec, seed: u64, device: &Device) -> Result<Self> {
        let (flat, code) = (flattened_values(spec), spec.code_size as usize);
        let mut init = Initializer::new(seed, device);
        for (name, channels) in layer_shapes("encoder", ENCODER_CHANNELS) {
            init.convolution(&name, channels)?;
        }
        init.dense("encoder.code", [flat, code])?;
        init.dense("decoder.dense", [code, flat])?;
        for (name, channels) in layer_shapes("decoder", DECODER_CHANNELS) {
            init.convolution(&name, channels)?;
        }
        Self::with_parameters(spec, init.finish())
    }

    /// With the given weights.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let (flat, code) = (flattened_values(spec), spec.code_size as usize);
        let get =
            |(name, channels): (String, _)| Conv3x3::from_parameters(&parameters, &name, channels);
        let layers = Layers {
            spec: spec.clone(),
            convolutions: layer_shapes("encoder", ENCODER_CHANNELS)
                .map(get)
                .collect::<Result<_>>()?,
            to_code: Dense::from_parameters(&parameters, "encoder.code", [flat, code])?,
            from_code: Dense::from_parameters(&parameters, "decoder.dense", [code, flat])?,
            transposed: layer_shapes("decoder", DECODER_CHANNELS)
                .map(get)
                .collect::<Result<_>>()?,
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
        let mut x = faces.clone();
        for layer in &self.convolutions {
            x = layer.apply(&x, self.spec.activation, Pooling::Max2x2)?;
        }
        let flat = kernels::reshape(&x, (x.dim(0)?, flattened_values(&self.spec)))?;
        self.to_code.apply(&flat, self.spec.code_activation)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let side = self.spec.size as usize / 16;
        let x = self.from_code.apply(codes, self.spec.activation)?;
        let mut x = kernels::reshape(&x, (x.dim(0)?, side, side, DECODER_CHANNELS[0]))?;
        for (index, layer) in self.transposed.iter().enumerate() {
            let is_last = index + 1 == self.transposed.len();
            let activation = if is_last {
                Activation::Linear
            } else {
                self.spec.activation
            };
            x = layer.apply_transposed(&x, activation)?;
        }
        Ok(x)
    }

    fn detached(&self) -> Self {
        Self {
            spec: self.spec.clone(),
            convolutions: self.convolutions.iter().map(Conv3x3::detached).collect(),
            to_code: self.to_code.detached(),
            from_code: self.from_code.detached(),
            transposed: self.transposed.iter().map(Conv3x3::detached).collect(),
        }
    }
}

/// Name, input channels and output channels of the four convolutions of the encoder or decoder.
fn layer_shapes(part: &str, channels: [usize; 5]) -> impl Iterator<Item = (String, [usize; 2])> {
    (0..4).map(move |index| {
        (
            format!("{part}.conv{}", index + 1),
            [channels[index], channels[index + 1]],
        )
    })
}

/// The network before it is built.
pub(super) fn outline(spec: &ModelSpec) -> Outline {
    let (flat, code) = (flattened_values(spec), spec.code_size as usize);
    let side = |halvings: usize| spec.size as usize >> halvings;
    let mut stages = vec![Stage::face(spec.size)];
    stages.extend((1..5).map(|level| Stage::map(side(level), ENCODER_CHANNELS[level])));
    stages.push(Stage::Code(code));
    stages.extend((0..5).map(|level| Stage::map(side(4 - level), DECODER_CHANNELS[level])));
    let both = [ENCODER_CHANNELS, DECODER_CHANNELS];
    let pairs = both.iter().flat_map(|channels| channels.windows(2));
    let convolutions: usize = pairs
        .map(|pair| convolution_weights([pair[0], pair[1]]))
        .sum();
    Outline {
        stages,
        weights: Some(convolutions + dense_weights([flat, code]) + dense_weights([code, flat])),
    }
}

/// Length of the flattened picture between the convolutions and the dense layers.
fn flattened_values(spec: &ModelSpec) -> usize {
    let side = spec.size as usize / 16;
    side * side * ENCODER_CHANNELS[4]
}

impl Autoencoder for ConvAutoencoder {
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

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
