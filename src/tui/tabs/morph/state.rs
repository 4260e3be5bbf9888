//! What Morph knows.

use super::noise::NoiseSheet;
use crate::dataset::Dataset;
use crate::engine::{Generated, PictureRef};
use crate::tui::context::Context;
use crate::tui::made_face::MadeFace;
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

/// What is generated from codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GenerateMode {
    /// Faces between A and B.
    #[default]
    Path,
    /// Faces around A.
    Vary,
    /// New faces.
    Sample,
}

/// Morph's state.
#[derive(Debug)]
pub(crate) struct MorphTab {
    /// What is generated from codes.
    pub mode: GenerateMode,
    /// Whether faces rise from noise instead.
    pub is_from_noise: bool,
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
}

impl Default for MorphTab {
    fn default() -> Self {
        Self {
            mode: GenerateMode::default(),
            is_from_noise: false,
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
        }
    }
}

impl MorphTab {
    /// From the path to variations, to new faces, to faces from noise, and around the end.
    pub(super) fn next_mode(&mut self) {
        (self.mode, self.is_from_noise) = match (self.mode, self.is_from_noise) {
            (GenerateMode::Path, false) => (GenerateMode::Vary, false),
            (GenerateMode::Vary, false) => (GenerateMode::Sample, false),
            (GenerateMode::Sample, false) => (GenerateMode::Sample, true),
            (_, true) => (GenerateMode::Path, false),
        };
    }

    /// The latest pictures of the present mode.
    pub(super) fn generated(&self) -> Option<&Generated> {
        match self.mode {
            GenerateMode::Path => self.path.as_ref(),
            GenerateMode::Vary => self.variations.as_ref(),
            GenerateMode::Sample => self.samples.as_ref(),
        }
    }

    /// The selected picture of the present mode.
    pub(super) fn selected(&self) -> usize {
        let count = self.generated().map_or(0, |made| made.frames.len());
        let selected = match self.mode {
            GenerateMode::Path => self.selected_frame,
            GenerateMode::Vary => self.selected_variation,
            GenerateMode::Sample => self.selected_sample,
        };
        selected.min(count.saturating_sub(1))
    }

    /// Selects a picture of the present mode, from noise a pass; an index past the last is the
    /// last.
    pub(super) fn select(&mut self, index: usize) {
        if self.is_from_noise {
            return self.noise.show(index);
        }
        match self.mode {
            GenerateMode::Path => self.selected_frame = index.min(self.steps - 1),
            GenerateMode::Vary => self.selected_variation = index.min(VARIATIONS - 1),
            GenerateMode::Sample => self.selected_sample = index.min(SAMPLES - 1),
        }
    }

    /// Selects the next or previous picture, from noise the pass; stops at the ends.
    pub(super) fn scrub(&mut self, step: Step) {
        if self.is_from_noise {
            return self.noise.scrub(step);
        }
        let selected = self.selected();
        self.select(match step {
            Step::Next => selected + 1,
            Step::Previous => selected.saturating_sub(1),
        });
    }

    /// Sets the number of pictures on the path, within bounds. The selected one
    /// stays about where it is on the way.
    pub(super) fn set_steps(&mut self, steps: usize) {
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
    let position = (*value / SLIDER_STEP).round() + steps;
    *value = (position * SLIDER_STEP).clamp(0.0, SLIDER_END);
}

/// The faces at the ends of the path: the marked ones; for A else the selected
/// face, for B else a face of the person after A's.
pub(super) fn endpoints(context: &Context) -> Option<[usize; 2]> {
    let count = context.dataset()?.pictures.len();
    let is_there = |face: &usize| *face < count;
    let a = context.marks[0].or(context.face).filter(is_there)?;
    let b = context.marks[1]
        .filter(is_there)
        .or_else(|| context.face_of_adjacent_person(a, Step::Next))?;
    Some([a, b])
}

/// The picture of A: a made face where none is marked, else the face `a`.
pub(super) fn a_picture(context: &Context, a: usize) -> PictureRef {
    made_a(context).map_or(PictureRef::Index(a), MadeFace::picture)
}

/// Its name.
pub(super) fn a_name(context: &Context, dataset: &Dataset, a: usize) -> String {
    made_a(context).map_or_else(|| dataset.face_name(a), |made| made.name.clone())
}

/// The made face that is A.
pub(super) fn made_a(context: &Context) -> Option<&MadeFace> {
    context
        .made_face
        .as_ref()
        .filter(|_| context.marks[0].is_none())
}
