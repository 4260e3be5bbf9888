//! The network in training, and what one step does to it: loss, gradients, update.

use std::sync::Arc;

use candle_core::{DType, Tensor};

use super::cuda_graph::{StepGraph, StepParts};
use super::device_faces::DeviceFaces;
use super::ema::Ema;
use super::host_batch::{Batch, HostBatch};
use super::oom;
use super::optim::Optimizer;
use super::spec::TrainSpec;
use super::state::{Position, TrainerState};
use crate::dataset::{Faces, Noise};
use crate::error::{Error, Result};
use crate::kernels;
use crate::models::Autoencoder;

/// A network with everything that its training changes.
pub(super) struct Learner {
    model: Box<dyn Autoencoder>,
    optimizer: Optimizer,
    ema: Option<Ema>,
    faces: DeviceFaces,
    graph: StepGraph,
}

/// What differs from step to step, apart from the batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepSettings {
    /// The step, counted from 1.
    pub step: u64,
    pub learning_rate: f64,
    pub noise: Noise,
}

impl Learner {
    pub(super) fn new(
        spec: &TrainSpec,
        model: Box<dyn Autoencoder>,
        faces: Arc<Faces>,
    ) -> Result<Self> {
        let optimizer = Optimizer::new(&spec.optimizer, model.parameters())?;
        let ema = if spec.averaging > 0.0 && !spec.model.kind.is_closed_form() {
            Some(Ema::new(spec.averaging, &*model)?)
        } else {
            None
        };
        Ok(Self {
            optimizer,
            ema,
            faces: DeviceFaces::new(faces, model.device()),
            graph: StepGraph::new(spec, model.device()),
            model,
        })
    }

    /// The model whose weights the optimizer updates.
    pub(super) fn raw_model(&self) -> &dyn Autoencoder {
        &*self.model
    }

    /// The current model: the moving average of the weights, if there is one.
    pub(super) fn model(&self) -> &dyn Autoencoder {
        match &self.ema {
            Some(ema) => ema.model(),
            None => &*self.model,
        }
    }

    /// All pictures of the data set.
    pub(super) fn faces(&self) -> &DeviceFaces {
        &self.faces
    }

    /// Runs a step and returns its loss. The step is not applied if its loss is not finite.
    pub(super) fn run_step(&mut self, batch: HostBatch, settings: StepSettings) -> Result<f32> {
        let batch = batch.into_batch(&self.faces, settings.noise)?;
        let loss = self.loss(&batch)?;
        let value = loss.to_scalar::<f32>()?;
        if value.is_finite() {
            self.apply_update(&loss, batch.pictures, settings)?;
        }
        Ok(value)
    }

    /// Enqueues a step on the device. Returns its loss, to be read later.
    pub(super) fn enqueue_step(
        &mut self,
        batch: HostBatch,
        settings: StepSettings,
    ) -> Result<Tensor> {
        if let Some(indices) = batch.indices() {
            let parts = StepParts {
                model: &*self.model,
                optimizer: &self.optimizer,
                faces: &self.faces,
                noise: settings.noise,
            };
            let (rate, step) = (settings.learning_rate, settings.step);
            if let Some(loss) = self.graph.replay(parts, indices, rate, step)? {
                return Ok(loss);
            }
        }
        let batch = batch.into_batch(&self.faces, settings.noise)?;
        let loss = self.loss(&batch)?;
        self.apply_update(&loss, batch.pictures, settings)?;
        Ok(loss.detach())
    }

    /// The mean squared error of a batch, weighted if it has weights, plus the KL term if codes
    /// are sampled.
    fn loss(&self, batch: &Batch) -> Result<Tensor> {
        let error = |output: &Tensor| match batch.weights.as_slice() {
            [] => kernels::mse(output, &batch.target),
            weights => kernels::weighted_mse(output, &batch.target, weights),
        };
        let loss = match &batch.code_noise {
            None => self.model.forward(&batch.input).and_then(|it| error(&it)),
            Some(normal) => self
                .model
                .forward_sampled(&batch.input, normal)
                .and_then(|(output, kl)| kernels::add(&error(&output)?, &kl)),
        };
        loss.map_err(|error| self.explain_oom(error, batch.pictures))
    }

    /// Backpropagates and updates the weights and their moving average.
    fn apply_update(
        &mut self,
        loss: &Tensor,
        pictures: usize,
        settings: StepSettings,
    ) -> Result<()> {
        let (rate, step) = (settings.learning_rate, settings.step);
        kernels::backward(loss)
            .and_then(|gradients| self.optimizer.step(&gradients, rate, step))
            .map_err(|error| self.explain_oom(error, pictures))?;
        match &self.ema {
            Some(ema) => ema.update(self.model.parameters(), step),
            None => Ok(()),
        }
    }

    /// Adds the largest batch size that fits to an out-of-memory error.
    fn explain_oom(&self, error: Error, pictures: usize) -> Error {
        oom::explain(error, pictures, |pictures| {
            let size = self.model.spec().size as usize;
            let shape = (pictures, size, size, 3);
            let faces = Tensor::zeros(shape, DType::F32, self.model.device())?;
            let loss = kernels::mse(&self.model.forward(&faces)?, &faces)?;
            let _ = kernels::backward(&loss)?;
            Ok(self.model.device().synchronize()?)
        })
    }

    /// A copy of everything that changes in training, at a position.
    pub(super) fn state(&self, position: Position) -> Result<TrainerState> {
        Ok(TrainerState {
            position,
            parameters: self.model.parameters().snapshot()?,
            ema: self.ema.as_ref().map(Ema::state).transpose()?,
            optimizer: self.optimizer.state()?,
        })
    }

    /// Restores weights, moving average and moments.
    pub(super) fn restore(&mut self, state: &TrainerState) -> Result<()> {
        self.model.parameters().restore(&state.parameters)?;
        if let Some(ema) = &self.ema {
            let state = state.ema.as_ref().ok_or_else(|| {
                Error::not_found(
                    "moving average of the weights",
                    "the checkpoint belongs to another run",
                )
            })?;
            ema.restore(state)?;
        }
        self.optimizer.restore(&state.optimizer)
    }
}
