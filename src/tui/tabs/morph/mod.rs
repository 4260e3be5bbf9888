//! Morph: faces made from codes.

use ratatui::layout::Rect;

use crate::engine::{Answer, Made, Request, Source};
use crate::tui::action::{Action as Any, Effect, Tab, Topic};
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::keymap::{Binding, Key, Mode, bind};
use crate::tui::views::canvas::{Canvas, square_columns, square_rows};

/// Morph's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The next model.
    Model,
}

/// Morph's keys.
pub const KEYS: &[Binding] = &[bind(
    &[Key::char('m')],
    Any::Morph(Action::Model),
    "next model",
    Some("model"),
)];

/// What Morph knows.
#[derive(Debug, Default)]
pub struct State {
    /// The latest path.
    pub path: Option<Made>,
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
    match (app.marks, app.model.clone()) {
        ([Some(a), Some(b)], Some(model)) => vec![(
            Topic::Morph,
            Request::Morph {
                model,
                a: Source::Picture(a),
                b: Source::Picture(b),
                steps: 7,
            },
        )],
        _ => Vec::new(),
    }
}

/// An answer has come.
pub fn answer(app: &mut App, topic: Topic, answer: Answer) {
    if let (Topic::Morph, Answer::Made(made)) = (topic, answer) {
        app.morph.path = Some(made);
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if action == Any::Morph(Action::Model) {
        app.next_model();
    }
    Vec::new()
}

/// Morph's status line.
pub fn status(_app: &App) -> String {
    String::new()
}

/// Draws Morph.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let Some(made) = &app.morph.path else {
        return canvas.words(
            area,
            "mark two faces with a and b on Browse (1)",
            theme.quiet,
        );
    };
    let count = made.frames.len().max(1) as u16;
    let rows = square_rows((area.width + 1) / count - 1, area.height, app.graphics.cell);
    let width = square_columns(rows, app.graphics.cell);
    for (i, frame) in made.frames.iter().enumerate() {
        let place = Rect::new(area.x + i as u16 * (width + 1), area.y, width, rows);
        canvas.picture(place, &Picture::pixels(&frame.pixels));
    }
}
