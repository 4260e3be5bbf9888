//! Where Morph's parts are.

use ratatui::layout::Rect;

use crate::tui::areas::{body_area, row_of, square_columns, square_rows, without_top};
use crate::tui::context::Context;

/// The most faces of a sheet: more would rise too slowly.
const MOST_FACES: usize = 48;

/// The smallest face of a sheet, in rows of pixels that the terminal shows.
const LEAST_PIXELS: u16 = 80;
/// The same in half blocks, of which a row has two.
const LEAST_BLOCK_ROWS: u16 = 7;

/// Columns from which a sheet has the selected face large beside it.
const WIDE: u16 = 100;

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

/// Where the parts of a sheet of faces are: a heading, the faces in rows, and at the right the
/// selected one, large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SheetLayout {
    /// The slider.
    pub(super) heading: Rect,
    /// All faces.
    pub(super) sheet: Rect,
    /// Columns and rows of a face, without its label's row.
    face: (u16, u16),
    /// Faces side by side, and below each other.
    counts: (u16, u16),
    /// The selected face; `None` where there is no room.
    pub(super) large: Option<Rect>,
}

impl SheetLayout {
    /// For the screen as it is.
    pub(super) fn of(context: &Context) -> Self {
        Self::new(body_area(context.size), context)
    }

    /// In `area`.
    pub(super) fn new(area: Rect, context: &Context) -> Self {
        let cell_size = context.capabilities.cell_size;
        let least_rows = if context.capabilities.shows_pixels() {
            LEAST_PIXELS.div_ceil(cell_size.1.max(1))
        } else {
            LEAST_BLOCK_ROWS
        };
        let mut sheet = without_top(area, 2);
        let mut large = None;
        if area.width >= WIDE {
            let rows = sheet.height.saturating_sub(1);
            let rows = square_rows(area.width * 2 / 5, rows, cell_size);
            let columns = square_columns(rows, cell_size);
            let x = area.right().saturating_sub(columns);
            large = Some(Rect::new(x, sheet.y, columns, rows));
            sheet.width = sheet.width.saturating_sub(columns + 3);
        }
        let counts = |rows: u16| {
            let across = (sheet.width + 1) / (square_columns(rows, cell_size) + 1);
            let down = (sheet.height + 1) / (rows + 1);
            (across.max(1), down.max(1))
        };
        let is_too_many = |(across, down)| usize::from(across) * usize::from(down) > MOST_FACES;
        let most_rows = square_rows(sheet.width, sheet.height.saturating_sub(1), cell_size);
        let mut rows = least_rows.clamp(1, most_rows);
        while rows < most_rows && is_too_many(counts(rows)) {
            rows += 1;
        }
        // Larger faces where there is room for as many of them.
        while rows < most_rows && counts(rows + 1) == counts(rows) {
            rows += 1;
        }
        Self {
            heading: row_of(area, 0),
            sheet,
            face: (square_columns(rows, cell_size).min(sheet.width), rows),
            counts: counts(rows),
            large,
        }
    }

    /// Faces that fit.
    pub(super) fn count(&self) -> usize {
        (usize::from(self.counts.0) * usize::from(self.counts.1)).min(MOST_FACES)
    }

    /// Faces side by side.
    pub(super) fn columns(&self) -> usize {
        self.counts.0.into()
    }

    /// Where a face is; its label is in the row below.
    pub(super) fn face(&self, index: usize) -> Rect {
        let (columns, rows) = self.face;
        let (row, column) = (index / self.columns(), index % self.columns());
        Rect::new(
            self.sheet.x + column as u16 * (columns + 1),
            self.sheet.y + row as u16 * (rows + 1),
            columns,
            rows,
        )
    }
}
