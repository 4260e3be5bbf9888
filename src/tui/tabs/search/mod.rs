//! Search: the nearest faces of a face, and a walk from neighbour to neighbour.

mod layout;
mod view;

use std::path::PathBuf;

use crossterm::event::KeyCode;

use super::path_entry::{Answered, Entered, PathEntry};
use crate::engine::{Answer, Found, Request, Source};
use crate::paths::typed::Wanted;
use crate::search::{IndexKind, Metric};
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
use crate::tui::keymap::{Binding, Key, MOTIONS, Mode, bind};
use crate::tui::path_lookup::Looked;

pub use layout::layout;
pub use view::render;

/// Neighbours at first, and how many more a key asks for.
const FEW: usize = 10;

/// The most neighbours that are shown.
const MOST: usize = 60;

/// Search's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The neighbour under the cursor becomes the query.
    Query,
    /// The query before this one.
    StepBack,
    /// Type the path of a picture file as the query.
    File,
    /// The next model.
    Model,
    /// Brute force or hashing.
    Index,
    /// L2 or cosine.
    Metric,
    /// Whitened codes or plain ones.
    Whiten,
    /// More neighbours.
    More,
    /// Fewer neighbours.
    Fewer,
    /// Put noise on the chosen neighbour.
    Denoise,
    /// Mark the chosen neighbour for morphing, as A (0) or B (1).
    Mark(usize),
}

const fn own(action: Action) -> Any {
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
        own(Action::Query),
        "make the chosen neighbour the query",
        Some("query"),
    ),
    bind(
        &[Key::code(KeyCode::Backspace)],
        own(Action::StepBack),
        "back to the query before",
        Some("back"),
    ),
    bind(
        &[Key::char('o')],
        own(Action::File),
        "open a picture file as the query",
        Some("file"),
    ),
    bind(
        &[Key::char('m')],
        own(Action::Model),
        "next model",
        Some("model"),
    ),
    bind(
        &[Key::char('i')],
        own(Action::Index),
        "search every code, or by hashing",
        Some("index"),
    ),
    bind(
        &[Key::char('n')],
        own(Action::Metric),
        "Euclidean or cosine distance",
        Some("metric"),
    ),
    bind(
        &[Key::char('w')],
        own(Action::Whiten),
        "compare whitened codes, or plain ones",
        Some("whiten"),
    ),
    bind(
        &[Key::char('+'), Key::char('=')],
        own(Action::More),
        "more neighbours",
        Some("more"),
    ),
    bind(
        &[Key::char('-')],
        own(Action::Fewer),
        "fewer neighbours",
        None,
    ),
    bind(
        &[Key::char('d')],
        own(Action::Denoise),
        "denoise the chosen neighbour",
        None,
    ),
    bind(
        &[Key::char('a')],
        own(Action::Mark(0)),
        "mark the chosen neighbour as A for morphing",
        None,
    ),
    bind(
        &[Key::char('b')],
        own(Action::Mark(1)),
        "mark the chosen neighbour as B for morphing",
        None,
    ),
];

/// What Search knows.
#[derive(Debug)]
pub struct State {
    /// The latest answer.
    pub found: Option<Found>,
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
    pub path: PathEntry,
    /// A picture file that is the query, as long as the carried face is this one.
    file: Option<(PathBuf, Option<usize>)>,
    /// The queries before this one, oldest first.
    pub trail: Vec<Source>,
    /// What `found` answers, so that a new query starts at its nearest.
    answered: Option<Source>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            found: None,
            cursor: 0,
            k: FEW,
            index: IndexKind::Brute,
            metric: Metric::L2,
            whiten: false,
            path: PathEntry::new(Wanted::Picture),
            file: None,
            trail: Vec::new(),
            answered: None,
        }
    }
}

