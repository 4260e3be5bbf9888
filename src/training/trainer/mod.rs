//! The training loop, without files or printing. It calls an observer after every step.

mod checks;
mod cuda_graph;
mod step;
mod throughput;

use std::sync::Arc;
use std::time::Instant;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use self::checks::check_inputs;
use self::cuda_graph::GraphState;
use self::step::StepResult;
use self::throughput::Throughput;
use super::batches::{BatchLoader, DeviceFaces, batch_rows};
use super::checkpoint::{Position, TrainerState};
use super::ema::Ema;
use super::evaluation::evaluate_per_picture;
use super::optim::Optimizer;
use super::scores::Scores;
use super::spec::TrainSpec;
use crate::dataset::{Faces, Noise, Split};
use crate::error::{Error, Result};
use crate::models::model_file::{FORMAT_VERSION, ModelMetadata, TrainedOn};
use crate::models::{self, Autoencoder, ModelKind, Pca};
use crate::progress::{Watch, unwatched};

pub(crate) use self::checks::check_training_pictures;

/// An observer's response to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Continue with the next step.
    Continue,
    /// Return from [`Trainer::run`] with [`Outcome::Checkpoint`], so that the
    /// caller can save or inspect the model. Calling `run` again continues as if it had never
    /// returned.
    Checkpoint,
    /// Return with [`Outcome::Stopped`].
    Stop,
}

/// Why [`Trainer::run`] returned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// All epochs are done, or the run stopped early.
    Finished,
    /// The observer asked for a checkpoint.
    Checkpoint,
    /// The observer asked to stop.
    Stopped,
    /// The loss of a step was not finite. The step was not applied.
    Diverged {
        /// The step, counted from 1.
        step: u64,
        /// Its loss.
        loss: f32,
    },
}

/// A report on one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Steps done, this one included.
    pub step: u64,
    /// Steps of the whole run.
    pub total_steps: u64,
    /// The epoch that the step belongs to, from 1.
    pub epoch: u32,
    /// Epochs of the whole run.
    pub epochs: u32,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Loss before the step: the mean squared error of the step's pictures. Under noise of any
    /// level it is weighted by the noise; with observation noise it includes the KL term.
    pub loss: f32,
    /// Mean of the losses of this epoch's pictures so far.
    pub epoch_loss: f64,
    /// The step's learning rate.
    pub learning_rate: f64,
    /// Training pictures per second, averaged over about 20 steps, without the time of evaluation
    /// and of the observer.
    pub images_per_s: f64,
    /// Scores after the last step of an epoch, if there are held-out pictures.
    pub held_out: Option<Scores>,
}

/// Steps whose losses are read together on a GPU, which idles at every read.
const STEPS_PER_SYNC: u64 = 16;

/// A run in memory: the model, its optimizer and its position.
pub struct Trainer {
    spec: TrainSpec,
    pictures: DeviceFaces,
    split: Split,
    model: Box<dyn Autoencoder>,
    optimizer: Optimizer,
    ema: Option<Ema>,
    position: Position,
    /// Held-out rows, the worst reconstructed first, at the last evaluation.
    worst: Vec<usize>,
    steps_per_sync: u64,
    cuda_graph: GraphState,
}

impl Trainer {
    /// A run at its start. A closed-form model (`pca`) is fitted here, and its run has one step,
    /// which evaluates it.
    ///
    /// # Errors
    /// When the spec is out of range or does not fit the faces, or there are no training pictures.
    pub fn new(spec: TrainSpec, faces: Arc<Faces>, split: Split, device: Device) -> Result<Self> {
        Self::new_with_progress(spec, faces, split, device, &mut unwatched)
    }

    /// [`new`](Self::new) with reports of the progress of a fit.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when `watch` cancels.
    pub fn new_with_progress(
        spec: TrainSpec,
        faces: Arc<Faces>,
        split: Split,
        device: Device,
        watch: Watch,
    ) -> Result<Self> {
        spec.validate()?;
        check_inputs(&spec, &faces, &split)?;
        let model: Box<dyn Autoencoder> = match spec.model.kind {
            ModelKind::Pca => Box::new(Pca::fit(
                &faces,
                &split.training,
                spec.model.code_size,
                watch,
            )?),
            kind if kind.needs_pca_init() => {
                let pictures = (&*faces, split.training.as_slice());
                models::build_with_pca_init(&spec.model, pictures, spec.seed, &device, watch)?
            }
            _ => models::build(&spec.model, spec.seed, &device)?,
        };
        let optimizer = Optimizer::new(&spec.optimizer, model.parameters())?;
        let average = if spec.averaging > 0.0 && spec.model.kind != ModelKind::Pca {
            Some(Ema::new(spec.averaging, &*model)?)
        } else {
            None
        };
        Ok(Self {
            spec,
            pictures: DeviceFaces::new(faces, model.device()),
            split,
            steps_per_sync: if model.device().is_cpu() {
                1
            } else {
                STEPS_PER_SYNC
            },
            model,
            optimizer,
            ema: average,
            position: Position::default(),
            worst: Vec::new(),
            cuda_graph: GraphState::default(),
        })
    }

