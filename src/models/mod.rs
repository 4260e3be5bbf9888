//! Autoencoders, one a file, behind one trait.

mod built_in;
pub mod bundled;
pub mod conv;
mod dct;
pub mod denoiser;
pub mod face;
mod layer;
pub mod linear;
pub mod model_file;
mod parameters;
pub mod pca;
pub mod pca_cache;
mod pca_init;
mod pca_layer;
mod residual;
pub mod wiener;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::dataset::faces::SIZES;
use crate::error::{Error, Result};
use crate::kernels::Activation;

pub(crate) use built_in::{BuiltIn, is_reserved, parse_built_in};
pub use conv::ConvAutoencoder;
pub use denoiser::Denoiser;
pub use face::FaceAutoencoder;
pub use linear::LinearAutoencoder;
pub use parameters::Parameters;
pub use pca::Pca;
pub use pca_init::{FaceCovariance, build_with_pca_init};
pub use wiener::WienerFilter;

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Exact principal components, closed form.
    Pca,
    /// One dense layer each way, trained: the course's linear autoencoder.
    Linear,
    /// The course's deep convolutional autoencoder.
    Conv,
    /// A residual network around exact principal components.
    Face,
    /// A residual network around the Wiener filter, for any level of noise.
    Denoiser,
}

impl ModelKind {
    /// Whether the first weights depend on the training pictures: see [`build_with_pca_init`].
    pub fn needs_pca_init(self) -> bool {
        matches!(self, Self::Face | Self::Denoiser)
    }
}

/// Everything needed to build a network of the right shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// Which network.
    pub kind: ModelKind,
    /// Side of its square pictures, in pixels.
    pub size: u32,
    /// Numbers in a code.
    pub code_size: u32,
    /// Between its layers; `pca` and `linear` have none.
    #[serde(default)]
    pub activation: Activation,
    /// On the code itself; only `conv` has one.
    #[serde(default)]
    pub code_activation: Activation,
    /// Channels of `face`'s coarsest picture or `denoiser`'s finest, of which all
    /// others are multiples; 0 is the network's own choice. The rest have none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: u32,
    /// Standard deviation of a pixel around what its picture's code says, black to
    /// white being 1. Above 0 `face`'s codes are drawn while it trains, and pulled
    /// to a normal distribution: a variational autoencoder. 0 is plain.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub observation_noise: f32,
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ModelSpec {
    /// A network without activations, which `pca` and `linear` are.
    pub fn linear(kind: ModelKind, size: u32, code_size: u32) -> Self {
        Self {
            kind,
            size,
            code_size,
            activation: Activation::Linear,
            code_activation: Activation::Linear,
            width: 0,
            observation_noise: 0.0,
        }
    }

    /// The course's network: ELU after every layer but the last.
    pub fn conv(size: u32, code_size: u32) -> Self {
        Self {
            kind: ModelKind::Conv,
            size,
            code_size,
            activation: Activation::Elu,
            code_activation: Activation::Elu,
            width: 0,
            observation_noise: 0.0,
        }
    }

    /// Numbers in a face: size × size × 3.
    pub fn values(&self) -> usize {
        (self.size * self.size * 3) as usize
    }

    /// Checks the shape.
    ///
    /// # Errors
    /// When the size is not one of [`SIZES`] or the code does not fit.
    pub fn validate(&self) -> Result<()> {
        if !SIZES.contains(&self.size) {
            let sizes = SIZES.map(|size| size.to_string()).join(", ");
            return Err(Error::invalid(
                format!("size {}", self.size),
                format!("must be one of {sizes}"),
            ));
        }
        let values = self.values();
        if self.code_size == 0 || self.code_size as usize > values {
            return Err(Error::invalid(
                format!("code size {}", self.code_size),
                format!("must be 1 to {values} at size {}", self.size),
            ));
        }
        let fits = self.width.is_multiple_of(8) && self.width <= 1024;
        if !fits || (self.width > 0 && !self.kind.needs_pca_init()) {
            return Err(Error::invalid(
                format!("width {}", self.width),
                "must be a multiple of 8 up to 1024, for face and denoiser only; 0 is their own",
            ));
        }
        let noise = self.observation_noise;
        if !(0.0..=1.0).contains(&noise) || (noise > 0.0 && self.kind != ModelKind::Face) {
            return Err(Error::invalid(
                format!("observation noise {noise}"),
                "must be 0 to 1, for face only; 0 is none",
            ));
        }
        Ok(())
    }
}

