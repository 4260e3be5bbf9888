//! Morph: faces made from codes, on the way from one face to another, around one,
//! or from nothing.

mod keys;
mod layout;
mod view;

use std::sync::Arc;

use image::RgbImage;

use crate::engine::{Generated, PictureRef, Request, ResponseBody};
use crate::number_format;
use crate::tui::action::{Action as Any, Effect, Tab, Topic};
use crate::tui::app::{App, MessageKind};
use crate::tui::keymap::Mode;

pub use keys::KEYS;
pub use view::render;

/// Frames from A to B: at first, at least, at most.
const STEPS: (usize, usize, usize) = (7, 3, 15);

/// Variations shown.
const VARIATIONS: usize = 8;

/// New faces shown.
const SAMPLES: usize = 9;

/// The sliders' end and step: of the radius in standard deviations of real faces'
/// codes, of the spread in times theirs.
pub const SLIDER_END_AND_STEP: (f32, f32) = (2.0, 0.1);

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GenerateMode {
    /// Faces between A and B.
    #[default]
    Path,
    /// Faces around A.
    Vary,
    /// New faces.
    Sample,
}

/// Morph's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MorphAction {
    /// The frame before.
    Previous,
    /// The next frame.
    Next,
    /// A smaller radius or spread; on the path the frame before.
    Less,
    /// A larger radius or spread; on the path the next frame.
    More,
    /// From the path to variations, to new faces, to the path.
    NextMode,
    /// Other variations or new faces.
    NewSeed,
    /// More frames on the path.
    MoreSteps,
    /// Fewer frames on the path.
    FewerSteps,
    /// A face of the previous (false) or next (true) person as A (0) or B (1).
    StepPerson(usize, bool),
    /// Another picture of the same person as A (0) or B (1).
    NextPicture(usize),
    /// A becomes B and B becomes A.
    Swap,
    /// The chosen frame's nearest real face becomes A.
    NearestToA,
    /// Search the chosen frame's nearest real face.
    Search,
    /// The next model.
    NextModel,
    /// Save the pictures.
    Save,
}

/// What Morph knows.
#[derive(Debug)]
pub struct MorphTab {
    /// What is made.
    pub mode: GenerateMode,
    /// Frames from A to B.
    pub steps: usize,
    /// The chosen frame of the path.
    pub selected_frame: usize,
    /// The chosen variation.
    pub selected_variation: usize,
    /// Of the variations, in standard deviations of real faces' codes.
    pub radius: f32,
    /// The chosen new face.
    pub selected_sample: usize,
    /// Of the new faces' codes, in times that of real faces.
    pub spread: f32,
    /// Same seed, same variations and new faces.
    pub seed: u64,
    /// The latest path.
    pub path: Option<Generated>,
    /// The latest variations.
    pub variations: Option<Generated>,
    /// The latest new faces.
    pub samples: Option<Generated>,
}

impl Default for MorphTab {
    fn default() -> Self {
        Self {
            mode: GenerateMode::default(),
            steps: STEPS.0,
            selected_frame: STEPS.0 / 2,
            selected_variation: 0,
            radius: 0.6,
            selected_sample: 0,
            spread: 1.0,
            seed: 0,
            path: None,
            variations: None,
            samples: None,
        }
    }
}

impl MorphTab {
    /// What was made last of the present kind.
    pub fn generated(&self) -> Option<&Generated> {
        match self.mode {
            GenerateMode::Path => self.path.as_ref(),
            GenerateMode::Vary => self.variations.as_ref(),
            GenerateMode::Sample => self.samples.as_ref(),
        }
    }

    /// The chosen frame of the present kind.
    pub fn selected(&self) -> usize {
        let last = self.generated().map_or(0, |made| made.frames.len()).max(1) - 1;
        match self.mode {
            GenerateMode::Path => self.selected_frame.min(last),
            GenerateMode::Vary => self.selected_variation.min(last),
            GenerateMode::Sample => self.selected_sample.min(last),
        }
    }
}

/// A and B: the marked faces; in place of A the carried face, in place of B a
/// face of the person after A's.
pub fn endpoints(app: &App) -> Option<[usize; 2]> {
    let dataset = app.dataset()?;
    let count = dataset.pictures.len();
    let a = app.marks[0].or(app.face).filter(|face| *face < count)?;
    let b = app.marks[1]
        .filter(|face| *face < count)
        .unwrap_or_else(|| {
            let person = (dataset.pictures[a].person + 1) % dataset.people.len().max(1);
            dataset.people[person].pictures.start
        });
    Some([a, b])
}

