//! Browse: people with their counts, and the chosen one's pictures.

mod layout;
mod view;

use super::input::{Input, Typed};
use crate::dataset::Dataset;
use crate::dataset::names::plain;
use crate::engine::{Answer, Facts, Request};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
use crate::tui::keymap::{Binding, Key, MOTIONS, Mode, bind};
use crossterm::event::KeyCode;

pub use view::render;

/// Browse's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Enter a filter of names.
    Filter,
    /// The other order of people.
    Order,
    /// The next person, also while the pictures have the keys.
    NextPerson,
    /// The previous person.
    PreviousPerson,
    /// Search the picture's nearest faces.
    Search,
    /// Put noise on the picture.
    Denoise,
    /// Mark the picture as A for morphing.
    MarkA,
    /// Mark the picture as B.
    MarkB,
    /// The next model for the facts.
    Model,
}

const fn own(action: Action) -> Any {
    Any::Browse(action)
}

/// Browse's keys.
pub const KEYS: &[Binding] = &[
    MOTIONS[0],
    MOTIONS[1],
    MOTIONS[2],
    MOTIONS[3],
    MOTIONS[4],
    MOTIONS[5],
    MOTIONS[6],
    MOTIONS[7],
    bind(
        &[Key::char('/')],
        own(Action::Filter),
        "filter people by a part of their name",
        Some("filter"),
    ),
    bind(
        &[Key::char('o')],
        own(Action::Order),
        "order people by name or by count",
        Some("order"),
    ),
    bind(
        &[Key::code(KeyCode::Enter), Key::char(' ')],
        Any::Enter,
        "into the person's pictures, and back",
        Some("pictures"),
    ),
    bind(
        &[Key::char('n')],
        own(Action::NextPerson),
        "next person",
        None,
    ),
    bind(
        &[Key::char('N')],
        own(Action::PreviousPerson),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('s')],
        own(Action::Search),
        "search the nearest faces of this one",
        Some("search"),
    ),
    bind(
        &[Key::char('d')],
        own(Action::Denoise),
        "put noise on this face and remove it",
        Some("denoise"),
    ),
    bind(
        &[Key::char('a')],
        own(Action::MarkA),
        "mark as A, where a morph begins",
        Some("mark"),
    ),
    bind(
        &[Key::char('b')],
        own(Action::MarkB),
        "mark as B, where a morph ends",
        Some("mark"),
    ),
    bind(
        &[Key::char('m')],
        own(Action::Model),
        "next model for the facts",
        Some("model"),
    ),
];

/// How people are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Most pictures first, then by name.
    #[default]
    Count,
    /// By name.
    Name,
}

/// What Browse knows.
#[derive(Debug, Default)]
pub struct State {
    /// How people are ordered.
    pub order: Order,
    /// The filter of names.
    pub filter: Input,
    /// Indices of the people shown, in order.
    pub people: Vec<usize>,
    /// Place of the chosen one in `people`.
    pub at: usize,
    /// The chosen picture within the person.
    pub picture: usize,
    /// Whether the keys move among pictures, not people.
    pub in_pictures: bool,
    /// What a model makes of a picture; of the chosen one only when it says so.
    pub facts: Option<Facts>,
}

impl State {
    /// Index of the chosen person; `None` when the filter leaves nobody.
    pub fn person(&self) -> Option<usize> {
        self.people.get(self.at).copied()
    }

    /// Lists the people that pass the filter, and keeps the chosen one if it does.
    fn list(&mut self, dataset: &Dataset) {
        let chosen = self.person();
        let wanted = plain(self.filter.text());
        self.people = (0..dataset.people.len())
            .filter(|&person| {
                wanted.is_empty() || plain(&dataset.people[person].folder).contains(&wanted)
            })
            .collect();
        if self.order == Order::Count {
            // Stable: equal counts stay in the order of their names.
            self.people
                .sort_by_key(|&person| std::cmp::Reverse(dataset.people[person].pictures.len()));
        }
        let kept = chosen.and_then(|chosen| self.people.iter().position(|&p| p == chosen));
        if kept.is_none() {
            self.picture = 0;
        }
        self.at = kept.unwrap_or(0);
        if self.people.is_empty() {
            self.in_pictures = false;
        }
    }
}

/// The chosen picture's index.
pub fn picture(app: &App) -> Option<usize> {
    let person = app.browse.person()?;
    let pictures = app.dataset()?.people.get(person)?.pictures.clone();
    (!pictures.is_empty()).then(|| pictures.start + app.browse.picture.min(pictures.len() - 1))
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    if app.browse.filter.is_open() {
        Mode::Text
    } else {
        Mode::Tab(Tab::Browse)
    }
}

/// Another data set is open.
pub fn opened(app: &mut App) {
    let dataset = app.dataset().cloned();
    app.browse = State {
        order: app.browse.order,
        ..State::default()
    };
    if let Some(dataset) = dataset {
        app.browse.list(&dataset);
    }
}

/// What Browse needs from the engine.
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
    let Some((picture, model)) = picture(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    vec![(Topic::Facts, Request::Facts { picture, model })]
}

