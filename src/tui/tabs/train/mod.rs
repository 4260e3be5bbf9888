//! Train: runs and their charts.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::Request;
use crate::tui::action::{Action as Any, Effect, Tab, Topic};
use crate::tui::app::App;
use crate::tui::keymap::{Binding, Mode};
use crate::tui::views::canvas::Canvas;

/// Train's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {}

/// Train's keys.
pub const KEYS: &[Binding] = &[];

/// Tables of Train's parts.
pub const PARTS: &[&[Binding]] = &[];

/// What Train knows.
#[derive(Debug, Default)]
pub struct State {}

/// What keys mean.
pub fn mode(_app: &App) -> Mode {
    Mode::Tab(Tab::Train)
}

/// Another data set is open.
pub fn opened(_app: &mut App) {}

/// What Train needs from the engine.
pub fn wants(_app: &App) -> Vec<(Topic, Request)> {
    Vec::new()
}

/// The user did something.
pub fn update(_app: &mut App, _action: Any) -> Vec<Effect> {
    Vec::new()
}

/// Train's status line.
pub fn status(_app: &App) -> String {
    String::new()
}

/// Draws Train.
pub fn render(canvas: &mut Canvas, area: Rect, _app: &App) {
    let theme = canvas.theme;
    canvas.lines(
        area,
        [
            Line::styled("runs are started from the command line", theme.text),
            Line::styled("lfw-tui train --preset conv --detach", theme.accent),
        ],
    );
}
