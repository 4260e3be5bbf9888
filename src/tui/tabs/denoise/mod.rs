//! Denoise: noise on a face, and what each method makes of it.

mod level;
mod view;

use std::sync::Arc;

use image::RgbImage;

use super::input::{Input, Typed};
use crate::dataset::Noise;
use crate::engine::{Answer, Denoised, ModelRef, Request, Source};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
use crate::tui::keymap::{Binding, Key, Mode, bind};
use crossterm::event::KeyCode;

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
    /// Save the pictures.
    Save,
    /// Search the face's nearest.
    Search,
}

const fn own(action: Action) -> Any {
    Any::Denoise(action)
}

/// Denoise's keys.
pub const KEYS: &[Binding] = &[
    bind(
        &[Key::char('h'), Key::code(KeyCode::Left)],
        own(Action::Less),
        "a little less noise",
        Some("level"),
    ),
    bind(
        &[Key::char('l'), Key::code(KeyCode::Right)],
        own(Action::More),
        "a little more noise",
        Some("level"),
    ),
    bind(
        &[Key::char('H')],
        own(Action::MuchLess),
        "much less noise",
        None,
    ),
    bind(
        &[Key::char('L')],
        own(Action::MuchMore),
        "much more noise",
        None,
    ),
    bind(
        &[Key::char('g'), Key::code(KeyCode::Home)],
        Any::First,
        "no noise",
        None,
    ),
    bind(
        &[Key::char('G'), Key::code(KeyCode::End)],
        Any::Last,
        "as much as there is",
        None,
    ),
    bind(
        &[Key::char('.')],
        own(Action::Level('.')),
        "type a level, such as .25: it follows each digit",
        Some("digits"),
    ),
    bind(
        &[Key::char('0')],
        own(Action::Level('0')),
        "the same, such as 0.25, or 03 for three rectangles",
        None,
    ),
    bind(
        &[Key::char('k')],
        own(Action::Kind),
        "next kind of noise",
        Some("kind"),
    ),
    bind(
        &[Key::char('K')],
        own(Action::PreviousKind),
        "previous kind of noise",
        None,
    ),
    bind(
        &[Key::char('r')],
        own(Action::Renew),
        "new noise of the same level",
        Some("new noise"),
    ),
    bind(
        &[Key::char('[')],
        own(Action::PreviousFace),
        "previous face",
        Some("face"),
    ),
    bind(
        &[Key::char(']')],
        own(Action::NextFace),
        "next face",
        Some("face"),
    ),
    bind(
        &[Key::char('{')],
        own(Action::PreviousPerson),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('}')],
        own(Action::NextPerson),
        "next person",
        None,
    ),
    bind(
        &[Key::char('v')],
        own(Action::Methods),
        "choose which models are shown",
        Some("methods"),
    ),
    bind(
        &[Key::char('w')],
        own(Action::Save),
        "save the pictures as a PNG",
        Some("save"),
    ),
    bind(
        &[Key::char('s')],
        own(Action::Search),
        "search the nearest faces of this one",
        None,
    ),
];

/// The table while methods are chosen.
const CHOOSING: &[Binding] = &[
    bind(
        &[Key::char('j'), Key::code(KeyCode::Down)],
        Any::Move(Direction::Down),
        "down",
        Some("move"),
    ),
    bind(
        &[Key::char('k'), Key::code(KeyCode::Up)],
        Any::Move(Direction::Up),
        "up",
        Some("move"),
    ),
    bind(
        &[Key::char(' ')],
        own(Action::Toggle),
        "take the model in or out",
        Some("in or out"),
    ),
    bind(
        &[
            Key::char('v'),
            Key::code(KeyCode::Enter),
            Key::code(KeyCode::Esc),
            Key::char('q'),
        ],
        Any::Back,
        "done",
        Some("done"),
    ),
];

/// The table while a level is typed; every other key ends that and does what
/// it always does.
const TYPING: &[Binding] = &[
    digit(
        &[Key::char('0')],
        '0',
        "a digit of the level",
        Some("digits"),
    ),
    digit(&[Key::char('1')], '1', "a digit of the level", None),
    digit(&[Key::char('2')], '2', "a digit of the level", None),
    digit(&[Key::char('3')], '3', "a digit of the level", None),
    digit(&[Key::char('4')], '4', "a digit of the level", None),
    digit(&[Key::char('5')], '5', "a digit of the level", None),
    digit(&[Key::char('6')], '6', "a digit of the level", None),
    digit(&[Key::char('7')], '7', "a digit of the level", None),
    digit(&[Key::char('8')], '8', "a digit of the level", None),
    digit(
        &[Key::char('9')],
        '9',
        "a digit of the level",
        Some("digits"),
    ),
    digit(&[Key::char('.')], '.', "the point", None),
    bind(
        &[Key::code(KeyCode::Backspace)],
        Any::Erase,
        "erase a digit",
        None,
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::code(KeyCode::Esc)],
        Any::Accept,
        "done",
        Some("done"),
    ),
];

const fn digit(
    keys: &'static [Key],
    digit: char,
    help: &'static str,
    footer: Option<&'static str>,
) -> Binding {
    bind(keys, own(Action::Level(digit)), help, footer)
}

/// Which of [`PARTS`] is in force while a level is typed.
pub const TYPING_PART: usize = 1;

/// Tables of Denoise's parts.
pub const PARTS: &[&[Binding]] = &[CHOOSING, TYPING];

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
    /// The latest answer.
    pub result: Option<Denoised>,
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
    app.denoise.chosen = None;
    app.denoise.choosing = None;
}

/// The models shown: the user's choice, else the newest denoising runs, else
/// the newest run, else the first fitted model. PCA-256 comes by itself.
pub fn methods(app: &App) -> Vec<ModelRef> {
    if let Some(chosen) = &app.denoise.chosen {
        return chosen.clone();
    }
    let is_run = |reference: &ModelRef| matches!(reference, ModelRef::Run(_));
    let denoisers: Vec<ModelRef> = app
        .models
        .iter()
        .filter(|card| is_run(&card.reference) && card.objective != Noise::None)
        .map(|card| card.reference.clone())
        .take(2)
        .collect();
    if !denoisers.is_empty() {
        return denoisers;
    }
    app.models
        .iter()
        .find(|card| is_run(&card.reference))
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
    vec![(
        Topic::Denoise,
        Request::Denoise {
            models: methods(app),
            source: Source::Picture(face),
            noise: app.denoise.levels.noise(),
            noise_seed: app.denoise.seed,
        },
    )]
}

/// An answer has come.
pub fn answer(app: &mut App, answer: Answer) {
    if let Answer::Denoised(result) = answer {
        app.denoise.result = Some(result);
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
    let mut line = format!(
        "{} · noise and {} in {:.1} ms",
        super::browse::preprocessing(result.faces),
        crate::tui::text::counted(result.outputs.len(), "method"),
        result.milliseconds
    );
    if !result.pending.is_empty() {
        line += " · more to come";
    }
    if let Some(reason) = result.left_out.first() {
        line += &format!(" · left out: {reason}");
    }
    line
}