    /// Sets how many steps (at least 1) run before their losses are read and reported: by default
    /// 16 on a GPU and 1 on the CPU. The observer's responses take effect after the last of them.
    pub fn set_steps_per_sync(&mut self, steps: u64) {
        self.steps_per_sync = steps.max(1);
    }

    /// Trains from the current position to the end, or until the observer stops it. The run is
    /// paused while the observer blocks.
    ///
    /// # Errors
    /// When the observer fails, a step fails, or the memory runs out.
    pub fn run(&mut self, observe: &mut dyn FnMut(&StepReport) -> Result<Flow>) -> Result<Outcome> {
        let mut batches = self.start_loader();
        let mut together = self.steps_per_sync;
        let mut rate = Throughput::default();
        while !self.is_done() {
            let started = Instant::now();
            let Some(taken) = self.run_steps(&batches, together)? else {
                // Repeat them one by one, to stop before the step that diverges.
                (batches, together) = (self.start_loader(), 1);
                continue;
            };
            rate.add(taken.iter().map(|step| step.pictures).sum(), started);
            let mut flow = Flow::Continue;
            for StepResult {
                loss,
                pictures,
                learning_rate,
            } in taken
            {
                let closed_form = pictures == 0;
                if !loss.is_finite() && !closed_form {
                    let step = self.position.step + 1;
                    return Ok(Outcome::Diverged { step, loss });
                }
                self.position.step += 1;
                self.position.epoch_loss_sum += f64::from(loss) * pictures as f64;
                self.position.epoch_pictures += pictures as u64;
                let report = self.report(loss, learning_rate, rate.images_per_s())?;
                if report.step % self.steps_per_epoch() == 0 {
                    self.position.end_epoch(report.held_out);
                }
                flow = flow.max(observe(&report)?);
            }
            match flow {
                Flow::Continue => {}
                Flow::Checkpoint => return Ok(Outcome::Checkpoint),
                Flow::Stop => return Ok(Outcome::Stopped),
            }
        }
        Ok(Outcome::Finished)
    }

    fn start_loader(&self) -> BatchLoader {
        BatchLoader::start(
            &self.spec,
            &self.pictures,
            &self.split.training,
            self.position.step..self.gradient_steps(),
        )
    }

    fn report(&mut self, loss: f32, learning_rate: f64, images_per_s: f64) -> Result<StepReport> {
        let Position {
            step,
            epoch_loss_sum,
            epoch_pictures,
            ..
        } = self.position;
        let ends_epoch = step % self.steps_per_epoch() == 0;
        Ok(StepReport {
            step,
            total_steps: self.total_steps(),
            epoch: self.epoch_of(step),
            epochs: self.epochs(),
            steps_per_epoch: self.steps_per_epoch(),
            loss,
            epoch_loss: epoch_loss_sum / epoch_pictures as f64,
            learning_rate,
            images_per_s,
            held_out: if ends_epoch && !self.split.held_out.is_empty() {
                Some(self.evaluate_held_out(&mut unwatched)?)
            } else {
                None
            },
        })
    }

    /// Evaluates the model on the held-out pictures, with the run's noise.
    ///
    /// # Errors
    /// When there are no held-out pictures, or `watch` cancels.
    pub fn evaluate_held_out(&mut self, watch: Watch) -> Result<Scores> {
        let rows = &self.split.held_out;
        let (scores, errors) = evaluate_per_picture(
            self.model(),
            self.faces(),
            rows,
            self.spec.noise,
            self.spec.seed,
            watch,
        )?;
        let mut places: Vec<usize> = (0..rows.len()).collect();
        // NaN counts as the worst.
        let bad = |place: usize| {
            if errors[place].is_nan() {
                f64::INFINITY
            } else {
                errors[place]
            }
        };
        places.sort_by(|&a, &b| bad(b).total_cmp(&bad(a)));
        self.worst = places.into_iter().map(|place| rows[place]).collect();
        Ok(scores)
    }

    /// Held-out rows, the worst reconstructed first, from the last [`evaluate_held_out`]; empty
    /// before that.
    ///
    /// [`evaluate_held_out`]: Self::evaluate_held_out
    pub fn worst_held_out(&self) -> &[usize] {
        &self.worst
    }

