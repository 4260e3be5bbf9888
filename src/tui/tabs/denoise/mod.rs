//! Denoise: noise on a face, and what each method makes of it.

mod curves;
mod keys;
mod level;
mod view;

use std::sync::Arc;

use image::RgbImage;

use super::input::{Input, Typed};
use crate::dataset::Noise;
use crate::engine::{Answer, Denoised, Levels as Curves, ModelRef, Request, Source};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
use crate::tui::keymap::Mode;

pub use keys::{KEYS, PARTS, TYPING_PART};
pub use level::{Kind, Levels};
pub use view::render;

/// Denoise's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Less noise.
    Less,
    /// More noise.
    More,
    /// Much less.
    MuchLess,
    /// Much more.
    MuchMore,
    /// Begin to type a level with this digit or point.
    Level(char),
    /// The next kind of noise.
    Kind,
    /// The previous kind.
    PreviousKind,
    /// Other noise of the same kind and level.
    Renew,
    /// The next face.
    NextFace,
    /// The previous face.
    PreviousFace,
    /// A face of the next person.
    NextPerson,
    /// A face of the previous person.
    PreviousPerson,
    /// Choose methods.
    Methods,
    /// While choosing: take the method in or out.
    Toggle,
    /// Methods that learn nothing from noise, in or out.
    Classical,
    /// The chart of PSNR against the level, in or out.
    Curves,
    /// Save the pictures.
    Save,
    /// Search the face's nearest.
    Search,
}

/// What Denoise knows.
#[derive(Debug, Default)]
pub struct State {
    /// Kind and level of the noise.
    pub levels: Levels,
    /// A level being typed.
    pub typed: Input,
    /// Same seed, same noise.
    pub seed: u64,
    /// The models that the user chose; `None` while the choice is ours.
    pub chosen: Option<Vec<ModelRef>>,
    /// While choosing: the model under the cursor.
    pub choosing: Option<usize>,
    /// Whether methods that learn nothing from noise stand beside.
    pub classical: bool,
    /// Whether the chart is shown instead of the pictures.
    pub is_chart: bool,
    /// The latest answer.
    pub result: Option<Denoised>,
    /// The latest curves.
    pub curves: Option<Curves>,
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    if app.denoise.typed.is_open() {
        Mode::Part(Tab::Denoise, TYPING_PART)
    } else if app.denoise.choosing.is_some() {
        Mode::Part(Tab::Denoise, 0)
    } else {
        Mode::Tab(Tab::Denoise)
    }
}

/// Another data set is open.
pub fn opened(app: &mut App) {
    app.denoise.result = None;
    app.denoise.curves = None;
    app.denoise.chosen = None;
    app.denoise.choosing = None;
}

/// The models shown: the user's choice, else denoisers, the newest two, else
/// the newest network, else the first fitted model. PCA-256 comes by itself.
pub fn methods(app: &App) -> Vec<ModelRef> {
    if let Some(chosen) = &app.denoise.chosen {
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
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
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
            models: methods(app),
            source: Source::Picture(face),
            noise: app.denoise.levels.noise(),
            noise_seed: app.denoise.seed,
            classical: app.denoise.classical,
        },
    )];
    if app.denoise.is_chart {
        wanted.push((
            Topic::Levels,
            Request::Levels {
                models: methods(app),
                source: Source::Picture(face),
                noises: app.denoise.levels.all(),
                noise_seed: app.denoise.seed,
                classical: app.denoise.classical,
            },
        ));
    }
    wanted
}

