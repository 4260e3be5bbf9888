//! Denoise: noise on a face, and what each method makes of it.

mod keys;
mod noise_sliders;
mod psnr_chart;
mod view;

use std::sync::Arc;

use image::RgbImage;

use super::text_input::{EditOutcome, TextInput};
use crate::dataset::Noise;
use crate::engine::{Denoised, ModelRef, NoiseSweep as Curves, PictureRef, Request, ResponseBody};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, MessageKind};
use crate::tui::keymap::Mode;

pub use keys::{KEYS, PARTS, TYPING_PART};
pub use noise_sliders::{NoiseKind, NoiseSliders};
pub use view::render;

/// Denoise's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenoiseAction {
    /// Less noise.
    Less,
    /// More noise.
    More,
    /// Much less.
    MuchLess,
    /// Much more.
    MuchMore,
    /// Begin to type a level with this digit or point.
    TypeLevel(char),
    /// The next kind of noise.
    NextKind,
    /// The previous kind.
    PreviousKind,
    /// Other noise of the same kind and level.
    NewNoise,
    /// The next face.
    NextFace,
    /// The previous face.
    PreviousFace,
    /// A face of the next person.
    NextPerson,
    /// A face of the previous person.
    PreviousPerson,
    /// Choose methods.
    ChooseModels,
    /// While choosing: take the method in or out.
    Toggle,
    /// Methods that learn nothing from noise, in or out.
    ToggleClassical,
    /// The chart of PSNR against the level, in or out.
    ToggleChart,
    /// Save the pictures.
    Save,
    /// Search the face's nearest.
    Search,
}

/// What Denoise knows.
#[derive(Debug, Default)]
pub struct DenoiseTab {
    /// Kind and level of the noise.
    pub sliders: NoiseSliders,
    /// A level being typed.
    pub level_input: TextInput,
    /// Same seed, same noise.
    pub seed: u64,
    /// The models that the user chose; `None` while the choice is ours.
    pub chosen_models: Option<Vec<ModelRef>>,
    /// While choosing: the model under the cursor.
    pub picker: Option<usize>,
    /// Whether methods that learn nothing from noise stand beside.
    pub classical: bool,
    /// Whether the chart is shown instead of the pictures.
    pub show_chart: bool,
    /// The latest answer.
    pub result: Option<Denoised>,
    /// The latest curves.
    pub sweep: Option<Curves>,
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    if app.denoise.level_input.is_open() {
        Mode::Part(Tab::Denoise, TYPING_PART)
    } else if app.denoise.picker.is_some() {
        Mode::Part(Tab::Denoise, 0)
    } else {
        Mode::Tab(Tab::Denoise)
    }
}

/// Another data set is open.
pub fn on_dataset_opened(app: &mut App) {
    app.denoise.result = None;
    app.denoise.sweep = None;
    app.denoise.chosen_models = None;
    app.denoise.picker = None;
}

/// The models shown: the user's choice, else denoisers, the newest two, else
/// the newest network, else the first fitted model. PCA-256 comes by itself.
pub fn shown_models(app: &App) -> Vec<ModelRef> {
    if let Some(chosen) = &app.denoise.chosen_models {
        return chosen.clone();
    }
    let is_network = |reference: &ModelRef| !matches!(reference, ModelRef::Pca { .. });
    let denoisers: Vec<ModelRef> = app
        .models
        .iter()
        .filter(|card| is_network(&card.reference) && card.objective != Noise::None)
        .map(|card| card.reference.clone())
        .take(2)
        .collect();
    if !denoisers.is_empty() {
        return denoisers;
    }
    app.models
        .iter()
        .find(|card| is_network(&card.reference))
        .or(app.models.first())
        .map(|card| card.reference.clone())
        .into_iter()
        .collect()
}

/// What Denoise needs from the engine.
pub fn requests(app: &App) -> Vec<(Topic, Request)> {
    let Some(face) = app.face else {
        return Vec::new();
    };
    // Until the list of models is there, a request would be made twice.
    if app.models.is_empty() && app.is_waiting(Topic::Models) {
        return Vec::new();
    }
    let mut wanted = vec![(
        Topic::Denoise,
        Request::Denoise {
            models: shown_models(app),
            source: PictureRef::Index(face),
            noise: app.denoise.sliders.noise(),
            noise_seed: app.denoise.seed,
            classical: app.denoise.classical,
        },
    )];
    if app.denoise.show_chart {
        wanted.push((
            Topic::Levels,
            Request::NoiseSweep {
                models: shown_models(app),
                source: PictureRef::Index(face),
                noises: app.denoise.sliders.sweep(),
                noise_seed: app.denoise.seed,
                classical: app.denoise.classical,
            },
        ));
    }
    wanted
}

