//! An autoencoder that starts as exact PCA. Residual networks in the encoder and the decoder
//! correct what a linear code cannot express.
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
//! Both corrections are zero before the first step. n levels of pooling reduce the side to 3 or 4
//! pixels. The decoder corrects the linear face from two sources: convolutions over that face,
//! which have few weights, and dense layers from the code, which have many.

mod architecture;
mod layers;

use candle_core::{Device, Tensor};

use self::architecture::Architecture;
use self::layers::{Layers, init_parameters};
use super::autoencoder::Autoencoder;
use super::outline::{Outline, Stage, convolution_weights, dense_weights, residual_weights};
use super::parameters::{Initializer, Parameters};
use super::pca::Pca;
use super::pca_layer::PcaLayer;
use super::spec::ModelSpec;
use crate::error::Result;
use crate::kernels;

/// The network; see the module's documentation.
#[derive(Debug)]
pub struct FaceAutoencoder {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    /// Shares storage with `parameters`; tracked for gradients.
    layers: Layers,
    /// The same weights, not tracked.
    detached: Layers,
}

/// The network before it is built.
pub(super) fn outline(spec: &ModelSpec) -> Outline {
    let shape = Architecture::from_spec(spec);
    let mut weights = dense_weights(shape.to_code_dense())
        + dense_weights(shape.hidden_dense())
        + dense_weights(shape.widening_dense())
        + residual_weights(shape.decoder_channels(0))
        + convolution_weights([shape.decoder_channels(0), 3]);
    let face = Stage::face(spec.size);
    let (mut down, mut up) = (vec![face], vec![face]);
    for level in 1..=shape.levels {
        let [_, channels] = shape.encoder_convolution(level);
        weights += convolution_weights(shape.encoder_convolution(level));
        if level > 1 {
            weights += residual_weights(channels);
        }
        down.push(Stage::map(shape.size >> level, channels));
    }
    for level in 0..shape.levels {
        let [coarser, finer] = shape.decoder_convolution(level + 1);
        let seen = shape.pyramid_convolution(level);
        weights += convolution_weights(seen) + residual_weights(seen[1]);
        weights += residual_weights(coarser) + convolution_weights([coarser, finer]);
        up.push(Stage::map(shape.size >> level, finer));
    }
    up.push(Stage::map(shape.coarsest_side(), shape.width));
    down.push(Stage::Code(shape.code));
    down.extend(up.into_iter().rev());
    Outline {
        stages: down,
        weights: Some(weights),
    }
}

impl FaceAutoencoder {
    /// Initial weights around the principal components.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub(crate) fn new(spec: &ModelSpec, pca: &Pca, seed: u64, device: &Device) -> Result<Self> {
        let shape = Architecture::from_spec(spec);
        let mut parameters = Parameters::default();
        let noise = spec.observation_noise;
        PcaLayer::add_parameters(&mut parameters, pca, shape.code, noise, device)?;
        let mut init = Initializer::extending(parameters, seed, device);
        init_parameters(&mut init, shape)?;
        Self::with_parameters(spec, init.finish())
    }

    /// With the given weights.
    ///
    /// # Errors
    /// When one is missing or has the wrong shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let layers = Layers::from_parameters(spec, &parameters)?;
        Ok(Self {
            spec: spec.clone(),
            device: layers.device().clone(),
            detached: layers.detached(),
            layers,
            parameters,
        })
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
        let mean = self.layers.encode(faces)?;
        let codes = self.layers.pca.sample(&mean, normal)?;
        // The KL divergence from the standard normal distribution is half the squared length of
        // the mean, up to a constant, since the posterior deviations do not change. The bound is
        // scaled by 2s² / values, which turns its likelihood term into the mean squared error.
        let mean_square = kernels::mse(&mean, &mean.zeros_like()?)?;
        let share = self.spec.code_size as f32 / self.spec.values() as f32;
        let kl = kernels::add_scaled(
            &mean_square.zeros_like()?,
            &mean_square,
            self.spec.observation_noise.powi(2) * share,
        )?;
        Ok((self.layers.decode(&codes)?, kl))
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
