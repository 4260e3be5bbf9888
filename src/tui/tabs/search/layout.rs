//! Where Search's parts are: for drawing, and for moving in the grid.

use std::ops::RangeInclusive;

use ratatui::layout::Rect;

use crate::tui::areas::{body_area, row_of, square_columns, square_rows};

/// Lines of text below each neighbour: rank and distance, then the name.
const CAPTION_ROWS: u16 = 2;

/// Rows of the smallest and of the largest picture of a neighbour.
const PICTURE_ROWS: RangeInclusive<u16> = 3..=12;

/// Columns of a caption on a screen of that width: room for most names where
/// there is room at all.
fn caption_width(screen_width: u16) -> u16 {
    if screen_width >= 110 { 19 } else { 13 }
}

/// Where Search's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SearchLayout {
    /// Model, codes, metric and index: a line above everything.
    pub(super) heading: Rect,
    /// The query's picture.
    pub(super) query: Rect,
    /// Below it: its name, hits of the same person, the distances' histogram.
    pub(super) details: Rect,
    /// The neighbours.
    pub(super) grid: Rect,
    /// The previous queries: the last line.
    pub(super) history: Rect,
    /// Columns and rows of one neighbour's picture.
    picture: (u16, u16),
    /// Columns from one neighbour to the next.
    pub(super) pitch: u16,
    /// Neighbours side by side, at least 1.
    pub(super) columns: usize,
    /// Rows of neighbours, at least 1.
    pub(super) rows: usize,
}

impl SearchLayout {
    /// For `count` neighbours on a terminal of `size` (columns, rows) with cells of
    /// `cell_size` pixels: the largest pictures with which all are seen at once, or
    /// the smallest and scrolling.
    pub(super) fn new(size: (u16, u16), cell_size: (u16, u16), count: usize) -> Self {
        let area = body_area(size);
        let middle = Rect {
            y: area.y + 2,
            height: area.height.saturating_sub(4),
            ..area
        };
        let max_width = (area.width * 3 / 10).min(area.width.saturating_sub(40));
        let query_rows = square_rows(max_width, middle.height.saturating_sub(4), cell_size);
        let query = Rect {
            width: square_columns(query_rows, cell_size).min(max_width),
            height: query_rows,
            ..middle
        };
        let left = query.width.max(22).min(max_width.max(22));
        let grid = Rect {
            x: area.x + left + 3,
            width: area.width.saturating_sub(left + 3),
            ..middle
        };
        let min_width = caption_width(area.width);
        let cells = GridCells::fitting(grid, min_width, cell_size, count);
        Self {
            heading: row_of(area, 0),
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
            picture: (cells.width, cells.picture_rows),
            pitch: cells.width.max(min_width) + 1,
            columns: cells.columns.into(),
            rows: cells.rows.into(),
        }
    }

    /// Where the picture in a row and a column of the grid is.
    pub(super) fn neighbour(&self, row: usize, column: usize) -> Rect {
        let (width, height) = self.picture;
        Rect::new(
            self.grid.x + column as u16 * self.pitch,
            self.grid.y + row as u16 * (height + CAPTION_ROWS + 1),
            width,
            height,
        )
    }
}

/// How the grid is divided.
struct GridCells {
    /// Columns and rows of a picture.
    width: u16,
    picture_rows: u16,
    /// Pictures side by side, and below each other.
    columns: u16,
    rows: u16,
}

impl GridCells {
    fn new(grid: Rect, picture_rows: u16, min_width: u16, cell_size: (u16, u16)) -> Self {
        let width = square_columns(picture_rows, cell_size);
        Self {
            width,
            picture_rows,
            columns: ((grid.width + 1) / (width.max(min_width) + 1)).max(1),
            rows: ((grid.height + 1) / (picture_rows + CAPTION_ROWS + 1)).max(1),
        }
    }

    /// With the largest pictures of which `count` fit, else with the smallest.
    fn fitting(grid: Rect, min_width: u16, cell_size: (u16, u16), count: usize) -> Self {
        let new = |rows: u16| Self::new(grid, rows, min_width, cell_size);
        PICTURE_ROWS
            .rev()
            .map(new)
            .find(|cells| {
                usize::from(cells.columns * cells.rows) >= count.max(1)
                    && cells.width <= grid.width
                    && cells.picture_rows + CAPTION_ROWS <= grid.height
            })
            .unwrap_or_else(|| new(*PICTURE_ROWS.start()))
    }
}