/// An answer has come.
pub fn on_response(app: &mut App, answer: ResponseBody) {
    match answer {
        ResponseBody::Denoised(result) => app.denoise.result = Some(result),
        ResponseBody::NoiseSweep(curves) => app.denoise.sweep = Some(curves),
        _ => {}
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.denoise.level_input.is_open() {
        let typing = match action {
            Any::Denoise(DenoiseAction::TypeLevel(digit)) => Any::Type(digit),
            other => other,
        };
        match app.denoise.level_input.update(typing) {
            EditOutcome::Changed => {
                let text = app.denoise.level_input.text().to_string();
                app.denoise.sliders.set_level_text(&text);
                return Vec::new();
            }
            EditOutcome::Cancelled | EditOutcome::Accepted => return Vec::new(),
            EditOutcome::Unhandled => {
                app.denoise.level_input.update(Any::Accept);
            }
        }
    }
    if let Some(at) = app.denoise.picker {
        update_picker(app, at, action);
        return Vec::new();
    }
    match action {
        Any::First => app.denoise.sliders.set_fraction(0.0),
        Any::Last => app.denoise.sliders.set_fraction(1.0),
        Any::Denoise(own) => return act(app, own),
        _ => {}
    }
    Vec::new()
}

fn act(app: &mut App, action: DenoiseAction) -> Vec<Effect> {
    let levels = &mut app.denoise.sliders;
    match action {
        DenoiseAction::Less => levels.step(-1),
        DenoiseAction::More => levels.step(1),
        DenoiseAction::MuchLess => levels.step(-5),
        DenoiseAction::MuchMore => levels.step(5),
        DenoiseAction::NextKind => levels.kind = levels.kind.step(1),
        DenoiseAction::PreviousKind => levels.kind = levels.kind.step(NoiseKind::ALL.len() - 1),
        DenoiseAction::TypeLevel(first) => {
            app.denoise.level_input.set_text("");
            app.denoise.level_input.open();
            app.denoise.level_input.update(Any::Type(first));
        }
        DenoiseAction::NewNoise => app.denoise.seed = app.denoise.seed.wrapping_add(1),
        DenoiseAction::NextFace => step_face(app, true),
        DenoiseAction::PreviousFace => step_face(app, false),
        DenoiseAction::NextPerson => step_person(app, true),
        DenoiseAction::PreviousPerson => step_person(app, false),
        DenoiseAction::ChooseModels => app.denoise.picker = Some(0),
        DenoiseAction::Toggle => {}
        DenoiseAction::ToggleClassical => app.denoise.classical = !app.denoise.classical,
        DenoiseAction::ToggleChart => app.denoise.show_chart = !app.denoise.show_chart,
        DenoiseAction::Save => return save(app),
        DenoiseAction::Search => {
            if let Some(face) = app.face {
                return app.open_face_in(face, Tab::Search);
            }
        }
    }
    Vec::new()
}

fn step_face(app: &mut App, forwards: bool) {
    let Some((face, count)) = app.face.zip(app.dataset().map(|d| d.pictures.len())) else {
        return;
    };
    app.face = Some(if forwards {
        (face + 1) % count.max(1)
    } else {
        face.checked_sub(1).unwrap_or(count.saturating_sub(1))
    });
}

fn step_person(app: &mut App, forwards: bool) {
    let Some((face, dataset)) = app.face.zip(app.dataset().cloned()) else {
        return;
    };
    let people = dataset.people.len();
    let Some(picture) = dataset.pictures.get(face) else {
        return;
    };
    let next = if forwards {
        (picture.person + 1) % people
    } else {
        picture.person.checked_sub(1).unwrap_or(people - 1)
    };
    app.face = Some(dataset.people[next].pictures.start);
}

fn update_picker(app: &mut App, at: usize, action: Any) {
    let last = app.models.len().saturating_sub(1);
    match action {
        Any::Move(Direction::Down) => app.denoise.picker = Some((at + 1).min(last)),
        Any::Move(Direction::Up) => app.denoise.picker = Some(at.saturating_sub(1)),
        Any::Denoise(DenoiseAction::Toggle) => {
            let Some(card) = app.models.get(at) else {
                return;
            };
            let mut chosen = shown_models(app);
            let before = chosen.len();
            chosen.retain(|model| *model != card.reference);
            if chosen.len() == before {
                chosen.push(card.reference.clone());
            }
            app.denoise.chosen_models = Some(chosen);
        }
        Any::Back => app.denoise.picker = None,
        _ => {}
    }
}

/// Clean, noisy, and every method's picture, side by side.
fn save(app: &mut App) -> Vec<Effect> {
    let Some((result, face)) = app.denoise.result.as_ref().zip(app.face) else {
        app.message = Some((
            MessageKind::Error,
            "there is nothing to save yet".to_string(),
        ));
        return Vec::new();
    };
    let Some(dataset) = app.dataset() else {
        return Vec::new();
    };
    let mut pictures: Vec<Arc<RgbImage>> = vec![result.clean.clone(), result.noisy.pixels.clone()];
    pictures.extend(result.outputs.iter().map(|output| output.pixels.clone()));
    let name = format!("denoise {} {}", dataset.face_name(face), result.noise).replace(':', " ");
    app.invalidate(Topic::Save);
    app.request(Topic::Save, Request::Save { pictures, name })
        .into_iter()
        .collect()
}

/// Denoise's status line.
pub fn status(app: &App) -> String {
    let Some(result) = &app.denoise.result else {
        return "the first picture waits for its models".to_string();
    };
    let opened = app.opened.as_ref();
    let crop = opened.map_or_else(Default::default, |opened| opened.dataset.crop());
    let mut line = format!(
        "{} · {} saw this face · {} in {:.1} ms",
        super::browse::preprocessing_label(result.faces, crop),
        if app.denoise.classical {
            "PCA and Wiener"
        } else {
            "PCA"
        },
        crate::tui::text::pluralize(result.outputs.len(), "method"),
        result.milliseconds
    );
    if result.pending > 0 {
        line += " · more to come";
    }
    if let Some(reason) = result.left_out.first() {
        line += &format!(" · left out: {reason}");
    }
    line
}
