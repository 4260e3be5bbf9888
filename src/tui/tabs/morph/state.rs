//! What Morph knows.

use super::along::AlongDirection;
use super::axes::AxisSliders;
use super::mode::MorphMode;
use super::noise::NoiseSheet;
use super::origins::Origins;
use super::square::FaceSquare;
use crate::engine::Generated;
use crate::tui::motion::Step;

/// Pictures on the path from A to B, both ends counted.
pub(super) const DEFAULT_STEPS: usize = 7;
pub(super) const MIN_STEPS: usize = 3;
pub(super) const MAX_STEPS: usize = 15;

/// Variations shown.
pub(super) const VARIATIONS: usize = 8;

/// New faces shown.
pub(super) const SAMPLES: usize = 9;

/// The sliders' upper end: of the radius in standard deviations of real faces'
/// codes, of the spread in multiples of theirs.
pub(super) const SLIDER_END: f32 = 2.0;

/// What a key press adds to a slider.
const SLIDER_STEP: f32 = 0.1;

/// Morph's state.
#[derive(Debug)]
pub(crate) struct MorphTab {
    /// What is made.
    pub mode: MorphMode,
    /// Pictures on the path.
    pub steps: usize,
    /// The latest path.
    pub path: Option<Generated>,
    /// The latest variations.
    pub variations: Option<Generated>,
    /// The latest new faces.
    pub samples: Option<Generated>,
    /// The selected picture of the path.
    pub selected_frame: usize,
    /// The selected variation.
    pub selected_variation: usize,
    /// The selected new face.
    pub selected_sample: usize,
    /// Of the variations, in standard deviations of real faces' codes.
    pub radius: f32,
    /// Of the new faces' codes, in multiples of real faces'.
    pub spread: f32,
    /// The same seed gives the same variations and new faces.
    pub seed: u64,
    /// Whether a denoiser finishes the faces of codes.
    pub is_sharp: bool,
    /// Faces from noise.
    pub noise: NoiseSheet,
    /// A along a direction.
    pub along: AlongDirection,
    /// A face by its place on the axes.
    pub axes: AxisSliders,
    /// Faces between four others.
    pub square: FaceSquare,
    /// Whether the faces were made or remembered.
    pub origins: Origins,
}

impl Default for MorphTab {
    fn default() -> Self {
        Self {
            mode: MorphMode::default(),
            steps: DEFAULT_STEPS,
            selected_frame: DEFAULT_STEPS / 2,
            selected_variation: 0,
            selected_sample: 0,
            radius: 0.6,
            spread: 1.0,
            seed: 0,
            path: None,
            variations: None,
            samples: None,
            is_sharp: false,
            noise: NoiseSheet::default(),
            along: AlongDirection::default(),
            axes: AxisSliders::default(),
            square: FaceSquare::default(),
            origins: Origins::default(),
        }
    }
}

impl MorphTab {
    /// The latest pictures of codes of the present mode.
    pub(super) fn generated(&self) -> Option<&Generated> {
        match self.mode {
            MorphMode::Path => self.path.as_ref(),
            MorphMode::Vary => self.variations.as_ref(),
            MorphMode::Sample => self.samples.as_ref(),
            MorphMode::Along => self.along.made.as_ref(),
            MorphMode::Axes => self.axes.made.as_ref(),
            MorphMode::Square => self.square.made.as_ref(),
            MorphMode::Noise => None,
        }
    }

    /// The selected picture of codes of the present mode.
    pub(super) fn selected(&self) -> usize {
        let count = self.generated().map_or(0, |made| made.frames.len());
        let selected = match self.mode {
            MorphMode::Path => self.selected_frame,
            MorphMode::Vary => self.selected_variation,
            MorphMode::Sample => self.selected_sample,
            MorphMode::Along => self.along.selected,
            MorphMode::Square => self.square.selected(),
            // The others show the way along an axis.
            MorphMode::Axes | MorphMode::Noise => 0,
        };
        selected.min(count.saturating_sub(1))
    }

    /// Selects a picture of the present mode, from noise a pass, of the axes one of these; an
    /// index past the last is the last.
    pub(super) fn select(&mut self, index: usize) {
        match self.mode {
            MorphMode::Path => self.selected_frame = index.min(self.steps - 1),
            MorphMode::Vary => self.selected_variation = index.min(VARIATIONS - 1),
            MorphMode::Sample => self.selected_sample = index.min(SAMPLES - 1),
            MorphMode::Along => self.along.selected = index.min(self.along.steps - 1),
            MorphMode::Axes => self.axes.choose(index),
            MorphMode::Square => self.square.select(index),
            MorphMode::Noise => self.noise.show(index),
        }
    }

    /// Selects the next or previous picture, from noise the pass; stops at the ends.
    pub(super) fn scrub(&mut self, step: Step) {
        if self.mode == MorphMode::Noise {
            return self.noise.scrub(step);
        }
        let selected = self.selected();
        self.select(match step {
            Step::Next => selected + 1,
            Step::Previous => selected.saturating_sub(1),
        });
    }

    /// More or fewer pictures of the present mode.
    pub(super) fn change_steps(&mut self, step: Step) {
        let changed = |steps: usize| match step {
            Step::Next => steps + 2,
            Step::Previous => steps.saturating_sub(2),
        };
        if self.mode == MorphMode::Along {
            self.along.set_steps(changed(self.along.steps));
        } else {
            self.set_steps(changed(self.steps));
        }
    }

    /// Sets the number of pictures on the path, within bounds. The selected one
    /// stays about where it is on the way.
    fn set_steps(&mut self, steps: usize) {
        let fraction = self.selected_frame as f64 / (self.steps - 1) as f64;
        self.steps = steps.clamp(MIN_STEPS, MAX_STEPS);
        self.selected_frame = (fraction * (self.steps - 1) as f64).round() as usize;
    }
}

/// Moves a slider, in whole steps, so that going back and forth ends where it began.
pub(super) fn slide(value: &mut f32, step: Step) {
    let steps = match step {
        Step::Next => 1.0,
        Step::Previous => -1.0,
    };
    set_slider(value, *value + steps * SLIDER_STEP);
}

/// Moves a slider to the whole step nearest to `wanted`.
pub(super) fn set_slider(value: &mut f32, wanted: f32) {
    let position = (wanted / SLIDER_STEP).round();
    *value = (position * SLIDER_STEP).clamp(0.0, SLIDER_END);
}