/// An answer has come.
pub fn answer(app: &mut App, answer: Answer) {
    match answer {
        Answer::Denoised(result) => app.denoise.result = Some(result),
        Answer::Levels(curves) => app.denoise.curves = Some(curves),
        _ => {}
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.denoise.typed.is_open() {
        let typing = match action {
            Any::Denoise(Action::Level(digit)) => Any::Type(digit),
            other => other,
        };
        match app.denoise.typed.update(typing) {
            Typed::Changed => {
                let text = app.denoise.typed.text().to_string();
                app.denoise.levels.type_level(&text);
                return Vec::new();
            }
            Typed::Cancelled | Typed::Accepted => return Vec::new(),
            Typed::Other => {
                app.denoise.typed.update(Any::Accept);
            }
        }
    }
    if let Some(at) = app.denoise.choosing {
        choose(app, at, action);
        return Vec::new();
    }
    match action {
        Any::First => app.denoise.levels.set_share(0.0),
        Any::Last => app.denoise.levels.set_share(1.0),
        Any::Denoise(own) => return act(app, own),
        _ => {}
    }
    Vec::new()
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let levels = &mut app.denoise.levels;
    match action {
        Action::Less => levels.step(-1),
        Action::More => levels.step(1),
        Action::MuchLess => levels.step(-5),
        Action::MuchMore => levels.step(5),
        Action::Kind => levels.kind = levels.kind.step(1),
        Action::PreviousKind => levels.kind = levels.kind.step(Kind::ALL.len() - 1),
        Action::Level(first) => {
            app.denoise.typed.set("");
            app.denoise.typed.open();
            app.denoise.typed.update(Any::Type(first));
        }
        Action::Renew => app.denoise.seed = app.denoise.seed.wrapping_add(1),
        Action::NextFace => step_face(app, true),
        Action::PreviousFace => step_face(app, false),
        Action::NextPerson => step_person(app, true),
        Action::PreviousPerson => step_person(app, false),
        Action::Methods => app.denoise.choosing = Some(0),
        Action::Toggle => {}
        Action::Classical => app.denoise.classical = !app.denoise.classical,
        Action::Curves => app.denoise.is_chart = !app.denoise.is_chart,
        Action::Save => return save(app),
        Action::Search => {
            if let Some(face) = app.face {
                return app.carry(face, Tab::Search);
            }
        }
    }
    Vec::new()
}

fn step_face(app: &mut App, forwards: bool) {
    let Some((face, count)) = app.face.zip(app.dataset().map(|d| d.pictures.len())) else {
        return;
    };
    app.face = Some(match forwards {
        true => (face + 1) % count.max(1),
        false => face.checked_sub(1).unwrap_or(count.saturating_sub(1)),
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
    let next = match forwards {
        true => (picture.person + 1) % people,
        false => picture.person.checked_sub(1).unwrap_or(people - 1),
    };
    app.face = Some(dataset.people[next].pictures.start);
}

fn choose(app: &mut App, at: usize, action: Any) {
    let last = app.models.len().saturating_sub(1);
    match action {
        Any::Move(Direction::Down) => app.denoise.choosing = Some((at + 1).min(last)),
        Any::Move(Direction::Up) => app.denoise.choosing = Some(at.saturating_sub(1)),
        Any::Denoise(Action::Toggle) => {
            let Some(card) = app.models.get(at) else {
                return;
            };
            let mut chosen = methods(app);
            let before = chosen.len();
            chosen.retain(|model| *model != card.reference);
            if chosen.len() == before {
                chosen.push(card.reference.clone());
            }
            app.denoise.chosen = Some(chosen);
        }
        Any::Back => app.denoise.choosing = None,
        _ => {}
    }
}

/// Clean, noisy, and every method's picture, side by side.
fn save(app: &mut App) -> Vec<Effect> {
    let Some((result, face)) = app.denoise.result.as_ref().zip(app.face) else {
        app.message = Some((Tone::Problem, "there is nothing to save yet".to_string()));
        return Vec::new();
    };
    let Some(dataset) = app.dataset() else {
        return Vec::new();
    };
    let mut pictures: Vec<Arc<RgbImage>> = vec![result.clean.clone(), result.noisy.pixels.clone()];
    pictures.extend(result.outputs.iter().map(|output| output.pixels.clone()));
    let name = format!("denoise {} {}", dataset.face_name(face), result.noise).replace(':', " ");
    app.ask_again(Topic::Save);
    app.ask(Topic::Save, Request::Save { pictures, name })
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
        super::browse::preprocessing(result.faces, crop),
        match app.denoise.classical {
            true => "PCA and Wiener",
            false => "PCA",
        },
        crate::tui::text::counted(result.outputs.len(), "method"),
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
