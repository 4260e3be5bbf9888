//! Where Morph puts things.

use ratatui::layout::Rect;

use crate::tui::views::canvas::{square_columns, square_rows};

/// Where Morph's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MorphLayout {
    /// Who is at either end, or the radius slider.
    pub heading: Rect,
    /// The row of small pictures: rows and columns of one.
    pub small: (u16, u16),
    /// Where the first small picture is.
    pub strip: Rect,
    /// The chosen picture, large.
    pub large: Rect,
    /// Its nearest real face.
    pub nearest: Rect,
}

/// The layout for so many small pictures in a row.
pub fn layout(area: Rect, count: u16, cell: (u16, u16)) -> MorphLayout {
    let count = count.max(1);
    let each = (area.width + 1) / count;
    // The strip takes at most two fifths of the height.
    let rows = square_rows(each.saturating_sub(1), area.height * 2 / 5, cell);
    let columns = square_columns(rows, cell).min(each.saturating_sub(1).max(1));
    let strip = Rect {
        y: area.y + 2,
        height: rows + 1,
        ..area
    };
    let top = strip.bottom() + 1;
    let left = area.bottom().saturating_sub(top + 2);
    let large_rows = square_rows(area.width * 2 / 5, left, cell);
    let large_columns = square_columns(large_rows, cell);
    let large = Rect::new(area.x, top, large_columns, large_rows);
    MorphLayout {
        heading: Rect { height: 1, ..area },
        small: (rows, columns),
        strip,
        large,
        nearest: Rect {
            x: large.right() + 4,
            ..large
        },
    }
}
