//! Where Search puts things: needed for drawing and for moving in the grid.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::views::body_area;
use crate::tui::views::canvas::{square_columns, square_rows};

/// Lines of text below each neighbour: rank and distance, name.
pub const CAPTION_ROWS: u16 = 2;

/// The narrowest neighbour whose caption can be read: with room for most names
/// where there is room at all.
fn min_pitch(width: u16) -> u16 {
    if width >= 110 { 19 } else { 13 }
}

/// The smallest and the largest neighbour, in rows.
const PICTURE_ROWS: std::ops::RangeInclusive<u16> = 3..=12;

/// Where Search's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLayout {
    /// What is compared and how: one line above everything.
    pub heading: Rect,
    /// The query's picture.
    pub query: Rect,
    /// Below it: its name, hits of the same person, the distances' histogram.
    pub details: Rect,
    /// The neighbours.
    pub grid: Rect,
    /// The trail of queries: the last line.
    pub history: Rect,
    /// Rows and columns of one neighbour's picture.
    pub picture: (u16, u16),
    /// Columns from one neighbour to the next.
    pub pitch: u16,
    /// Neighbours side by side, at least 1.
    pub columns: usize,
    /// Rows of neighbours, at least 1.
    pub rows: usize,
}

/// The layout for `count` neighbours on the present terminal: the largest
/// pictures with which all are seen at once, or the smallest and scrolling.
pub fn layout(app: &App, count: usize) -> SearchLayout {
    let area = body_area(app.size);
    let cell = app.graphics.cell_size;
    let middle = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(4),
        ..area
    };
    let most = (area.width * 3 / 10).min(area.width.saturating_sub(40));
    let query_rows = square_rows(most, middle.height.saturating_sub(4), cell);
    let query = Rect {
        width: square_columns(query_rows, cell).min(most),
        height: query_rows,
        ..middle
    };
    let left = query.width.max(22).min(most.max(22));
    let grid = Rect {
        x: area.x + left + 3,
        width: area.width.saturating_sub(left + 3),
        ..middle
    };
    let narrowest = min_pitch(area.width);
    let sized = |rows: u16| {
        let width = square_columns(rows, cell);
        let columns = (grid.width + 1) / (width.max(narrowest) + 1);
        let down = (grid.height + 1) / (rows + CAPTION_ROWS + 1);
        (rows, width, columns.max(1), down.max(1))
    };
    let smallest = sized(*PICTURE_ROWS.start());
    let (rows, width, columns, down) = PICTURE_ROWS
        .rev()
        .map(sized)
        .find(|(rows, width, columns, down)| {
            usize::from(columns * down) >= count.max(1)
                && *width <= grid.width
                && rows + CAPTION_ROWS <= grid.height
        })
        .unwrap_or(smallest);
    SearchLayout {
        heading: Rect { height: 1, ..area },
        query,
        details: Rect {
            y: query.bottom(),
            width: left,
            height: middle.bottom().saturating_sub(query.bottom()),
            ..middle
        },
        grid,
        history: Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        },
        picture: (rows, width),
        pitch: width.max(narrowest) + 1,
        columns: columns.into(),
        rows: down.into(),
    }
}
