//! Autoencoders, one a file, behind one trait.

mod parameters;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::kernels::Activation;

pub use parameters::Parameters;

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
    /// Between its layers.
    #[serde(default)]
    pub activation: Activation,
}

/// A network that turns faces into codes and codes into faces. Faces are
/// `[n, size, size, 3]`, values −0.5 (black) to 0.5 (white); codes `[n, code_size]`.
pub trait Autoencoder: Send {
    /// Its shape.
    fn spec(&self) -> &ModelSpec;

    /// Codes of faces.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn encode(&self, faces: &Tensor) -> Result<Tensor>;

    /// Faces of codes, unclipped.
    ///
    /// # Errors
    /// When the codes' length is not the model's.
    fn decode(&self, codes: &Tensor) -> Result<Tensor>;

    /// What the model makes of (possibly noisy) faces.
    ///
    /// # Errors
    /// Those of encoding and decoding.
    fn rebuild(&self, faces: &Tensor) -> Result<Tensor> {
        self.decode(&self.encode(faces)?)
    }

    /// Its weights by name, in a fixed order.
    fn parameters(&self) -> &Parameters;

    /// Where its weights are.
    fn device(&self) -> &Device;
}
