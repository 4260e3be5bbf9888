//! Search: the nearest faces of a face.

use ratatui::layout::Rect;

use crate::engine::{Answer, Found, Request, Source};
use crate::search::{IndexKind, Metric};
use crate::tui::action::{Action as Any, Effect, Tab, Topic};
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::keymap::{Binding, Key, Mode, bind};
use crate::tui::text;
use crate::tui::views::canvas::{Canvas, square_columns};

/// Search's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The next model.
    Model,
}

/// Search's keys.
pub const KEYS: &[Binding] = &[bind(
    &[Key::char('m')],
    Any::Search(Action::Model),
    "next model",
    Some("model"),
)];

/// What Search knows.
#[derive(Debug, Default)]
pub struct State {
    /// The latest answer.
    pub found: Option<Found>,
}

/// What keys mean.
pub fn mode(_app: &App) -> Mode {
    Mode::Tab(Tab::Search)
}

/// Another data set is open.
pub fn opened(app: &mut App) {
    app.search = State::default();
}

/// What Search needs from the engine.
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
    let Some((face, model)) = app.face.zip(app.model.clone()) else {
        return Vec::new();
    };
    vec![(
        Topic::Search,
        Request::Search {
            model,
            query: Source::Picture(face),
            k: 10,
            index: IndexKind::Brute,
            metric: Metric::L2,
            whiten: false,
        },
    )]
}

/// An answer has come.
pub fn answer(app: &mut App, answer: Answer) {
    if let Answer::Found(found) = answer {
        app.search.found = Some(found);
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if action == Any::Search(Action::Model) {
        app.next_model();
    }
    Vec::new()
}

/// Search's status line.
pub fn status(app: &App) -> String {
    match &app.search.found {
        Some(found) => format!("under {} · {:.2} ms", found.model, found.brute_ms),
        None => String::new(),
    }
}

/// Draws Search.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let (Some(dataset), Some(found)) = (app.dataset(), &app.search.found) else {
        return canvas.words(area, "searching …", theme.quiet);
    };
    let rows = 5;
    let width = square_columns(rows, app.graphics.cell);
    canvas.picture(
        Rect::new(area.x, area.y, width, rows),
        &Picture::pixels(&found.query),
    );
    let across = (area.width / (width + 1)).max(1);
    for (i, hit) in found.hits.iter().enumerate() {
        let (row, column) = (i as u16 / across, i as u16 % across);
        let place = Rect::new(
            area.x + column * (width + 1),
            area.y + (row + 1) * (rows + 2),
            width,
            rows,
        );
        if place.bottom() + 2 > area.bottom() || hit.row >= dataset.pictures.len() {
            break;
        }
        let name = dataset.face_name(hit.row);
        canvas.picture(
            place,
            &Picture::thumbnail(dataset.path(hit.row), text::initials(&name)),
        );
        let below = Rect {
            y: place.bottom(),
            height: 1,
            ..place
        };
        canvas.words(
            below,
            text::cut(&format!("{:.2} {name}", hit.distance), width.into()),
            theme.quiet,
        );
    }
}
