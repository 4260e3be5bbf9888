//! Search: the nearest faces of a face, and a walk from neighbour to neighbour.

mod layout;
mod view;

use std::path::PathBuf;

use crossterm::event::KeyCode;

use super::path_input::{PathEdit, PathInput, Resolution};
use crate::engine::{PictureRef, Request, ResponseBody, SearchResults};
use crate::paths::user_path::PathKind;
use crate::search::{IndexKind, Metric};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, MessageKind};
use crate::tui::keymap::{Binding, Key, MOTIONS, Mode, bind};
use crate::tui::path_lookup::LookupResult;

pub use layout::layout;
pub use view::render;

/// Neighbours at first, and how many more a key asks for.
const K_STEP: usize = 10;

/// The most neighbours that are shown.
const MAX_K: usize = 60;

/// Search's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchAction {
    /// The neighbour under the cursor becomes the query.
    Query,
    /// The query before this one.
    Back,
    /// Type the path of a picture file as the query.
    OpenFile,
    /// The next model.
    NextModel,
    /// Brute force or hashing.
    ToggleIndex,
    /// L2 or cosine.
    ToggleMetric,
    /// Whitened codes or plain ones.
    ToggleWhitening,
    /// More neighbours.
    More,
    /// Fewer neighbours.
    Fewer,
    /// Put noise on the chosen neighbour.
    Denoise,
    /// Mark the chosen neighbour for morphing, as A (0) or B (1).
    Mark(usize),
}

const fn own(action: SearchAction) -> Any {
    Any::Search(action)
}

/// Search's keys.
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
        &[Key::code(KeyCode::Enter)],
        own(SearchAction::Query),
        "make the chosen neighbour the query",
        Some("query"),
    ),
    bind(
        &[Key::code(KeyCode::Backspace)],
        own(SearchAction::Back),
        "back to the query before",
        Some("back"),
    ),
    bind(
        &[Key::char('o')],
        own(SearchAction::OpenFile),
        "open a picture file as the query",
        Some("file"),
    ),
    bind(
        &[Key::char('m')],
        own(SearchAction::NextModel),
        "next model",
        Some("model"),
    ),
    bind(
        &[Key::char('i')],
        own(SearchAction::ToggleIndex),
        "search every code, or by hashing",
        Some("index"),
    ),
    bind(
        &[Key::char('n')],
        own(SearchAction::ToggleMetric),
        "Euclidean or cosine distance",
        Some("metric"),
    ),
    bind(
        &[Key::char('w')],
        own(SearchAction::ToggleWhitening),
        "compare whitened codes, or plain ones",
        Some("whiten"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        own(SearchAction::More),
        "more neighbours",
        Some("more"),
    ),
    bind(
        &[Key::char('-')],
        own(SearchAction::Fewer),
        "fewer neighbours",
        None,
    ),
    bind(
        &[Key::char('d')],
        own(SearchAction::Denoise),
        "denoise the chosen neighbour",
        None,
    ),
    bind(
        &[Key::char('a')],
        own(SearchAction::Mark(0)),
        "mark the chosen neighbour as A for morphing",
        None,
    ),
    bind(
        &[Key::char('b')],
        own(SearchAction::Mark(1)),
        "mark the chosen neighbour as B for morphing",
        None,
    ),
];

/// What Search knows.
#[derive(Debug)]
pub struct SearchTab {
    /// The latest answer.
    pub results: Option<SearchResults>,
    /// The neighbour under the cursor, from 0.
    pub cursor: usize,
    /// How many neighbours are asked for.
    pub k: usize,
    /// Who answers.
    pub index: IndexKind,
    /// The distance.
    pub metric: Metric,
    /// Whether codes are whitened.
    pub whiten: bool,
    /// A path being typed.
    pub path: PathInput,
    /// A picture file that is the query, as long as the carried face is this one.
    file: Option<(PathBuf, Option<usize>)>,
    /// The queries before this one, oldest first.
    pub history: Vec<PictureRef>,
    /// What `found` answers, so that a new query starts at its nearest.
    answered_query: Option<PictureRef>,
}

impl Default for SearchTab {
    fn default() -> Self {
        Self {
            results: None,
            cursor: 0,
            k: K_STEP,
            index: IndexKind::Brute,
            metric: Metric::L2,
            whiten: false,
            path: PathInput::new(PathKind::Picture),
            file: None,
            history: Vec::new(),
            answered_query: None,
        }
    }
}

/// What is searched: the file that was opened here, else the carried face.
pub fn query(app: &App) -> Option<PictureRef> {
    match &app.search.file {
        Some((path, face)) if *face == app.face => Some(PictureRef::File(path.clone())),
        _ => app.face.map(PictureRef::Index),
    }
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    if app.search.path.is_open() {
        Mode::Path
    } else {
        Mode::Tab(Tab::Search)
    }
}

/// Another data set is open: what was found is of the old one.
pub fn on_dataset_opened(app: &mut App) {
    let SearchTab {
        k,
        index,
        metric,
        whiten,
        ..
    } = app.search;
    app.search = SearchTab {
        k,
        index,
        metric,
        whiten,
        ..SearchTab::default()
    };
}

