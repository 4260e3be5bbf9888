//! Morph: faces made from codes, on the way from one face to another, around one,
//! or from nothing.

mod keys;
mod layout;
mod view;

use std::sync::Arc;

use image::RgbImage;

use crate::engine::{Answer, Made, Request, Source};
use crate::figure;
use crate::tui::action::{Action as Any, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
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
pub const SLIDER: (f32, f32) = (2.0, 0.1);

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
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
pub enum Action {
    /// The frame before.
    Previous,
    /// The next frame.
    Next,
    /// A smaller radius or spread; on the path the frame before.
    Less,
    /// A larger radius or spread; on the path the next frame.
    More,
    /// From the path to variations, to new faces, to the path.
    Switch,
    /// Other variations or new faces.
    Renew,
    /// More frames on the path.
    MoreSteps,
    /// Fewer frames on the path.
    FewerSteps,
    /// A face of the previous (false) or next (true) person as A (0) or B (1).
    Person(usize, bool),
    /// Another picture of the same person as A (0) or B (1).
    Picture(usize),
    /// A becomes B and B becomes A.
    Swap,
    /// The chosen frame's nearest real face becomes A.
    Adopt,
    /// Search the chosen frame's nearest real face.
    Search,
    /// The next model.
    Model,
    /// Save the pictures.
    Save,
}

/// What Morph knows.
#[derive(Debug)]
pub struct State {
    /// What is made.
    pub kind: Kind,
    /// Frames from A to B.
    pub steps: usize,
    /// The chosen frame of the path.
    pub at: usize,
    /// The chosen variation.
    pub at_variation: usize,
    /// Of the variations, in standard deviations of real faces' codes.
    pub radius: f32,
    /// The chosen new face.
    pub at_sample: usize,
    /// Of the new faces' codes, in times that of real faces.
    pub spread: f32,
    /// Same seed, same variations and new faces.
    pub seed: u64,
    /// The latest path.
    pub path: Option<Made>,
    /// The latest variations.
    pub variations: Option<Made>,
    /// The latest new faces.
    pub samples: Option<Made>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            kind: Kind::default(),
            steps: STEPS.0,
            at: STEPS.0 / 2,
            at_variation: 0,
            radius: 0.6,
            at_sample: 0,
            spread: 1.0,
            seed: 0,
            path: None,
            variations: None,
            samples: None,
        }
    }
}

impl State {
    /// What was made last of the present kind.
    pub fn made(&self) -> Option<&Made> {
        match self.kind {
            Kind::Path => self.path.as_ref(),
            Kind::Vary => self.variations.as_ref(),
            Kind::Sample => self.samples.as_ref(),
        }
    }

    /// The chosen frame of the present kind.
    pub fn chosen(&self) -> usize {
        let last = self.made().map_or(0, |made| made.frames.len()).max(1) - 1;
        match self.kind {
            Kind::Path => self.at.min(last),
            Kind::Vary => self.at_variation.min(last),
            Kind::Sample => self.at_sample.min(last),
        }
    }
}

