//! Where Browse puts things: needed for drawing and for moving in the grid.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::views::body_area;
use crate::tui::views::canvas::{square_columns, square_rows};

/// Where Browse's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowseLayout {
    /// The list's heading.
    pub heading: Rect,
    /// The list of people.
    pub list: Rect,
    /// The large picture.
    pub large: Rect,
    /// Its facts; empty where there is no room.
    pub details: Rect,
    /// The person's pictures.
    pub grid: Rect,
    /// One picture of the grid, its caption's row not counted.
    pub thumb: (u16, u16),
}

impl BrowseLayout {
    /// Rows of the list.
    pub fn list_rows(&self) -> usize {
        self.list.height.into()
    }

    /// Pictures side by side in the grid, at least 1.
    pub fn columns(&self) -> usize {
        usize::from((self.grid.width + 1) / (self.thumb.0 + 1)).max(1)
    }

    /// Rows of pictures in the grid.
    pub fn grid_rows(&self) -> usize {
        usize::from(self.grid.height / (self.thumb.1 + 1))
    }
}

/// The layout for the present terminal: the list at the left; at its right the
/// large picture with its facts above the grid.
pub fn layout(app: &App) -> BrowseLayout {
    let area = body_area(app.size);
    let cell = app.graphics.cell_size;
    let list_width = (area.width * 3 / 10).clamp(24, 42).min(area.width / 2);
    let right = Rect {
        x: area.x + list_width + 2,
        width: area.width.saturating_sub(list_width + 2),
        ..area
    };
    let thumb_rows = match area.height {
        0..26 => 4,
        26..44 => 5,
        _ => 6,
    };
    // Half of the height is the large picture's, and what the grid's rows leave over.
    let pitch = thumb_rows + 1;
    let wanted = area.height / 2;
    let grid_rows = (area.height.saturating_sub(wanted + 1) / pitch).max(1);
    let most = area.height.saturating_sub(1 + grid_rows * pitch);
    let rows = square_rows(right.width, most, cell);
    let large = Rect {
        width: square_columns(rows, cell).min(right.width),
        height: rows,
        ..right
    };
    let left_over = right.width.saturating_sub(large.width + 2);
    let facts = Rect {
        x: large.right() + 2,
        width: if left_over < 16 { 0 } else { left_over },
        ..large
    };
    let grid_top = large.bottom() + 1;
    let grid = Rect {
        y: grid_top,
        height: area.bottom().saturating_sub(grid_top),
        ..right
    };
    BrowseLayout {
        heading: Rect {
            width: list_width,
            height: 1,
            ..area
        },
        list: Rect {
            y: area.y + 1,
            width: list_width,
            height: area.height.saturating_sub(1),
            ..area
        },
        large,
        details: facts,
        grid,
        thumb: (
            square_columns(thumb_rows, cell).min(right.width),
            thumb_rows,
        ),
    }
}