/// What Search needs from the engine.
pub fn requests(app: &App) -> Vec<(Topic, Request)> {
    let Some((query, model)) = query(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    let SearchTab {
        k,
        index,
        metric,
        whiten,
        ..
    } = app.search;
    vec![(
        Topic::Search,
        Request::Search {
            model,
            query,
            k,
            index,
            metric,
            whiten,
        },
    )]
}

/// An answer has come.
pub fn on_response(app: &mut App, answer: ResponseBody) {
    if let ResponseBody::SearchResults(found) = answer {
        let query = query(app);
        let last = found.hits.len().saturating_sub(1);
        let search = &mut app.search;
        if search.answered_query != query {
            search.cursor = 0;
            search.answered_query = query;
        }
        search.cursor = search.cursor.min(last);
        search.results = Some(found);
    }
}

/// A search could not be done: a picture file that was never searched does not
/// stay the query.
pub fn on_failure(app: &mut App) {
    let query = query(app);
    if matches!(query, Some(PictureRef::File(_))) && app.search.answered_query != query {
        step_back(app);
    }
}

/// The neighbour under the cursor: a picture's index.
pub fn selected_face(app: &App) -> Option<usize> {
    let found = app.search.results.as_ref()?;
    found.hits.get(app.search.cursor).map(|hit| hit.row)
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.search.path.is_open() {
        return match app.search.path.update(action) {
            PathEdit::LookUp(lookup) => vec![Effect::LookUp(lookup)],
            PathEdit::Handled | PathEdit::Unhandled => Vec::new(),
        };
    }
    match action {
        Any::Search(own) => return act(app, own),
        Any::Back => step_back(app),
        action => move_cursor(app, action),
    }
    Vec::new()
}

fn act(app: &mut App, action: SearchAction) -> Vec<Effect> {
    match action {
        SearchAction::Query => {
            if let Some((face, now)) = selected_face(app).zip(query(app)) {
                app.search.history.push(now);
                app.search.file = None;
                app.face = Some(face);
            }
        }
        SearchAction::Back => step_back(app),
        SearchAction::OpenFile => app.search.path.open(""),
        SearchAction::NextModel => app.select_next_model(),
        SearchAction::ToggleIndex => {
            app.search.index = match app.search.index {
                IndexKind::Brute => IndexKind::Lsh,
                IndexKind::Lsh => IndexKind::Brute,
            }
        }
        SearchAction::ToggleMetric => {
            app.search.metric = match app.search.metric {
                Metric::L2 => Metric::Cosine,
                Metric::Cosine => Metric::L2,
            }
        }
        SearchAction::ToggleWhitening => app.search.whiten = !app.search.whiten,
        SearchAction::More => app.search.k = (app.search.k + K_STEP).min(MAX_K),
        SearchAction::Fewer => app.search.k = app.search.k.saturating_sub(K_STEP).max(K_STEP),
        SearchAction::Denoise => {
            if let Some(face) = selected_face(app) {
                return app.open_face_in(face, Tab::Denoise);
            }
        }
        SearchAction::Mark(which) => mark(app, which),
    }
    Vec::new()
}

fn mark(app: &mut App, which: usize) {
    let Some((face, dataset)) = selected_face(app).zip(app.dataset()) else {
        return;
    };
    let name = dataset.face_name(face);
    app.marks[which] = Some(face);
    let letter = if which == 0 { 'A' } else { 'B' };
    let text = format!("{name} is {letter} for Morph (5)");
    app.message = Some((MessageKind::Info, text));
}

/// The typed path was looked at: a picture becomes the query, the face before
/// is put on the trail; what is none leaves the query as it is.
pub fn on_path_lookup(app: &mut App, looked: LookupResult) {
    match app.search.path.on_lookup(looked) {
        Resolution::Ignored => {}
        Resolution::Rejected(problem) => app.message = Some((MessageKind::Error, problem)),
        Resolution::Accepted(path, more) => {
            if more > 0 {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let text = format!("{name} is the first of {} files; one is searched", more + 1);
                app.message = Some((MessageKind::Info, text));
            }
            if let Some(now) = query(app) {
                app.search.history.push(now);
            }
            app.search.file = Some((path, app.face));
        }
    }
}

fn step_back(app: &mut App) {
    match app.search.history.pop() {
        Some(PictureRef::Index(face)) => {
            app.search.file = None;
            app.face = Some(face);
        }
        Some(PictureRef::File(path)) => app.search.file = Some((path, app.face)),
        None => {}
    }
}

fn move_cursor(app: &mut App, action: Any) {
    let count = app.search.results.as_ref().map_or(0, |f| f.hits.len());
    let places = layout(app, count);
    let (columns, half) = (places.columns, places.rows.div_ceil(2) * places.columns);
    let last = count.saturating_sub(1);
    let at = app.search.cursor;
    app.search.cursor = match action {
        Any::Move(Direction::Left) => at.saturating_sub(1),
        Any::Move(Direction::Right) => at + 1,
        Any::Move(Direction::Up) if at >= columns => at - columns,
        Any::Move(Direction::Down) if at + columns <= last => at + columns,
        Any::HalfPage(false) => at.saturating_sub(half),
        Any::HalfPage(true) => at + half,
        Any::First => 0,
        Any::Last => last,
        _ => at,
    }
    .min(last);
}

/// Search's status line.
pub fn status(app: &App) -> String {
    let Some(found) = &app.search.results else {
        return String::new();
    };
    let k = found.hits.len();
    let mut line = format!(
        "{} codes · every one {:.2} ms · hashing {:.2} ms",
        crate::tui::text::with_thousands(found.rows),
        found.brute_ms,
        found.lsh_ms
    );
    line += &format!(
        ", looks at {} and finds {} of these {k} (recall@{k} {:.0} % over all)",
        crate::tui::text::with_thousands(found.lsh_candidates),
        found.lsh_found,
        100.0 * found.lsh_recall
    );
    line
}
