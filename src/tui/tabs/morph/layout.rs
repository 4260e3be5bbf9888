//! Where Morph's parts are.

use ratatui::layout::Rect;

use crate::tui::areas::{row_of, square_columns, square_rows};

/// Where Morph's parts are: a heading, a strip of small pictures, and below it
/// the selected one beside its nearest real face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MorphLayout {
    /// The ends of the path, or the slider.
    pub(super) heading: Rect,
    /// The first small picture.
    first: Rect,
    /// The selected picture, large.
    pub(super) large: Rect,
    /// Its nearest real face.
    pub(super) nearest: Rect,
}

impl MorphLayout {
    /// For `count` small pictures in `area`.
    pub(super) fn new(area: Rect, count: usize, cell_size: (u16, u16)) -> Self {
        let pitch = (area.width + 1) / (count as u16).max(1);
        let max_width = pitch.saturating_sub(1);
        // The strip takes at most two fifths of the height.
        let rows = square_rows(max_width, area.height * 2 / 5, cell_size);
        let columns = square_columns(rows, cell_size).min(max_width.max(1));
        let first = Rect::new(area.x, area.y + 2, columns, rows);
        let top = first.bottom() + 2;
        let rows_left = area.bottom().saturating_sub(top + 2);
        let large_rows = square_rows(area.width * 2 / 5, rows_left, cell_size);
        let large_columns = square_columns(large_rows, cell_size);
        let large = Rect::new(area.x, top, large_columns, large_rows);
        Self {
            heading: row_of(area, 0),
            first,
            large,
            nearest: Rect {
                x: large.right() + 4,
                ..large
            },
        }
    }

    /// Where a small picture is; its label is in the row below.
    pub(super) fn small(&self, index: usize) -> Rect {
        Rect {
            x: self.first.x + index as u16 * (self.first.width + 1),
            ..self.first
        }
    }
}