/// What is searched: the file that was opened here, else the carried face.
pub fn query(app: &App) -> Option<Source> {
    match &app.search.file {
        Some((path, face)) if *face == app.face => Some(Source::File(path.clone())),
        _ => app.face.map(Source::Picture),
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
pub fn opened(app: &mut App) {
    let State {
        k,
        index,
        metric,
        whiten,
        ..
    } = app.search;
    app.search = State {
        k,
        index,
        metric,
        whiten,
        ..State::default()
    };
}

/// What Search needs from the engine.
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
    let Some((query, model)) = query(app).zip(app.model.clone()) else {
        return Vec::new();
    };
    let State {
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
pub fn answer(app: &mut App, answer: Answer) {
    if let Answer::Found(found) = answer {
        let query = query(app);
        let last = found.hits.len().saturating_sub(1);
        let search = &mut app.search;
        if search.answered != query {
            search.cursor = 0;
            search.answered = query;
        }
        search.cursor = search.cursor.min(last);
        search.found = Some(found);
    }
}

/// A search could not be done: a picture file that was never searched does not
/// stay the query.
pub fn failed(app: &mut App) {
    let query = query(app);
    if matches!(query, Some(Source::File(_))) && app.search.answered != query {
        step_back(app);
    }
}

/// The neighbour under the cursor: a picture's index.
pub fn chosen(app: &App) -> Option<usize> {
    let found = app.search.found.as_ref()?;
    found.hits.get(app.search.cursor).map(|hit| hit.row)
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.search.path.is_open() {
        return match app.search.path.update(action) {
            Entered::Look(lookup) => vec![Effect::Look(lookup)],
            Entered::Nothing | Entered::Other => Vec::new(),
        };
    }
    match action {
        Any::Search(own) => return act(app, own),
        Any::Back => step_back(app),
        action => move_cursor(app, action),
    }
    Vec::new()
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Query => {
            if let Some((face, now)) = chosen(app).zip(query(app)) {
                app.search.trail.push(now);
                app.search.file = None;
                app.face = Some(face);
            }
        }
        Action::StepBack => step_back(app),
        Action::File => app.search.path.open(""),
        Action::Model => app.next_model(),
        Action::Index => {
            app.search.index = match app.search.index {
                IndexKind::Brute => IndexKind::Lsh,
                IndexKind::Lsh => IndexKind::Brute,
            }
        }
        Action::Metric => {
            app.search.metric = match app.search.metric {
                Metric::L2 => Metric::Cosine,
                Metric::Cosine => Metric::L2,
            }
        }
        Action::Whiten => app.search.whiten = !app.search.whiten,
        Action::More => app.search.k = (app.search.k + FEW).min(MOST),
        Action::Fewer => app.search.k = app.search.k.saturating_sub(FEW).max(FEW),
        Action::Denoise => {
            if let Some(face) = chosen(app) {
                return app.carry(face, Tab::Denoise);
            }
        }
        Action::Mark(which) => mark(app, which),
    }
    Vec::new()
}

fn mark(app: &mut App, which: usize) {
    let Some((face, dataset)) = chosen(app).zip(app.dataset()) else {
        return;
    };
    let name = dataset.face_name(face);
    app.marks[which] = Some(face);
    let letter = if which == 0 { 'A' } else { 'B' };
    let text = format!("{name} is {letter} for Morph (5)");
    app.message = Some((Tone::Note, text));
}

/// The typed path was looked at: a picture becomes the query, the face before
/// is put on the trail; what is none leaves the query as it is.
pub fn looked(app: &mut App, looked: Looked) {
    match app.search.path.answer(looked) {
        Answered::Nothing => {}
        Answered::Refused(problem) => app.message = Some((Tone::Problem, problem)),
        Answered::Taken(path, more) => {
            if more > 0 {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let text = format!("{name} is the first of {} files; one is searched", more + 1);
                app.message = Some((Tone::Note, text));
            }
            if let Some(now) = query(app) {
                app.search.trail.push(now);
            }
            app.search.file = Some((path, app.face));
        }
    }
}

fn step_back(app: &mut App) {
    match app.search.trail.pop() {
        Some(Source::Picture(face)) => {
            app.search.file = None;
            app.face = Some(face);
        }
        Some(Source::File(path)) => app.search.file = Some((path, app.face)),
        None => {}
    }
}

fn move_cursor(app: &mut App, action: Any) {
    let count = app.search.found.as_ref().map_or(0, |f| f.hits.len());
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
    let Some(found) = &app.search.found else {
        return String::new();
    };
    let k = found.hits.len();
    let mut line = format!(
        "{} codes · every one {:.2} ms · hashing {:.2} ms",
        crate::tui::text::grouped(found.rows),
        found.brute_ms,
        found.lsh_ms
    );
    line += &format!(
        ", looks at {} and finds {} of these {k} (recall@{k} {:.0} % over all)",
        crate::tui::text::grouped(found.lsh_candidates),
        found.lsh_found,
        100.0 * found.lsh_recall
    );
    line
}