/// What keys mean.
pub fn mode(_app: &App) -> Mode {
    Mode::Tab(Tab::Morph)
}

/// Another data set is open.
pub fn on_dataset_opened(app: &mut App) {
    app.morph = MorphTab::default();
}

/// What Morph needs from the engine.
pub fn requests(app: &App) -> Vec<(Topic, Request)> {
    let Some(([a, b], model)) = endpoints(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    let morph = &app.morph;
    vec![match morph.mode {
        GenerateMode::Path => (
            Topic::Morph,
            Request::Morph {
                model,
                a: PictureRef::Index(a),
                b: PictureRef::Index(b),
                steps: morph.steps,
            },
        ),
        GenerateMode::Vary => (
            Topic::Vary,
            Request::Vary {
                model,
                face: PictureRef::Index(a),
                radius: morph.radius,
                count: VARIATIONS,
                seed: morph.seed,
            },
        ),
        GenerateMode::Sample => (
            Topic::Sample,
            Request::Sample {
                model,
                spread: morph.spread,
                count: SAMPLES,
                seed: morph.seed,
            },
        ),
    }]
}

/// An answer has come.
pub fn on_response(app: &mut App, topic: Topic, answer: ResponseBody) {
    if let ResponseBody::Generated(made) = answer {
        match topic {
            Topic::Vary => app.morph.variations = Some(made),
            Topic::Sample => app.morph.samples = Some(made),
            _ => app.morph.path = Some(made),
        }
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    match action {
        Any::First => scrub(app, |_, _| 0),
        Any::Last => scrub(app, |_, last| last),
        Any::Morph(own) => return act(app, own),
        _ => {}
    }
    Vec::new()
}

/// Moves the chosen frame: from where it is and the last one to where it goes.
fn scrub(app: &mut App, go: impl Fn(usize, usize) -> usize) {
    let morph = &mut app.morph;
    let last = match morph.mode {
        GenerateMode::Path => morph.steps - 1,
        GenerateMode::Vary => VARIATIONS - 1,
        GenerateMode::Sample => SAMPLES - 1,
    };
    let at = go(morph.selected(), last).min(last);
    match morph.mode {
        GenerateMode::Path => morph.selected_frame = at,
        GenerateMode::Vary => morph.selected_variation = at,
        GenerateMode::Sample => morph.selected_sample = at,
    }
}

fn act(app: &mut App, action: MorphAction) -> Vec<Effect> {
    let previous = |at: usize, _| at.saturating_sub(1);
    let next = |at: usize, _| at + 1;
    match (action, app.morph.mode) {
        (MorphAction::Previous, _) | (MorphAction::Less, GenerateMode::Path) => {
            scrub(app, previous);
        }
        (MorphAction::Next, _) | (MorphAction::More, GenerateMode::Path) => scrub(app, next),
        (MorphAction::Less, GenerateMode::Vary) => slide(&mut app.morph.radius, -1.0),
        (MorphAction::More, GenerateMode::Vary) => slide(&mut app.morph.radius, 1.0),
        (MorphAction::Less, GenerateMode::Sample) => slide(&mut app.morph.spread, -1.0),
        (MorphAction::More, GenerateMode::Sample) => slide(&mut app.morph.spread, 1.0),
        (MorphAction::NextMode, GenerateMode::Path) => app.morph.mode = GenerateMode::Vary,
        (MorphAction::NextMode, GenerateMode::Vary) => app.morph.mode = GenerateMode::Sample,
        (MorphAction::NextMode, GenerateMode::Sample) => app.morph.mode = GenerateMode::Path,
        (MorphAction::NewSeed, _) => app.morph.seed = app.morph.seed.wrapping_add(1),
        (MorphAction::MoreSteps, _) => change_steps(app, app.morph.steps + 2),
        (MorphAction::FewerSteps, _) => change_steps(app, app.morph.steps.saturating_sub(2)),
        (MorphAction::StepPerson(which, forwards), _) => step_person(app, which, forwards),
        (MorphAction::NextPicture(which), _) => step_picture(app, which),
        (MorphAction::Swap, _) => {
            if let Some([a, b]) = endpoints(app) {
                app.marks = [Some(b), Some(a)];
            }
        }
        (MorphAction::NearestToA, _) => {
            if let Some(face) = nearest_face(app) {
                app.marks = [Some(face), endpoints(app).map(|[_, b]| b)];
            }
        }
        (MorphAction::Search, _) => {
            if let Some(face) = nearest_face(app) {
                return app.open_face_in(face, Tab::Search);
            }
        }
        (MorphAction::NextModel, _) => app.select_next_model(),
        (MorphAction::Save, _) => return save(app),
    }
    Vec::new()
}

fn slide(value: &mut f32, steps: f32) {
    let (end, step) = SLIDER_END_AND_STEP;
    // In whole steps, so that going back and forth ends where it began.
    let at = (*value / step).round() + steps;
    *value = (at * step).clamp(0.0, end);
}

fn change_steps(app: &mut App, steps: usize) {
    let (_, least, most) = STEPS;
    let share = app.morph.selected_frame as f64 / (app.morph.steps - 1) as f64;
    app.morph.steps = steps.clamp(least, most);
    app.morph.selected_frame = (share * (app.morph.steps - 1) as f64).round() as usize;
}

fn step_person(app: &mut App, which: usize, forwards: bool) {
    let Some((ends, dataset)) = endpoints(app).zip(app.dataset()) else {
        return;
    };
    let people = dataset.people.len();
    let person = dataset.pictures[ends[which]].person;
    let person = if forwards {
        (person + 1) % people
    } else {
        person.checked_sub(1).unwrap_or(people - 1)
    };
    let face = dataset.people[person].pictures.start;
    set_endpoint(app, ends, which, face);
}

fn step_picture(app: &mut App, which: usize) {
    let Some((ends, dataset)) = endpoints(app).zip(app.dataset()) else {
        return;
    };
    let face = ends[which];
    let pictures = dataset.people[dataset.pictures[face].person]
        .pictures
        .clone();
    let face = if face + 1 < pictures.end {
        face + 1
    } else {
        pictures.start
    };
    set_endpoint(app, ends, which, face);
}

/// Marks both, so that changing one never moves the other.
fn set_endpoint(app: &mut App, mut ends: [usize; 2], which: usize, face: usize) {
    ends[which] = face;
    app.marks = ends.map(Some);
}

/// The nearest real face of the chosen frame.
fn nearest_face(app: &App) -> Option<usize> {
    let frame = app.morph.generated()?.frames.get(app.morph.selected())?;
    let count = app.dataset()?.pictures.len();
    Some(frame.nearest.row).filter(|row| *row < count)
}

/// The sources and every frame, side by side.
fn save(app: &mut App) -> Vec<Effect> {
    let wanted = app
        .morph
        .generated()
        .zip(endpoints(app))
        .zip(app.dataset())
        .map(|((made, [a, b]), dataset)| {
            let mut pictures: Vec<Arc<RgbImage>> = Vec::new();
            pictures.extend(made.sources.first().cloned());
            pictures.extend(made.frames.iter().map(|frame| frame.pixels.clone()));
            pictures.extend(made.sources.get(1).cloned());
            let a = dataset.face_name(a);
            let name = match app.morph.mode {
                GenerateMode::Path => format!("morph {a} to {}", dataset.face_name(b)),
                GenerateMode::Vary => format!("vary {a} by {:.1}", app.morph.radius),
                GenerateMode::Sample => format!("new by {} {}", made.model, app.morph.seed),
            };
            (pictures, name)
        });
    let Some((pictures, name)) = wanted else {
        app.message = Some((
            MessageKind::Error,
            "there is nothing to save yet".to_string(),
        ));
        return Vec::new();
    };
    app.invalidate(Topic::Save);
    app.request(Topic::Save, Request::Save { pictures, name })
        .into_iter()
        .collect()
}

/// Morph's status line.
pub fn status(app: &App) -> String {
    match app.morph.generated() {
        Some(made) => format!(
            "distances between codes of {}; real faces' own nearest: {} to {} (5th to 95th percentile)",
            made.model,
            number_format::distance(made.real_range.0),
            number_format::distance(made.real_range.1)
        ),
        None => String::new(),
    }
}
