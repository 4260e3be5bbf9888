//! Training steps: one, or several whose losses are read together.

use candle_core::{DType, Tensor};

use super::Trainer;
use crate::error::{Error, Result};
use crate::kernels;
use crate::training::batches::{Batch, BatchLoader, HostBatch};
use crate::training::oom;

/// The result of one step.
pub(super) struct StepResult {
    pub loss: f32,
    pub pictures: usize,
    pub learning_rate: f64,
}

impl Trainer {
    /// Runs the next steps of this epoch, at most `together`. If a loss is not finite, a single
    /// step is not applied; several steps are all undone, and the result is `None`.
    pub(super) fn run_steps(
        &mut self,
        batches: &BatchLoader,
        together: u64,
    ) -> Result<Option<Vec<StepResult>>> {
        let first = self.position.step;
        let left = self.steps_per_epoch() - first % self.steps_per_epoch();
        if together == 1 || left == 1 {
            return self.run_step(batches).map(|taken| Some(vec![taken]));
        }
        let before = self.state()?;
        let (mut taken, mut losses) = (Vec::new(), Vec::new());
        for step in first..first + together.min(left) {
            let Some(batch) = batches.next() else {
                break;
            };
            let (pictures, learning_rate) = (batch.pictures, self.learning_rate(step));
            losses.push(self.enqueue_step(batch, learning_rate, step + 1)?);
            taken.push(StepResult {
                loss: f32::NAN,
                pictures,
                learning_rate,
            });
        }
        let losses = Tensor::stack(&losses, 0)?.to_vec1::<f32>()?;
        if losses.iter().any(|loss| !loss.is_finite()) {
            self.restore(&before)?;
            return Ok(None);
        }
        for (taken, loss) in taken.iter_mut().zip(losses) {
            taken.loss = loss;
        }
        Ok(Some(taken))
    }

    /// Enqueues a step on the device. Returns its loss, to be read later.
    fn enqueue_step(&mut self, batch: HostBatch, rate: f64, step: u64) -> Result<Tensor> {
        if let Some(told) = batch.indices()
            && let Some(loss) = self.replay_step(told, rate, step)?
        {
            return Ok(loss);
        }
        let batch = batch.into_batch(&self.pictures, self.spec.noise)?;
        let loss = self.loss(&batch)?;
        self.apply_update(&loss, batch.pictures, rate, step)?;
        Ok(loss.detach())
    }

    fn run_step(&mut self, batches: &BatchLoader) -> Result<StepResult> {
        let step = self.position.step;
        let learning_rate = self.learning_rate(step);
        let Some(batch) = batches.next() else {
            // Closed form: there is nothing to train.
            return Ok(StepResult {
                loss: f32::NAN,
                pictures: 0,
                learning_rate,
            });
        };
        let batch = batch.into_batch(&self.pictures, self.spec.noise)?;
        let loss = self.loss(&batch)?;
        let value = loss.to_scalar::<f32>()?;
        if value.is_finite() {
            self.apply_update(&loss, batch.pictures, learning_rate, step + 1)?;
        }
        Ok(StepResult {
            loss: value,
            pictures: batch.pictures,
            learning_rate,
        })
    }

    fn loss(&self, batch: &Batch) -> Result<Tensor> {
        let error = |rebuilt: &Tensor| match batch.weights.as_slice() {
            [] => kernels::mse(rebuilt, &batch.target),
            weights => kernels::weighted_mse(rebuilt, &batch.target, weights),
        };
        let loss = match &batch.code_noise {
            None => self.model.forward(&batch.input).and_then(|it| error(&it)),
            Some(normal) => self
                .model
                .forward_sampled(&batch.input, normal)
                .and_then(|(rebuilt, pull)| kernels::add(&error(&rebuilt)?, &pull)),
        };
        loss.map_err(|error| self.explain_oom(error, batch.pictures))
    }

    /// Backpropagates and updates the weights. `step` counts from 1.
    fn apply_update(&mut self, loss: &Tensor, pictures: usize, rate: f64, step: u64) -> Result<()> {
        kernels::backward(loss)
            .and_then(|gradients| self.optimizer.step(&gradients, rate, step))
            .map_err(|error| self.explain_oom(error, pictures))?;
        match &self.ema {
            Some(average) => average.update(self.model.parameters(), step),
            None => Ok(()),
        }
    }

    /// Adds the largest batch size that fits to an out-of-memory error.
    fn explain_oom(&self, error: Error, pictures: usize) -> Error {
        oom::explain(error, pictures, |pictures| {
            let size = self.spec.model.size as usize;
            let shape = (pictures, size, size, 3);
            let faces = Tensor::zeros(shape, DType::F32, self.model.device())?;
            let loss = kernels::mse(&self.model.forward(&faces)?, &faces)?;
            let _ = kernels::backward(&loss)?;
            Ok(self.model.device().synchronize()?)
        })
    }
}