/// An answer has come.
pub fn answer(app: &mut App, answer: Answer) {
    if let Answer::Facts(facts) = answer {
        app.browse.facts = Some(facts);
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    let Some(dataset) = app.dataset().cloned() else {
        return Vec::new();
    };
    if app.browse.filter.is_open() {
        match app.browse.filter.update(action) {
            Typed::Changed | Typed::Cancelled => app.browse.list(&dataset),
            Typed::Other => step(app, &dataset, action),
            Typed::Accepted => {}
        }
        return Vec::new();
    }
    match action {
        Any::Enter => {
            app.browse.in_pictures = !app.browse.in_pictures && picture(app).is_some();
        }
        Any::Back => {
            if app.browse.in_pictures {
                app.browse.in_pictures = false;
            } else if !app.browse.filter.text().is_empty() {
                app.browse.filter.set("");
                app.browse.list(&dataset);
            }
        }
        Any::Browse(own) => return act(app, &dataset, own),
        motion => step(app, &dataset, motion),
    }
    Vec::new()
}

fn act(app: &mut App, dataset: &Dataset, action: Action) -> Vec<Effect> {
    match action {
        Action::Filter => app.browse.filter.open(),
        Action::Order => {
            app.browse.order = match app.browse.order {
                Order::Count => Order::Name,
                Order::Name => Order::Count,
            };
            app.browse.list(dataset);
        }
        Action::NextPerson => to_person(app, app.browse.at.saturating_add(1)),
        Action::PreviousPerson => to_person(app, app.browse.at.saturating_sub(1)),
        Action::Model => app.next_model(),
        Action::Search | Action::Denoise => {
            let tab = match action {
                Action::Search => Tab::Search,
                _ => Tab::Denoise,
            };
            if let Some(face) = picture(app) {
                return app.carry(face, tab);
            }
        }
        Action::MarkA | Action::MarkB => {
            let Some(face) = picture(app) else {
                return Vec::new();
            };
            let (side, name) = match action {
                Action::MarkA => (0, 'A'),
                _ => (1, 'B'),
            };
            app.marks[side] = Some(face);
            let next = match app.marks {
                [Some(_), Some(_)] => "5 morphs from A to B",
                [Some(_), None] => "b marks the other end",
                _ => "a marks the other end",
            };
            let note = format!("{name} is {}; {next}", dataset.face_name(face));
            app.message = Some((Tone::Note, note));
        }
    }
    Vec::new()
}

/// Moves among people or among the person's pictures.
fn step(app: &mut App, dataset: &Dataset, motion: Any) {
    if app.browse.in_pictures {
        return step_pictures(app, dataset, motion);
    }
    let page = layout::layout(app).list_rows().max(2) / 2;
    let at = app.browse.at;
    let last = app.browse.people.len().saturating_sub(1);
    match motion {
        Any::Move(Direction::Down) => to_person(app, at + 1),
        Any::Move(Direction::Up) => to_person(app, at.saturating_sub(1)),
        Any::HalfPage(true) => to_person(app, at + page),
        Any::HalfPage(false) => to_person(app, at.saturating_sub(page)),
        Any::First => to_person(app, 0),
        Any::Last => to_person(app, last),
        Any::Move(Direction::Right) => app.browse.in_pictures = picture(app).is_some(),
        _ => {}
    }
}

fn to_person(app: &mut App, at: usize) {
    let at = at.min(app.browse.people.len().saturating_sub(1));
    if at != app.browse.at {
        app.browse.at = at;
        app.browse.picture = 0;
    }
}

fn step_pictures(app: &mut App, dataset: &Dataset, motion: Any) {
    let Some(person) = app.browse.person() else {
        return;
    };
    let count = dataset.people[person].pictures.len();
    let grid = layout::layout(app);
    let (columns, page) = (
        grid.columns(),
        grid.columns() * grid.grid_rows().div_ceil(2),
    );
    let at = app.browse.picture;
    let last = count.saturating_sub(1);
    app.browse.picture = match motion {
        Any::Move(Direction::Left) => {
            if at.is_multiple_of(columns) {
                app.browse.in_pictures = false;
                return;
            }
            at - 1
        }
        Any::Move(Direction::Right) => (at + 1).min(last),
        // Down from the row above a shorter last one goes to the last picture.
        Any::Move(Direction::Down) if at / columns < last / columns => (at + columns).min(last),
        Any::Move(Direction::Up) if at >= columns => at - columns,
        Any::HalfPage(true) => (at + page).min(last),
        Any::HalfPage(false) => at.saturating_sub(page),
        Any::First => 0,
        Any::Last => last,
        _ => return,
    };
}

/// Browse's status line.
pub fn status(app: &App) -> String {
    let Some(opened) = &app.opened else {
        return String::new();
    };
    let crop = opened.dataset.crop();
    let model = match app.card() {
        Some(card) => format!("model {} · {}", card.label, preprocessing(card.faces, crop)),
        None => preprocessing(opened.faces, crop),
    };
    if opened.dataset.is_sample {
        format!("drawn faces: `lfw-tui fetch` gets the real ones (D tells more) · {model}")
    } else {
        model
    }
}

/// `seed preprocessing 32×32`, `seed, crop none preprocessing 32×32`.
pub fn preprocessing(faces: crate::dataset::FaceSpec, crop: crate::dataset::Crop) -> String {
    let prepared = crate::dataset::faces::preparation(faces.preprocess, crop);
    format!("{prepared} preprocessing {0}×{0}", faces.size)
}