    /// A copy of everything that changes in training.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn state(&self) -> Result<TrainerState> {
        Ok(TrainerState {
            position: self.position,
            parameters: self.model.parameters().snapshot()?,
            ema: self.ema.as_ref().map(Ema::state).transpose()?,
            optimizer: self.optimizer.state()?,
        })
    }

    /// Restores a state of a run with the same spec. On the CPU, the run then continues bit for bit
    /// like the one that the state was taken from.
    ///
    /// # Errors
    /// When the state belongs to another network or lies beyond the run's end.
    pub fn restore(&mut self, state: &TrainerState) -> Result<()> {
        if state.position.step > self.total_steps() {
            return Err(Error::invalid(
                format!("checkpoint at step {}", state.position.step),
                format!("is beyond the run's {} steps", self.total_steps()),
            ));
        }
        self.model.parameters().restore(&state.parameters)?;
        if let Some(average) = &self.ema {
            let state = state.ema.as_ref().ok_or_else(|| {
                Error::not_found(
                    "moving average of the weights",
                    "the checkpoint belongs to another run",
                )
            })?;
            average.restore(state)?;
        }
        self.optimizer.restore(&state.optimizer)?;
        self.position = state.position;
        Ok(())
    }

    /// Changes the learning rate and the noise from the next step on. `None` leaves a value as it
    /// is.
    ///
    /// # Errors
    /// When the learning rate is out of range. Then nothing is changed.
    pub fn set_hyperparameters(
        &mut self,
        learning_rate: Option<f64>,
        noise: Option<Noise>,
    ) -> Result<()> {
        let mut spec = self.spec.clone();
        spec.optimizer.learning_rate = learning_rate.unwrap_or(spec.optimizer.learning_rate);
        spec.noise = noise.unwrap_or(spec.noise);
        spec.validate()?;
        self.spec = spec;
        Ok(())
    }

    /// Whether the model is fitted at once instead of trained in steps.
    pub fn is_closed_form(&self) -> bool {
        self.spec.model.kind == ModelKind::Pca
    }

    /// The lowest held-out mean squared error of an epoch so far.
    pub fn best_held_out(&self) -> Option<f64> {
        self.position.best_held_out
    }

    /// The rows of a step's pictures. `step` counts from 1.
    pub fn batch_rows(&self, step: u64) -> Vec<usize> {
        if self.is_closed_form() {
            return self.split.training.clone();
        }
        batch_rows(&self.spec, &self.split.training, step.saturating_sub(1))
    }

    /// The current model: the moving average of the weights, if the run has one.
    pub fn model(&self) -> &dyn Autoencoder {
        match &self.ema {
            Some(average) => average.model(),
            None => &*self.model,
        }
    }

    /// The model whose weights the optimizer updates.
    pub fn raw_model(&self) -> &dyn Autoencoder {
        &*self.model
    }

    /// Whether all epochs are done, or the run stopped early.
    pub fn is_done(&self) -> bool {
        self.position.step >= self.total_steps() || self.is_out_of_patience()
    }

    /// Whether the run stopped early: the held-out error has not improved for the spec's patience.
    pub fn is_out_of_patience(&self) -> bool {
        let patience = self.spec.patience;
        patience > 0 && self.position.epochs_since_best >= patience
    }

    /// The run's spec.
    pub fn spec(&self) -> &TrainSpec {
        &self.spec
    }

    /// The training and held-out rows.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// All pictures of the data set.
    pub fn faces(&self) -> &Arc<Faces> {
        &self.pictures.faces
    }

    /// Steps done.
    pub fn steps_done(&self) -> u64 {
        self.position.step
    }

    /// Steps in an epoch. The last one takes the pictures that do not fill a batch.
    pub fn steps_per_epoch(&self) -> u64 {
        let batch = self.spec.batch_size as usize;
        if self.is_closed_form() {
            return 1;
        }
        self.split.training.len().div_ceil(batch) as u64
    }

    /// The learning rate of the step after `done` steps.
    fn learning_rate(&self, done: u64) -> f64 {
        let factor = self
            .spec
            .schedule
            .factor(done, self.total_steps(), self.steps_per_epoch());
        self.spec.optimizer.learning_rate * factor
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.steps_per_epoch() * u64::from(self.epochs())
    }

    /// The metadata to save with the model's weights.
    pub fn metadata(&self) -> ModelMetadata {
        let step = self.position.step;
        ModelMetadata {
            format: FORMAT_VERSION,
            version: env!("CARGO_PKG_VERSION").to_string(),
            model: self.model.spec().clone(),
            preprocess: self.spec.data.preprocess,
            crop: self.spec.data.crop,
            objective: self.spec.noise,
            data: TrainedOn {
                title: self.spec.data.title.clone(),
                fingerprint: self.spec.data.fingerprint.clone(),
                held_out: Some(self.spec.data.held_out),
                pictures: self.split.training.len(),
            },
            seed: self.spec.seed,
            step,
            epoch: (step / self.steps_per_epoch()) as u32,
            parameters: self.model.parameters().element_count(),
        }
    }

    /// Epochs of the whole run; 1 for a closed-form model.
    pub fn epochs(&self) -> u32 {
        match self.spec.model.kind {
            ModelKind::Pca => 1,
            _ => self.spec.epochs,
        }
    }

    fn gradient_steps(&self) -> u64 {
        match self.spec.model.kind {
            ModelKind::Pca => 0,
            _ => self.total_steps(),
        }
    }

    fn epoch_of(&self, step: u64) -> u32 {
        (step.saturating_sub(1) / self.steps_per_epoch()) as u32 + 1
    }
}
