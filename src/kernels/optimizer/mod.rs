//! Adamax and `AdamW`, one pass over weight, gradient and moments for each step.

pub(super) mod step;

use candle_core::Tensor;

use super::backend::Backend;
use super::{cpu, cuda};
use crate::error::Result;

pub use step::{Algorithm, ParamUpdate, Step};

impl Step {
    /// Changes weights and their two moments in place.
    ///
    /// On a GPU the step's [`coefficients`](Self::coefficients) are read from
    /// `coefficients`, and only the algorithm from here.
    ///
    /// # Errors
    /// When shapes differ, or candle cannot compute the step.
    pub fn apply(&self, updates: &[ParamUpdate], coefficients: Option<&Tensor>) -> Result<()> {
        let mut on_gpu = Vec::new();
        for update in updates {
            match (update.backend()?, coefficients) {
                (Backend::Cpu, _) => cpu::optimizer::apply(self, update)?,
                (Backend::Cuda, Some(_)) => on_gpu.push(update),
                _ => self.apply_reference(update)?,
            }
        }
        match coefficients {
            Some(coefficients) => Ok(cuda::optimizer::apply(
                self.algorithm,
                coefficients,
                &on_gpu,
            )?),
            None => Ok(()),
        }
    }

    /// The reference implementation, composed of candle's operations.
    ///
    /// # Errors
    /// When candle cannot compute the step.
    pub fn apply_reference(&self, update: &ParamUpdate) -> Result<()> {
        let ParamUpdate {
            weight,
            gradient,
            first_moment,
            second_moment,
        } = update;
        let gradient = gradient.detach();
        let corrected1 = 1.0 - self.beta1.powf(self.step as f64);
        let mean = ((first_moment.as_detached_tensor() * self.beta1)?
            + (&gradient * (1.0 - self.beta1))?)?;
        let old = weight.as_detached_tensor();
        let (scale, new) = match self.algorithm {
            Algorithm::Adamax => {
                let scale =
                    (second_moment.as_detached_tensor() * self.beta2)?.maximum(&gradient.abs()?)?;
                let change = (&mean / (&scale + self.epsilon)?)?;
                let new = (old - (change * (self.learning_rate / corrected1))?)?;
                (scale, new)
            }
            Algorithm::AdamW => {
                let corrected2 = 1.0 - self.beta2.powf(self.step as f64);
                let scale = ((second_moment.as_detached_tensor() * self.beta2)?
                    + (gradient.sqr()? * (1.0 - self.beta2))?)?;
                let root = ((&scale / corrected2)?.sqrt()? + self.epsilon)?;
                let change = (&mean / root)?;
                let kept = (old * (1.0 - self.learning_rate * self.weight_decay))?;
                (
                    scale,
                    (kept - (change * (self.learning_rate / corrected1))?)?,
                )
            }
        };
        first_moment.set(&mean)?;
        second_moment.set(&scale)?;
        Ok(weight.set(&new)?)
    }
}