impl std::fmt::Display for ModelKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pca => "pca",
            Self::Linear => "linear",
            Self::Conv => "conv",
            Self::Face => "face",
            Self::Denoiser => "denoiser",
        })
    }
}

/// A network with fresh weights, a pure function of the seed.
///
/// # Errors
/// When the spec is out of range, or the model is made from pictures: `pca`,
/// and those that [`build_with_pca_init`] makes.
pub fn build(spec: &ModelSpec, seed: u64, device: &Device) -> Result<Box<dyn Autoencoder>> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Linear => Box::new(LinearAutoencoder::new(spec, seed, device)?),
        ModelKind::Conv => Box::new(ConvAutoencoder::new(spec, seed, device)?),
        ModelKind::Pca => {
            return Err(Error::invalid(
                "model pca",
                "has no first weights; it is fitted to pictures",
            ));
        }
        ModelKind::Face | ModelKind::Denoiser => {
            return Err(Error::invalid(
                format!("model {}", spec.kind),
                "starts from the principal components of pictures",
            ));
        }
    })
}

/// A network around weights that were saved.
///
/// # Errors
/// Names the first weight that is missing or has another shape.
pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Box<dyn Autoencoder>> {
    spec.validate()?;
    Ok(match spec.kind {
        ModelKind::Pca => Box::new(Pca::with_parameters(spec, parameters)?),
        ModelKind::Linear => Box::new(LinearAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Conv => Box::new(ConvAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Face => Box::new(FaceAutoencoder::with_parameters(spec, parameters)?),
        ModelKind::Denoiser => Box::new(Denoiser::with_parameters(spec, parameters)?),
    })
}

/// A network that turns faces into codes and codes into faces. Faces are
/// `[n, size, size, 3]`, values −0.5 (black) to 0.5 (white); codes `[n, code_size]`.
pub trait Autoencoder: Send + Sync {
    /// Its shape.
    fn spec(&self) -> &ModelSpec;

    /// Codes of faces; not tracked for gradients.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn encode(&self, faces: &Tensor) -> Result<Tensor>;

    /// Faces of codes, unclipped; not tracked for gradients.
    ///
    /// # Errors
    /// When the codes' length is not the model's.
    fn decode(&self, codes: &Tensor) -> Result<Tensor>;

    /// Faces to faces as [`reconstruct`](Self::reconstruct) does it, with the weights
    /// tracked for gradients, which costs memory.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn forward(&self, faces: &Tensor) -> Result<Tensor>;

    /// As [`forward`](Self::forward), with codes that are drawn around the encoder's
    /// by standard normal numbers `[n, code_size]`, and the pull on the codes that
    /// goes with it, a scalar to add to the mean squared error (Kingma and Welling
    /// 2013). Both together are a bound on the likelihood in units of the error.
    ///
    /// # Errors
    /// When the model's spec has no observation noise.
    fn forward_sampled(&self, _faces: &Tensor, _normal: &Tensor) -> Result<(Tensor, Tensor)> {
        Err(Error::invalid(
            format!("model {}", self.spec().kind),
            "does not draw its codes",
        ))
    }

    /// What the model makes of (possibly noisy) faces, unclipped.
    ///
    /// # Errors
    /// Those of encoding and decoding.
    fn reconstruct(&self, faces: &Tensor) -> Result<Tensor> {
        self.decode(&self.encode(faces)?)
    }

    /// Its weights by name, in a fixed order.
    fn parameters(&self) -> &Parameters;

    /// Where its weights are.
    fn device(&self) -> &Device;
}
