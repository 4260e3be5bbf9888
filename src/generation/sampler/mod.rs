//! Draws from the prior of a blind denoiser, pass by pass.

use std::sync::Arc;

use candle_core::Tensor;

use super::constraint::Constraint;
use super::draw::{Start, normal, start, unsaturate};
use super::settings::{Method, SamplerSettings, step_size};
use crate::error::{Error, Result};
use crate::latent::batch_size_for;
use crate::models::Autoencoder;
use crate::progress::{Progress, Unit, Watch};

/// A number of draws that are made together. Each depends on the model, the seed, its own number,
/// the settings and its constraint; not, but for the last digits of sums, on the others.
pub struct Sampling {
    model: Arc<dyn Autoencoder>,
    settings: SamplerSettings,
    seed: u64,
    items: Vec<u64>,
    constraint: Option<Constraint>,
    /// A schedule's noise levels; empty for a walk.
    levels: Vec<f32>,
    /// `[items, values]`, unclipped.
    pictures: Vec<f32>,
    states: Vec<State>,
    passes: usize,
}

/// How far one draw has come.
#[derive(Debug, Clone)]
struct State {
    /// The noise level of the picture.
    sigma: f32,
    /// The step that comes next, from 0.
    step: usize,
    /// Noise-free passes that were made.
    clean: usize,
    done: bool,
    /// With second-order steps: the picture before the step and its slope.
    before: Option<(Vec<f32>, Vec<f32>)>,
}

impl Sampling {
    /// Draws with the numbers `items`, under a constraint if there is one: draw `i` satisfies its
    /// `i`-th measurement. Equal numbers share their noise.
    ///
    /// # Errors
    /// When the model is not a blind denoiser's, the constraint's or the starting picture's size
    /// is not the model's, or there are too few measurements.
    pub fn new(
        model: Arc<dyn Autoencoder>,
        settings: SamplerSettings,
        (seed, items): (u64, Vec<u64>),
        from: &Start,
        constraint: Option<Constraint>,
    ) -> Result<Self> {
        if !model.spec().kind.is_blind_denoiser() {
            return Err(Error::invalid(
                format!("model {}", model.spec().kind),
                "does not remove noise of any level; name a run of the preset denoiser",
            ));
        }
        let values = model.spec().values();
        if let Some(constraint) = &constraint {
            constraint.check(values, items.len())?;
        }
        if let Start::Picture(picture, _) | Start::Noisy(picture, _) = from
            && picture.len() != values
        {
            return Err(Error::invalid(
                "picture",
                format!("has {} values; the model takes {values}", picture.len()),
            ));
        }
        let from = (from, settings.start_sigma);
        let (pictures, sigma) = start(model.as_ref(), from, constraint.as_ref(), (seed, &items))?;
        let state = State {
            sigma,
            step: 0,
            clean: 0,
            done: false,
            before: None,
        };
        Ok(Self {
            states: vec![state; items.len()],
            levels: settings.levels_from(sigma),
            model,
            settings,
            seed,
            items,
            constraint,
            pictures,
            passes: 0,
        })
    }

    /// Passes that were made: evaluations of the network.
    pub fn passes(&self) -> usize {
        self.passes
    }

    /// Passes to expect in all.
    pub fn expected_passes(&self) -> usize {
        match self.settings.method {
            Method::Walk { .. } => self.settings.expected_passes(),
            Method::Schedule { second_order, .. } => {
                let noisy = self.levels.len().saturating_sub(1) * if second_order { 2 } else { 1 };
                (noisy + self.settings.clean_passes.max(1)).min(self.settings.most_passes)
            }
        }
    }

    /// The noise level of the pictures, their mean.
    pub fn sigma(&self) -> f32 {
        let sum: f32 = self.states.iter().map(|state| state.sigma).sum();
        sum / self.states.len().max(1) as f32
    }

    /// The pictures as they are now, `[size, size, 3]` each, unclipped.
    pub fn pictures(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.pictures.chunks_exact(self.model.spec().values())
    }

    /// Whether all draws have arrived.
    pub fn is_done(&self) -> bool {
        self.states.iter().all(|state| state.done)
    }

    /// Makes all passes that are left.
    ///
    /// # Errors
    /// As [`step`](Self::step); `Cancelled` by the watcher.
    pub fn finish(&mut self, watch: Watch) -> Result<()> {
        self.finish_watched(watch, |_| ())
    }

