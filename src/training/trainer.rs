//! The training loop, without files or printing. It calls an observer after every step.

use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor};

use super::batch_loader::{BatchLoader, batch_rows};
use super::checks::check_inputs;
use super::evaluation::evaluate;
use super::learner::{Learner, StepSettings};
use super::report::{Flow, Outcome, StepReport};
use super::run_length::RunLength;
use super::scores::Scores;
use super::spec::TrainSpec;
use super::state::{Position, TrainerState};
use super::throughput::Throughput;
use crate::dataset::{Faces, Noise, Split};
use crate::error::{Error, Result};
use crate::models::model_file::{FORMAT_VERSION, ModelMetadata, TrainedOn};
use crate::models::{self, Autoencoder};
use crate::progress::{Watch, unwatched};

/// Steps whose losses are read together on a GPU, which idles at every read.
const STEPS_PER_SYNC: u64 = 16;

/// A run in memory: the model, its optimizer and its position.
pub struct Trainer {
    spec: TrainSpec,
    split: Split,
    length: RunLength,
    learner: Learner,
    position: Position,
    /// Held-out rows, the worst reconstructed first, at the last evaluation.
    worst: Vec<usize>,
    steps_per_sync: u64,
}

/// The result of one step.
struct StepResult {
    loss: f32,
    /// 0 if the model is in closed form.
    pictures: usize,
    learning_rate: f64,
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
    pub(crate) fn new_with_progress(
        spec: TrainSpec,
        faces: Arc<Faces>,
        split: Split,
        device: Device,
        watch: Watch,
    ) -> Result<Self> {
        spec.validate()?;
        check_inputs(&spec, &faces, &split)?;
        let rows = split.training.as_slice();
        let model: Box<dyn Autoencoder> = match spec.model.kind {
            kind if kind.is_closed_form() => {
                models::fit_closed_form(&spec.model, (&faces, rows), watch)?
            }
            kind if kind.needs_pca_init() => {
                models::build_with_pca_init(&spec.model, (&faces, rows), spec.seed, &device, watch)?
            }
            _ => models::build(&spec.model, spec.seed, &device)?,
        };
        Ok(Self {
            length: RunLength::new(&spec, rows.len()),
            steps_per_sync: if model.device().is_cpu() {
                1
            } else {
                STEPS_PER_SYNC
            },
            learner: Learner::new(&spec, model, faces)?,
            position: Position::default(),
            worst: Vec::new(),
            spec,
            split,
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
        let mut loader = self.start_loader();
        let mut steps_per_sync = self.steps_per_sync;
        let mut throughput = Throughput::default();
        while !self.is_done() {
            let started = Instant::now();
            let Some(steps) = self.run_steps(&loader, steps_per_sync)? else {
                // Repeat them one by one, to stop before the step that diverges.
                (loader, steps_per_sync) = (self.start_loader(), 1);
                continue;
            };
            throughput.add(steps.iter().map(|step| step.pictures).sum(), started);
            let mut flow = Flow::Continue;
            for step in steps {
                let is_closed_form = step.pictures == 0;
                if !step.loss.is_finite() && !is_closed_form {
                    return Ok(Outcome::Diverged {
                        step: self.position.step + 1,
                        loss: step.loss,
                    });
                }
                let report = self.advance(&step, throughput.images_per_s())?;
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
            self.learner.faces(),
            &self.split.training,
            self.position.step..self.length.gradient_steps(),
        )
    }

    /// Runs the next steps of this epoch, at most `most`. If a loss is not finite, a single step
    /// is not applied; several steps are all undone, and the result is `None`.
    fn run_steps(&mut self, loader: &BatchLoader, most: u64) -> Result<Option<Vec<StepResult>>> {
        let first = self.position.step;
        let left = self.length.steps_left_in_epoch(first);
        if most == 1 || left == 1 {
            return self.run_step(loader).map(|step| Some(vec![step]));
        }
        let before = self.state()?;
        let (mut steps, mut losses) = (Vec::new(), Vec::new());
        for done in first..first + most.min(left) {
            let Some(batch) = loader.next() else {
                break;
            };
            let settings = self.step_settings(done);
            steps.push(StepResult {
                loss: f32::NAN,
                pictures: batch.pictures,
                learning_rate: settings.learning_rate,
            });
            losses.push(self.learner.enqueue_step(batch, settings)?);
        }
        let losses = Tensor::stack(&losses, 0)?.to_vec1::<f32>()?;
        if losses.iter().any(|loss| !loss.is_finite()) {
            self.restore(&before)?;
            return Ok(None);
        }
        for (step, loss) in steps.iter_mut().zip(losses) {
            step.loss = loss;
        }
        Ok(Some(steps))
    }

    fn run_step(&mut self, loader: &BatchLoader) -> Result<StepResult> {
        let settings = self.step_settings(self.position.step);
        let (loss, pictures) = match loader.next() {
            Some(batch) => {
                let pictures = batch.pictures;
                (self.learner.run_step(batch, settings)?, pictures)
            }
            // Closed form: there is nothing to train.
            None => (f32::NAN, 0),
        };
        Ok(StepResult {
            loss,
            pictures,
            learning_rate: settings.learning_rate,
        })
    }

    /// The settings of the step after `done` steps.
    fn step_settings(&self, done: u64) -> StepSettings {
        let factor =
            self.spec
                .schedule
                .factor(done, self.total_steps(), self.length.steps_per_epoch);
        StepSettings {
            step: done + 1,
            learning_rate: self.spec.optimizer.learning_rate * factor,
            noise: self.spec.noise,
        }
    }

    /// Moves the position past a step that was run, and reports it. Evaluates at the end of an
    /// epoch.
    fn advance(&mut self, result: &StepResult, images_per_s: f64) -> Result<StepReport> {
        self.position.step += 1;
        self.position.epoch_loss_sum += f64::from(result.loss) * result.pictures as f64;
        self.position.epoch_pictures += result.pictures as u64;
        let step = self.position.step;
        let ends_epoch = self.length.ends_epoch(step);
        let report = StepReport {
            step,
            total_steps: self.total_steps(),
            epoch: self.length.epoch_of(step),
            epochs: self.epochs(),
            steps_per_epoch: self.steps_per_epoch(),
            loss: result.loss,
            epoch_loss: self.position.epoch_loss_sum / self.position.epoch_pictures as f64,
            learning_rate: result.learning_rate,
            images_per_s,
            held_out: if ends_epoch && self.can_evaluate() {
                Some(self.evaluate_held_out(&mut unwatched)?)
            } else {
                None
            },
        };
        if ends_epoch {
            self.position.end_epoch(report.held_out);
        }
        Ok(report)
    }

    /// Evaluates the model on the held-out pictures, with the run's noise.
    ///
    /// # Errors
    /// When there are no held-out pictures, or `watch` cancels.
    pub fn evaluate_held_out(&mut self, watch: Watch) -> Result<Scores> {
        let (noise, seed) = (self.spec.noise, self.spec.seed);
        let rows = &self.split.held_out;
        let evaluation = evaluate(self.model(), self.faces(), rows, noise, seed, watch)?;
        self.worst = evaluation.worst_first().map(|index| rows[index]).collect();
        Ok(evaluation.scores)
    }

    /// Held-out rows, the worst reconstructed first, from the last [`evaluate_held_out`]; empty
    /// before that.
    ///
    /// [`evaluate_held_out`]: Self::evaluate_held_out
    pub(crate) fn worst_held_out(&self) -> &[usize] {
        &self.worst
    }

    /// Whether there are held-out pictures, and the model can rebuild them.
    pub(crate) fn can_evaluate(&self) -> bool {
        self.spec.model.kind.has_decoder() && !self.split.held_out.is_empty()
    }

    /// A copy of everything that changes in training.
    ///
    /// # Errors
    /// When the device has too little memory.
    pub fn state(&self) -> Result<TrainerState> {
        self.learner.state(self.position)
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
        self.learner.restore(state)?;
        self.position = state.position;
        Ok(())
    }

    /// Changes the learning rate and the noise from the next step on. `None` leaves a value as it
    /// is.
    ///
    /// # Errors
    /// When the learning rate is out of range. Then nothing is changed.
    pub(crate) fn set_hyperparameters(
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

    /// The metadata to save with the model's weights.
    pub fn metadata(&self) -> ModelMetadata {
        let step = self.position.step;
        let model = self.learner.raw_model();
        ModelMetadata {
            format: FORMAT_VERSION,
            version: env!("CARGO_PKG_VERSION").to_string(),
            model: model.spec().clone(),
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
            parameters: model.parameters().element_count(),
            people: self.learned_people(),
        }
    }

    /// The people whose names the model learned.
    fn learned_people(&self) -> Vec<String> {
        match self.faces().people() {
            Some(people) if self.spec.model.kind.learns_names() => {
                people.folders_of(&self.split.training)
            }
            _ => Vec::new(),
        }
    }

    /// The current model: the moving average of the weights, if the run has one.
    pub fn model(&self) -> &dyn Autoencoder {
        self.learner.model()
    }

    /// The model whose weights the optimizer updates.
    pub fn raw_model(&self) -> &dyn Autoencoder {
        self.learner.raw_model()
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
        self.learner.faces().faces()
    }

    /// The rows of a step's pictures. `step` counts from 1.
    pub(crate) fn batch_rows(&self, step: u64) -> Vec<usize> {
        if self.is_closed_form() {
            return self.split.training.clone();
        }
        batch_rows(&self.spec, &self.split.training, step.saturating_sub(1))
    }

    /// Whether the model is fitted at once instead of trained in steps.
    pub(crate) fn is_closed_form(&self) -> bool {
        self.length.is_closed_form
    }

    /// Epochs of the whole run; 1 for a closed-form model.
    pub(crate) fn epochs(&self) -> u32 {
        self.length.epochs
    }

    /// Steps in an epoch. The last one takes the pictures that do not fill a batch.
    pub fn steps_per_epoch(&self) -> u64 {
        self.length.steps_per_epoch
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.length.total_steps()
    }

    /// Steps done.
    pub fn steps_done(&self) -> u64 {
        self.position.step
    }

    /// The lowest held-out mean squared error of an epoch so far.
    pub(crate) fn best_held_out(&self) -> Option<f64> {
        self.position.best_held_out
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
}
