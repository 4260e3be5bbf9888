//! A face by its place on the principal axes of the codes.

use rand_distr::{Distribution, StandardNormal};

use crate::engine::Generated;
use crate::rng::{Purpose, generator};
use crate::tui::motion::Step;

/// Axes with a slider, at most.
pub(super) const MOST_AXES: usize = 16;

/// How far a slider goes to either side, in the axis' standard deviations.
pub(super) const REACH: f32 = 3.0;

/// What a key press adds.
const SLIDER_STEP: f32 = 0.25;

/// Pictures of an axis' way.
pub(super) const WAY_STEPS: usize = 7;

/// What Morph knows of the axes.
#[derive(Debug, Default)]
pub(crate) struct AxisSliders {
    /// The latest pictures: the face, and the way along the chosen axis.
    pub made: Option<Generated>,
    /// Where each slider is, in standard deviations.
    pub values: [f32; MOST_AXES],
    /// The chosen axis.
    axis: usize,
    /// Whether A is where all sliders are in the middle, not the mean face.
    pub is_from_a: bool,
}

impl AxisSliders {
    /// How many axes the codes have, as far as that is known.
    pub(super) fn count(&self) -> usize {
        let made = self.made.as_ref();
        made.map_or(MOST_AXES, |made| made.axis_shares.len().min(MOST_AXES))
    }

    /// The chosen axis.
    pub(super) fn axis(&self) -> usize {
        self.axis.min(self.count().saturating_sub(1))
    }

    /// Chooses an axis; a later one than the last is the last.
    pub(super) fn choose(&mut self, axis: usize) {
        self.axis = axis.min(self.count().saturating_sub(1));
    }

    /// Moves the chosen axis' slider, in whole steps.
    pub(super) fn slide(&mut self, step: Step) {
        let axis = self.axis();
        let steps = match step {
            Step::Next => 1.0,
            Step::Previous => -1.0,
        };
        if let Some(value) = self.values.get_mut(axis) {
            let position = (*value / SLIDER_STEP).round() + steps;
            *value = (position * SLIDER_STEP).clamp(-REACH, REACH);
        }
    }

    /// Chooses an axis, and puts its slider at a share of its way.
    pub(super) fn slide_to(&mut self, axis: usize, share: f64) {
        self.choose(axis);
        let axis = self.axis();
        if let Some(value) = self.values.get_mut(axis) {
            let wanted = REACH * (2.0 * share as f32 - 1.0);
            *value = ((wanted / SLIDER_STEP).round() * SLIDER_STEP).clamp(-REACH, REACH);
        }
    }

    /// Puts all sliders in the middle.
    pub(super) fn reset(&mut self) {
        self.values = [0.0; MOST_AXES];
    }

    /// Draws all sliders from the normal distribution of real faces' codes.
    pub(super) fn randomise(&mut self, seed: u64) {
        let rng = generator(seed, Purpose::AxisValues, 0, 0);
        let normal = Distribution::<f32>::sample_iter(StandardNormal, rng);
        for (value, drawn) in self.values.iter_mut().zip(normal) {
            *value = ((drawn / SLIDER_STEP).round() * SLIDER_STEP).clamp(-REACH, REACH);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_stay_within_their_reach_and_seeds_repeat() {
        let mut sliders = AxisSliders::default();
        sliders.choose(99);
        assert_eq!(sliders.axis(), MOST_AXES - 1);
        for _ in 0..30 {
            sliders.slide(Step::Next);
        }
        assert_eq!(sliders.values[MOST_AXES - 1], REACH);
        sliders.randomise(4);
        let drawn = sliders.values;
        assert!(drawn.iter().all(|value| value.abs() <= REACH));
        assert!(drawn.iter().any(|value| *value != 0.0));
        sliders.randomise(5);
        assert_ne!(sliders.values, drawn);
        sliders.randomise(4);
        assert_eq!(sliders.values, drawn);
        sliders.reset();
        assert_eq!(sliders.values, [0.0; MOST_AXES]);
    }
}