/// A and B: the marked faces; in place of A the carried face, in place of B a
/// face of the person after A's.
pub fn ends(app: &App) -> Option<[usize; 2]> {
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
pub fn opened(app: &mut App) {
    app.morph = State::default();
}

/// What Morph needs from the engine.
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
    let Some(([a, b], model)) = ends(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    let morph = &app.morph;
    vec![match morph.kind {
        Kind::Path => (
            Topic::Morph,
            Request::Morph {
                model,
                a: Source::Picture(a),
                b: Source::Picture(b),
                steps: morph.steps,
            },
        ),
        Kind::Vary => (
            Topic::Vary,
            Request::Vary {
                model,
                face: Source::Picture(a),
                radius: morph.radius,
                count: VARIATIONS,
                seed: morph.seed,
            },
        ),
        Kind::Sample => (
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
pub fn answer(app: &mut App, topic: Topic, answer: Answer) {
    if let Answer::Made(made) = answer {
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
    let last = match morph.kind {
        Kind::Path => morph.steps - 1,
        Kind::Vary => VARIATIONS - 1,
        Kind::Sample => SAMPLES - 1,
    };
    let at = go(morph.chosen(), last).min(last);
    match morph.kind {
        Kind::Path => morph.at = at,
        Kind::Vary => morph.at_variation = at,
        Kind::Sample => morph.at_sample = at,
    }
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let previous = |at: usize, _| at.saturating_sub(1);
    let next = |at: usize, _| at + 1;
    match (action, app.morph.kind) {
        (Action::Previous, _) | (Action::Less, Kind::Path) => scrub(app, previous),
        (Action::Next, _) | (Action::More, Kind::Path) => scrub(app, next),
        (Action::Less, Kind::Vary) => slide(&mut app.morph.radius, -1.0),
        (Action::More, Kind::Vary) => slide(&mut app.morph.radius, 1.0),
        (Action::Less, Kind::Sample) => slide(&mut app.morph.spread, -1.0),
        (Action::More, Kind::Sample) => slide(&mut app.morph.spread, 1.0),
        (Action::Switch, Kind::Path) => app.morph.kind = Kind::Vary,
        (Action::Switch, Kind::Vary) => app.morph.kind = Kind::Sample,
        (Action::Switch, Kind::Sample) => app.morph.kind = Kind::Path,
        (Action::Renew, _) => app.morph.seed = app.morph.seed.wrapping_add(1),
        (Action::MoreSteps, _) => change_steps(app, app.morph.steps + 2),
        (Action::FewerSteps, _) => change_steps(app, app.morph.steps.saturating_sub(2)),
        (Action::Person(which, forwards), _) => step_person(app, which, forwards),
        (Action::Picture(which), _) => step_picture(app, which),
        (Action::Swap, _) => {
            if let Some([a, b]) = ends(app) {
                app.marks = [Some(b), Some(a)];
            }
        }
        (Action::Adopt, _) => {
            if let Some(face) = nearest(app) {
                app.marks = [Some(face), ends(app).map(|[_, b]| b)];
            }
        }
        (Action::Search, _) => {
            if let Some(face) = nearest(app) {
                return app.carry(face, Tab::Search);
            }
        }
        (Action::Model, _) => app.next_model(),
        (Action::Save, _) => return save(app),
    }
    Vec::new()
}

fn slide(value: &mut f32, steps: f32) {
    let (end, step) = SLIDER;
    // In whole steps, so that going back and forth ends where it began.
    let at = (*value / step).round() + steps;
    *value = (at * step).clamp(0.0, end);
}

fn change_steps(app: &mut App, steps: usize) {
    let (_, least, most) = STEPS;
    let share = app.morph.at as f64 / (app.morph.steps - 1) as f64;
    app.morph.steps = steps.clamp(least, most);
    app.morph.at = (share * (app.morph.steps - 1) as f64).round() as usize;
}

fn step_person(app: &mut App, which: usize, forwards: bool) {
    let Some((ends, dataset)) = ends(app).zip(app.dataset()) else {
        return;
    };
    let people = dataset.people.len();
    let person = dataset.pictures[ends[which]].person;
    let person = match forwards {
        true => (person + 1) % people,
        false => person.checked_sub(1).unwrap_or(people - 1),
    };
    let face = dataset.people[person].pictures.start;
    set_end(app, ends, which, face);
}

fn step_picture(app: &mut App, which: usize) {
    let Some((ends, dataset)) = ends(app).zip(app.dataset()) else {
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
    set_end(app, ends, which, face);
}

/// Marks both, so that changing one never moves the other.
fn set_end(app: &mut App, mut ends: [usize; 2], which: usize, face: usize) {
    ends[which] = face;
    app.marks = ends.map(Some);
}

/// The nearest real face of the chosen frame.
fn nearest(app: &App) -> Option<usize> {
    let frame = app.morph.made()?.frames.get(app.morph.chosen())?;
    let count = app.dataset()?.pictures.len();
    Some(frame.nearest.row).filter(|row| *row < count)
}

/// The sources and every frame, side by side.
fn save(app: &mut App) -> Vec<Effect> {
    let wanted =
        app.morph
            .made()
            .zip(ends(app))
            .zip(app.dataset())
            .map(|((made, [a, b]), dataset)| {
                let mut pictures: Vec<Arc<RgbImage>> = Vec::new();
                pictures.extend(made.sources.first().cloned());
                pictures.extend(made.frames.iter().map(|frame| frame.pixels.clone()));
                pictures.extend(made.sources.get(1).cloned());
                let a = dataset.face_name(a);
                let name = match app.morph.kind {
                    Kind::Path => format!("morph {a} to {}", dataset.face_name(b)),
                    Kind::Vary => format!("vary {a} by {:.1}", app.morph.radius),
                    Kind::Sample => format!("new by {} {}", made.model, app.morph.seed),
                };
                (pictures, name)
            });
    let Some((pictures, name)) = wanted else {
        app.message = Some((Tone::Problem, "there is nothing to save yet".to_string()));
        return Vec::new();
    };
    app.ask_again(Topic::Save);
    app.ask(Topic::Save, Request::Save { pictures, name })
        .into_iter()
        .collect()
}

/// Morph's status line.
pub fn status(app: &App) -> String {
    match app.morph.made() {
        Some(made) => format!(
            "distances between codes of {}; real faces' own nearest: {} to {} (5th to 95th percentile)",
            made.model,
            figure::distance(made.real_range.0),
            figure::distance(made.real_range.1)
        ),
        None => String::new(),
    }
}
