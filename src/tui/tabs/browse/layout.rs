//! Where Browse's parts are: for drawing, and for moving in the grid.

use ratatui::layout::Rect;

use crate::tui::areas::{body_area, square_columns, square_rows, without_top};

/// Where Browse's parts are: the list at the left; at its right the large
/// picture with its details, above the grid of the person's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BrowseLayout {
    /// The list's heading.
    pub(super) heading: Rect,
    /// The list of people.
    pub(super) list: Rect,
    /// Columns and rows of one picture of the grid, without its caption's row.
    pub(super) thumbnail: (u16, u16),
    /// The large picture.
    pub(super) large: Rect,
    /// Its details; no columns where there is no room.
    pub(super) details: Rect,
    /// The person's pictures.
    pub(super) grid: Rect,
}

impl BrowseLayout {
    /// For a terminal of `size` (columns, rows) with cells of `cell_size` pixels.
    pub(super) fn new(size: (u16, u16), cell_size: (u16, u16)) -> Self {
        let area = body_area(size);
        let list_width = (area.width * 3 / 10).clamp(24, 42).min(area.width / 2);
        let list = Rect {
            width: list_width,
            ..area
        };
        let right = Rect {
            x: area.x + list_width + 2,
            width: area.width.saturating_sub(list_width + 2),
            ..area
        };
        let thumbnail_rows = match area.height {
            0..26 => 4,
            26..44 => 5,
            _ => 6,
        };
        let large = large_picture(right, thumbnail_rows + 1, cell_size);
        let left_over = right.width.saturating_sub(large.width + 2);
        let details = Rect {
            x: large.right() + 2,
            width: if left_over < 16 { 0 } else { left_over },
            ..large
        };
        Self {
            heading: Rect { height: 1, ..list },
            list: without_top(list, 1),
            large,
            details,
            grid: without_top(right, large.height + 1),
            thumbnail: (
                square_columns(thumbnail_rows, cell_size).min(right.width),
                thumbnail_rows,
            ),
        }
    }

    /// Rows of the list.
    pub(super) fn list_rows(&self) -> usize {
        self.list.height.into()
    }

    /// Pictures side by side in the grid, at least 1.
    pub(super) fn columns(&self) -> usize {
        usize::from((self.grid.width + 1) / (self.thumbnail.0 + 1)).max(1)
    }

    /// Rows of pictures in the grid.
    pub(super) fn grid_rows(&self) -> usize {
        usize::from(self.grid.height / (self.thumbnail.1 + 1))
    }
}

/// The large picture takes half of the height, and what whole rows of the grid
/// (`pitch` rows each) leave of the other half.
fn large_picture(right: Rect, pitch: u16, cell_size: (u16, u16)) -> Rect {
    let grid_rows = (right.height.saturating_sub(right.height / 2 + 1) / pitch).max(1);
    let max_rows = right.height.saturating_sub(1 + grid_rows * pitch);
    let rows = square_rows(right.width, max_rows, cell_size);
    Rect {
        width: square_columns(rows, cell_size).min(right.width),
        height: rows,
        ..right
    }
}
