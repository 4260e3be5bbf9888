//! Where Train puts things.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::views::body_area;
use crate::tui::views::canvas::{square_columns, square_rows};

/// Where Train's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainLayout {
    /// The list of runs, its heading first.
    pub list: Rect,
    /// The chart, its heading first.
    pub chart: Rect,
    /// The strips of faces, one line of words after them; empty where there is no room.
    pub faces: Rect,
    /// Rows of one strip; its columns are so many for each face.
    pub strip_rows: u16,
    /// Columns of one face in a strip.
    pub face_columns: u16,
}

/// Columns of the strips' labels.
pub const LABEL_COLUMNS: u16 = 9;

/// The layout for the present terminal: list and chart side by side, the
/// strips below them.
pub fn layout(app: &App) -> TrainLayout {
    let area = body_area(app.size);
    let cell = app.graphics.cell_size;
    let strip = app.train.preview.as_ref().map(|(_, strip)| strip);
    let strips = strip.map_or(2, |strip| 2 + u16::from(strip.noisy.is_some()));
    let faces = strip.map_or(8, |strip| strip.faces).max(1);
    // Half of the height is the strips', less where that makes faces too wide.
    let across = area.width.saturating_sub(LABEL_COLUMNS) / faces;
    let height = area.height / 2;
    let strip_rows = square_rows(across, height.saturating_sub(1) / strips, cell);
    let shown = if strip_rows >= 2 {
        strip_rows * strips + 1
    } else {
        0
    };
    let top = area.height.saturating_sub(shown + 1);
    let list_width = (area.width * 2 / 5).clamp(30, 56).min(area.width / 2);
    TrainLayout {
        list: Rect {
            width: list_width,
            height: top,
            ..area
        },
        chart: Rect {
            x: area.x + list_width + 2,
            width: area.width.saturating_sub(list_width + 2),
            height: top,
            ..area
        },
        faces: Rect {
            y: area.y + top + 1,
            height: shown,
            ..area
        },
        strip_rows,
        face_columns: square_columns(strip_rows, cell).min(across.max(1)),
    }
}
