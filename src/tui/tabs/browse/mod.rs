//! Browse: people with their counts, and the chosen one's pictures.

mod layout;
mod view;

use super::text_input::{EditOutcome, TextInput};
use crate::dataset::Dataset;
use crate::dataset::normalize::search_key;
use crate::engine::{Reconstruction, Request, ResponseBody};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, MessageKind};
use crate::tui::keymap::{Binding, Key, MOTIONS, Mode, bind};
use crossterm::event::KeyCode;

pub use view::render;

/// Browse's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowseAction {
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

const fn own(action: BrowseAction) -> Any {
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
        own(BrowseAction::Filter),
        "filter people by a part of their name",
        Some("filter"),
    ),
    bind(
        &[Key::char('o')],
        own(BrowseAction::Order),
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
        own(BrowseAction::NextPerson),
        "next person",
        None,
    ),
    bind(
        &[Key::char('N')],
        own(BrowseAction::PreviousPerson),
        "previous person",
        None,
    ),
    bind(
        &[Key::char('s')],
        own(BrowseAction::Search),
        "search the nearest faces of this one",
        Some("search"),
    ),
    bind(
        &[Key::char('d')],
        own(BrowseAction::Denoise),
        "put noise on this face and remove it",
        Some("denoise"),
    ),
    bind(
        &[Key::char('a')],
        own(BrowseAction::MarkA),
        "mark as A, where a morph begins",
        Some("mark"),
    ),
    bind(
        &[Key::char('b')],
        own(BrowseAction::MarkB),
        "mark as B, where a morph ends",
        Some("mark"),
    ),
    bind(
        &[Key::char('m')],
        own(BrowseAction::Model),
        "next model for the facts",
        Some("model"),
    ),
];

/// How people are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// Most pictures first, then by name.
    #[default]
    Count,
    /// By name.
    Name,
}

/// What Browse knows.
#[derive(Debug, Default)]
pub struct BrowseTab {
    /// How people are ordered.
    pub sort_order: SortOrder,
    /// The filter of names.
    pub filter: TextInput,
    /// Indices of the people shown, in order.
    pub people: Vec<usize>,
    /// Place of the chosen one in `people`.
    pub selected: usize,
    /// The chosen picture within the person.
    pub picture: usize,
    /// Whether the keys move among pictures, not people.
    pub in_pictures: bool,
    /// What a model makes of a picture; of the chosen one only when it says so.
    pub details: Option<Reconstruction>,
}

impl BrowseTab {
    /// Index of the chosen person; `None` when the filter leaves nobody.
    pub fn person(&self) -> Option<usize> {
        self.people.get(self.selected).copied()
    }

    /// Lists the people that pass the filter, and keeps the chosen one if it does.
    fn refresh_list(&mut self, dataset: &Dataset) {
        let chosen = self.person();
        let wanted = search_key(self.filter.text());
        self.people = (0..dataset.people.len())
            .filter(|&person| {
                wanted.is_empty() || search_key(&dataset.people[person].folder).contains(&wanted)
            })
            .collect();
        if self.sort_order == SortOrder::Count {
            // Stable: equal counts stay in the order of their names.
            self.people
                .sort_by_key(|&person| std::cmp::Reverse(dataset.people[person].pictures.len()));
        }
        let kept = chosen.and_then(|chosen| self.people.iter().position(|&p| p == chosen));
        if kept.is_none() {
            self.picture = 0;
        }
        self.selected = kept.unwrap_or(0);
        if self.people.is_empty() {
            self.in_pictures = false;
        }
    }
}

