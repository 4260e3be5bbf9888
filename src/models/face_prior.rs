//! What a model knows of how faces are distributed, before it sees a picture.

use candle_core::{Device, Tensor};

use crate::error::Result;

/// A Gaussian distribution of faces.
pub trait FacePrior {
    /// The mean face `[size, size, 3]`.
    ///
    /// # Errors
    /// When the device has too little memory.
    fn mean(&self) -> Result<Vec<f32>>;

    /// Standard normal numbers that one [`draw`](Self::draw) takes.
    fn normals(&self) -> usize;

    /// Faces `[n, values]` with the mean and covariance, from standard normal numbers
    /// `[n, normals]`.
    ///
    /// # Errors
    /// When the device has too little memory.
    fn draw(&self, normal: &Tensor) -> Result<Tensor>;

    /// The covariance times pictures `[n, values]`.
    ///
    /// # Errors
    /// When the device has too little memory.
    fn apply_covariance(&self, pictures: &Tensor) -> Result<Tensor>;

    /// The device of these tensors.
    fn device(&self) -> &Device;
}
