//! The shape of a network.

use serde::{Deserialize, Serialize};

use crate::dataset::face_spec::SIZES;
use crate::error::{Error, Result};
use crate::kernels::Activation;

/// The side of the pictures that `descriptor` and `identity` describe.
pub(crate) const DESCRIPTOR_SIZE: u32 = 128;

/// A kind of network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ModelKind {
    /// Exact principal components, in closed form.
    Pca,
    /// The course's linear autoencoder: one trained dense layer each way.
    Linear,
    /// The course's deep convolutional autoencoder.
    Conv,
    /// A residual network around exact principal components.
    Face,
    /// A residual network around the Wiener filter, for noise of any level.
    Denoiser,
    /// Patterns in cells, whitened, in closed form: an encoder for search.
    Descriptor,
    /// The descriptor with discriminants learned from people's names.
    Identity,
}

impl ModelKind {
    /// Whether the initial weights depend on the training pictures: see
    /// [`build_with_pca_init`](super::build_with_pca_init).
    pub(crate) fn needs_pca_init(self) -> bool {
        matches!(self, Self::Face | Self::Denoiser)
    }

    /// Whether it is fitted at once instead of trained in steps.
    pub(crate) fn is_closed_form(self) -> bool {
        matches!(self, Self::Pca | Self::Descriptor | Self::Identity)
    }

    /// Whether it can rebuild a face from its code.
    pub(crate) fn has_decoder(self) -> bool {
        !matches!(self, Self::Descriptor | Self::Identity)
    }

    /// Whether its codes are white already, so that whitening would change nothing.
    pub(crate) fn codes_are_whitened(self) -> bool {
        !self.has_decoder()
    }

    /// Whether it removes noise of any level that it is not told, so that samples can be drawn
    /// from it.
    pub(crate) fn is_blind_denoiser(self) -> bool {
        self == Self::Denoiser
    }

    /// Whether it learns who is on the pictures.
    pub(crate) fn learns_names(self) -> bool {
        self == Self::Identity
    }
}

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// Which network.
    pub kind: ModelKind,
    /// Side of its square pictures in pixels, one of [`SIZES`].
    pub size: u32,
    /// Latent dimensions: numbers in a code.
    pub code_size: u32,
    /// The activation between layers; `pca` and `linear` have none.
    #[serde(default)]
    pub activation: Activation,
    /// The activation on the code; only `conv` has one.
    #[serde(default)]
    pub code_activation: Activation,
    /// Channels at the coarsest level of `face`, or at the finest of `denoiser`; the other
    /// levels are multiples of it. 0 is the network's default. Other networks ignore it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: u32,
    /// Standard deviation of the pixels around the decoded picture, on a scale from black (0) to
    /// white (1). Above 0, `face` trains as a variational autoencoder: its codes are sampled, and
    /// a KL term is added to the loss. 0 is a plain autoencoder.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub observation_noise: f32,
}

fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl ModelSpec {
    /// The spec of a network without activations: `pca` or `linear`.
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

    /// The spec of the course's convolutional network: ELU after every layer but the last.
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

    /// Values in a picture: size × size × 3.
    pub(crate) fn values(&self) -> usize {
        (self.size * self.size * 3) as usize
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that is out of range, and its range.
    pub(crate) fn validate(&self) -> Result<()> {
        if !SIZES.contains(&self.size) {
            let sizes = SIZES.map(|size| size.to_string()).join(", ");
            return Err(Error::invalid(
                format!("size {}", self.size),
                format!("must be one of {sizes}"),
            ));
        }
        if !self.kind.has_decoder() && self.size != DESCRIPTOR_SIZE {
            return Err(Error::invalid(
                format!("size {}", self.size),
                format!("must be {DESCRIPTOR_SIZE} for {}", self.kind),
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
                "must be a multiple of 8 up to 1024, for face and denoiser only; 0 is the network's default",
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
