//! The trait of all networks.

use candle_core::{Device, Tensor};

use super::face_prior::FacePrior;
use super::parameters::Parameters;
use super::spec::ModelSpec;
use crate::error::{Error, Result};

/// A network that encodes faces and decodes codes.
///
/// Faces are `[n, size, size, 3]` with values from −0.5 (black) to 0.5 (white); codes are
/// `[n, code_size]`.
pub trait Autoencoder: Send + Sync {
    /// The network's shape.
    fn spec(&self) -> &ModelSpec;

    /// Encodes faces, without tracking gradients.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn encode(&self, faces: &Tensor) -> Result<Tensor>;

    /// Decodes codes into unclipped faces, without tracking gradients.
    ///
    /// # Errors
    /// When the codes' length is not the model's.
    fn decode(&self, codes: &Tensor) -> Result<Tensor>;

    /// Faces to faces as [`reconstruct`](Self::reconstruct) does it, but
    /// tracks the weights for gradients, which costs memory.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn forward(&self, faces: &Tensor) -> Result<Tensor>;

    /// As [`forward`](Self::forward), with codes that are sampled around the
    /// encoder's (the reparametrization trick of Kingma and Welling 2013), from the standard
    /// normal numbers `normal` `[n, code_size]`. Also returns the KL term, a scalar to add to
    /// the mean squared error. Their sum is the evidence lower bound in units of the mean
    /// squared error.
    ///
    /// # Errors
    /// When the model's spec has no observation noise.
    fn forward_sampled(&self, _faces: &Tensor, _normal: &Tensor) -> Result<(Tensor, Tensor)> {
        Err(Error::invalid(
            format!("model {}", self.spec().kind),
            "does not sample its codes",
        ))
    }

    /// Encodes and decodes (possibly noisy) faces. The result is unclipped.
    ///
    /// # Errors
    /// When the pictures' size is not the model's.
    fn reconstruct(&self, faces: &Tensor) -> Result<Tensor> {
        self.decode(&self.encode(faces)?)
    }

    /// The distribution of faces that the model starts from, if it holds one.
    fn face_prior(&self) -> Option<&dyn FacePrior> {
        None
    }

    /// The weights by name, in a fixed order.
    fn parameters(&self) -> &Parameters;

    /// The device that holds the weights.
    fn device(&self) -> &Device;
}
