//! Exponential moving average of the weights, which often gives a better model than the weights
//! themselves (Polyak and Juditsky 1992).

use candle_core::Tensor;

use crate::error::Result;
use crate::models::{self, Autoencoder, Parameters};

/// A second network whose weights are the moving average of the trained ones.
pub(super) struct Ema {
    decay: f64,
    model: Box<dyn Autoencoder>,
}

impl Ema {
    /// Starts at the model's weights.
    pub(super) fn new(decay: f64, model: &dyn Autoencoder) -> Result<Self> {
        Ok(Self {
            decay,
            model: models::with_parameters(model.spec(), model.parameters().deep_clone()?)?,
        })
    }

    pub(super) fn model(&self) -> &dyn Autoencoder {
        &*self.model
    }

    /// Updates the average with the weights after `step` steps. The decay is lower in the first
    /// steps, as in TensorFlow's `ExponentialMovingAverage`, since the initial weights are poor.
    pub(super) fn update(&self, weights: &Parameters, step: u64) -> Result<()> {
        let step = step as f64;
        let decay = self.decay.min((1.0 + step) / (10.0 + step));
        for ((_, mean), (_, weight)) in self.model.parameters().iter().zip(weights.iter()) {
            let kept = mean.as_detached_tensor().affine(decay, 0.0)?;
            let new = weight.as_detached_tensor().affine(1.0 - decay, 0.0)?;
            mean.set(&(kept + new)?)?;
        }
        Ok(())
    }

    pub(super) fn state(&self) -> Result<Vec<(String, Tensor)>> {
        self.model.parameters().snapshot()
    }

    pub(super) fn restore(&self, state: &[(String, Tensor)]) -> Result<()> {
        self.model.parameters().restore(state)
    }
}