/// The chosen picture's index.
pub fn selected_picture(app: &App) -> Option<usize> {
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
pub fn on_dataset_opened(app: &mut App) {
    let dataset = app.dataset().cloned();
    app.browse = BrowseTab {
        sort_order: app.browse.sort_order,
        ..BrowseTab::default()
    };
    if let Some(dataset) = dataset {
        app.browse.refresh_list(&dataset);
    }
}

/// What Browse needs from the engine.
pub fn requests(app: &App) -> Vec<(Topic, Request)> {
    let Some((picture, model)) = selected_picture(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    vec![(Topic::Facts, Request::Reconstruct { picture, model })]
}

/// An answer has come.
pub fn on_response(app: &mut App, answer: ResponseBody) {
    if let ResponseBody::Reconstruction(facts) = answer {
        app.browse.details = Some(facts);
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    let Some(dataset) = app.dataset().cloned() else {
        return Vec::new();
    };
    if app.browse.filter.is_open() {
        match app.browse.filter.update(action) {
            EditOutcome::Changed | EditOutcome::Cancelled => app.browse.refresh_list(&dataset),
            EditOutcome::Unhandled => move_selection(app, &dataset, action),
            EditOutcome::Accepted => {}
        }
        return Vec::new();
    }
    match action {
        Any::Enter => {
            app.browse.in_pictures = !app.browse.in_pictures && selected_picture(app).is_some();
        }
        Any::Back => {
            if app.browse.in_pictures {
                app.browse.in_pictures = false;
            } else if !app.browse.filter.text().is_empty() {
                app.browse.filter.set_text("");
                app.browse.refresh_list(&dataset);
            }
        }
        Any::Browse(own) => return act(app, &dataset, own),
        motion => move_selection(app, &dataset, motion),
    }
    Vec::new()
}

fn act(app: &mut App, dataset: &Dataset, action: BrowseAction) -> Vec<Effect> {
    match action {
        BrowseAction::Filter => app.browse.filter.open(),
        BrowseAction::Order => {
            app.browse.sort_order = match app.browse.sort_order {
                SortOrder::Count => SortOrder::Name,
                SortOrder::Name => SortOrder::Count,
            };
            app.browse.refresh_list(dataset);
        }
        BrowseAction::NextPerson => select_person(app, app.browse.selected.saturating_add(1)),
        BrowseAction::PreviousPerson => select_person(app, app.browse.selected.saturating_sub(1)),
        BrowseAction::Model => app.select_next_model(),
        BrowseAction::Search | BrowseAction::Denoise => {
            let tab = match action {
                BrowseAction::Search => Tab::Search,
                _ => Tab::Denoise,
            };
            if let Some(face) = selected_picture(app) {
                return app.open_face_in(face, tab);
            }
        }
        BrowseAction::MarkA | BrowseAction::MarkB => {
            let Some(face) = selected_picture(app) else {
                return Vec::new();
            };
            let (side, name) = match action {
                BrowseAction::MarkA => (0, 'A'),
                _ => (1, 'B'),
            };
            app.marks[side] = Some(face);
            let next = match app.marks {
                [Some(_), Some(_)] => "5 morphs from A to B",
                [Some(_), None] => "b marks the other end",
                _ => "a marks the other end",
            };
            let note = format!("{name} is {}; {next}", dataset.face_name(face));
            app.message = Some((MessageKind::Info, note));
        }
    }
    Vec::new()
}

/// Moves among people or among the person's pictures.
fn move_selection(app: &mut App, dataset: &Dataset, motion: Any) {
    if app.browse.in_pictures {
        return move_in_pictures(app, dataset, motion);
    }
    let page = layout::layout(app).list_rows().max(2) / 2;
    let at = app.browse.selected;
    let last = app.browse.people.len().saturating_sub(1);
    match motion {
        Any::Move(Direction::Down) => select_person(app, at + 1),
        Any::Move(Direction::Up) => select_person(app, at.saturating_sub(1)),
        Any::HalfPage(true) => select_person(app, at + page),
        Any::HalfPage(false) => select_person(app, at.saturating_sub(page)),
        Any::First => select_person(app, 0),
        Any::Last => select_person(app, last),
        Any::Move(Direction::Right) => app.browse.in_pictures = selected_picture(app).is_some(),
        _ => {}
    }
}

fn select_person(app: &mut App, at: usize) {
    let at = at.min(app.browse.people.len().saturating_sub(1));
    if at != app.browse.selected {
        app.browse.selected = at;
        app.browse.picture = 0;
    }
}

fn move_in_pictures(app: &mut App, dataset: &Dataset, motion: Any) {
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
    let model = match app.current_model() {
        Some(card) => format!(
            "model {} · {}",
            card.label,
            preprocessing_label(card.faces, crop)
        ),
        None => preprocessing_label(opened.faces, crop),
    };
    if opened.dataset.is_sample {
        format!("drawn faces: `lfw-tui fetch` gets the real ones (D tells more) · {model}")
    } else {
        model
    }
}

/// `seed preprocessing 32×32`, `seed, crop none preprocessing 32×32`.
pub fn preprocessing_label(faces: crate::dataset::FaceSpec, crop: crate::dataset::Crop) -> String {
    let prepared = crate::dataset::faces::describe_preprocess(faces.preprocess, crop);
    format!("{prepared} preprocessing {0}×{0}", faces.size)
}