    /// Makes all passes that are left, and shows the pictures after each.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_watched(&mut self, watch: Watch, mut show: impl FnMut(&Self)) -> Result<()> {
        while !self.is_done() {
            self.step()?;
            show(self);
            watch(Progress {
                stage: "drawing faces",
                done: self.passes as u64,
                total: Some(self.expected_passes().max(self.passes) as u64),
                unit: Unit::Steps,
            })?;
        }
        Ok(())
    }

    /// Makes one pass. Nothing happens when all draws have arrived.
    ///
    /// # Errors
    /// When a picture is not finite, or the device has too little memory.
    pub fn step(&mut self) -> Result<()> {
        let values = self.model.spec().values();
        let under_way: Vec<usize> = (0..self.items.len())
            .filter(|&at| !self.states[at].done)
            .collect();
        if under_way.is_empty() {
            return Ok(());
        }
        self.passes += 1;
        for batch in under_way.chunks(batch_size_for(self.model.spec().size as usize)) {
            let mut faces = self.denoise(batch)?;
            for (&at, face) in batch.iter().zip(faces.chunks_exact_mut(values)) {
                if let Some(constraint) = &self.constraint {
                    constraint.project(at, face);
                }
                self.advance(at, face);
            }
        }
        Ok(())
    }

    /// The denoiser's answers to these pictures, `[batch, values]`.
    fn denoise(&self, batch: &[usize]) -> Result<Vec<f32>> {
        let (values, size) = (self.model.spec().values(), self.model.spec().size as usize);
        let mut noisy = Vec::with_capacity(batch.len() * values);
        for &at in batch {
            noisy.extend_from_slice(&self.pictures[at * values..(at + 1) * values]);
        }
        unsaturate(&mut noisy);
        let shape = (batch.len(), size, size, 3);
        let noisy = Tensor::from_vec(noisy, shape, self.model.device())?;
        let faces = self.model.reconstruct(&noisy)?.flatten_all()?;
        let faces = faces.to_vec1::<f32>()?;
        if faces.iter().all(|value| value.is_finite()) {
            return Ok(faces);
        }
        Err(Error::invalid(
            "the denoiser",
            "makes pictures that are not finite: it has diverged; use another checkpoint, or train \
             again with a lower learning rate",
        ))
    }

    /// Moves a picture towards `face`, the denoiser's answer to it.
    fn advance(&mut self, at: usize, face: &[f32]) {
        let values = face.len();
        let left = self.settings.most_passes.saturating_sub(self.passes);
        let clean_passes = self.settings.clean_passes.max(1);
        let picture = &mut self.pictures[at * values..(at + 1) * values];
        let state = &mut self.states[at];
        let is_last_level = match self.settings.method {
            Method::Walk { .. } => {
                state.sigma = distance(picture, face);
                state.sigma <= self.settings.last_sigma
            }
            Method::Schedule { .. } => state.step + 1 >= self.levels.len(),
        };
        if state.clean > 0 || is_last_level || left < clean_passes {
            state.before = None;
            state.clean += 1;
            state.sigma = distance(picture, face);
            picture.copy_from_slice(face);
            state.done = state.clean >= clean_passes || left == 0;
            return;
        }
        let noise = |count| normal(self.seed, self.passes, self.items[at], count);
        match self.settings.method {
            Method::Walk { first_step, beta } => {
                state.step += 1;
                let h = step_size(f64::from(first_step), state.step);
                let kept = 1.0 - f64::from(beta) * h;
                let renewed = (kept.powi(2) - (1.0 - h).powi(2)).max(0.0).sqrt();
                let (h, renewed) = (h as f32, renewed as f32 * state.sigma);
                for ((y, &x), z) in picture.iter_mut().zip(face).zip(noise(values)) {
                    *y += h * (x - *y) + renewed * z;
                }
                state.sigma *= kept as f32;
            }
            Method::Schedule {
                renewal,
                second_order: false,
                ..
            } => {
                let (from, to) = (self.levels[state.step], self.levels[state.step + 1]);
                let fall = (from * from - to * to).max(0.0).sqrt();
                let renewed = (renewal * to * fall / from).min(to);
                let kept = (to * to - renewed * renewed).max(0.0).sqrt() / from;
                for ((y, &x), z) in picture.iter_mut().zip(face).zip(noise(values)) {
                    *y = x + kept * (*y - x) + renewed * z;
                }
                state.step += 1;
                state.sigma = to;
            }
            Method::Schedule { .. } => self.advance_by_heun(at, face),
        }
    }
}

impl Sampling {
    /// A second-order step: the first pass goes to the next level, the second back and there again
    /// with the mean of both slopes.
    fn advance_by_heun(&mut self, at: usize, face: &[f32]) {
        let values = face.len();
        let picture = &mut self.pictures[at * values..(at + 1) * values];
        let state = &mut self.states[at];
        let (from, to) = (self.levels[state.step], self.levels[state.step + 1]);
        if let Some((before, first)) = state.before.take() {
            for (((y, &x), y0), slope) in picture.iter_mut().zip(face).zip(before).zip(first) {
                *y = y0 + (to - from) * 0.5 * (slope + (*y - x) / to);
            }
            state.step += 1;
            state.sigma = to;
        } else {
            let slopes = picture.iter().zip(face).map(|(&y, &x)| (y - x) / from);
            let slopes: Vec<f32> = slopes.collect();
            let before = picture.to_vec();
            for (y, &slope) in picture.iter_mut().zip(&slopes) {
                *y += (to - from) * slope;
            }
            state.before = Some((before, slopes));
        }
    }
}

/// Root mean square difference.
fn distance(one: &[f32], other: &[f32]) -> f32 {
    let squares = one.iter().zip(other);
    let squares: f64 = squares.map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (squares / one.len().max(1) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests;
