//! Where Morph's parts are.

use ratatui::layout::Rect;

use super::axes::{MOST_AXES, WAY_STEPS};
use crate::tui::areas::{body_area, row_of, square_columns, square_rows, without_top};
use crate::tui::context::Context;

/// The most faces of a sheet: more would rise too slowly.
const MOST_FACES: usize = 48;

/// The smallest face of a sheet, in rows of pixels that the terminal shows.
const LEAST_PIXELS: u16 = 80;
/// The same in half blocks, of which a row has two.
const LEAST_BLOCK_ROWS: u16 = 7;

/// The same in a square, where many small steps are wanted.
const LEAST_SQUARE_BLOCK_ROWS: u16 = 5;

/// Rows from which there is room for the way along an axis.
const WAY_HEIGHT: u16 = 30;
/// Columns of the axes' sliders, at most.
const SLIDERS_WIDTH: u16 = 60;

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
    /// Whether each small picture has its nearest real face below it.
    has_real: bool,
    /// The selected picture, large.
    pub(super) large: Rect,
    /// Its nearest real face.
    pub(super) nearest: Rect,
}

/// Rows of a small picture from which real faces below are worth their place.
const LEAST_REAL_ROWS: u16 = 6;
/// Rows of the selected picture that real faces below the small ones leave, at least.
const LEAST_LARGE_ROWS: u16 = 16;

impl MorphLayout {
    /// For `count` small pictures in `area`.
    pub(super) fn new(area: Rect, count: usize, cell_size: (u16, u16)) -> Self {
        let pitch = (area.width + 1) / (count as u16).max(1);
        let max_width = pitch.saturating_sub(1);
        // The strip takes at most two fifths of the height.
        let rows = square_rows(max_width, area.height * 2 / 5, cell_size);
        let columns = square_columns(rows, cell_size).min(max_width.max(1));
        let first = Rect::new(area.x, area.y + 2, columns, rows);
        let plain = first.bottom() + 2;
        let large_rows_from = |top: u16| {
            let rows_left = area.bottom().saturating_sub(top + 2);
            square_rows(area.width * 2 / 5, rows_left, cell_size)
        };
        // Real faces below the small ones, and their names, where they cost the large ones little.
        let below_real = plain + rows + 1;
        let is_little = large_rows_from(below_real) * 10 >= large_rows_from(plain) * 9;
        let has_real =
            rows >= LEAST_REAL_ROWS && is_little && below_real + LEAST_LARGE_ROWS <= area.bottom();
        let top = if has_real { below_real } else { plain };
        let large_rows = large_rows_from(top);
        let large_columns = square_columns(large_rows, cell_size);
        let large = Rect::new(area.x, top, large_columns, large_rows);
        Self {
            heading: row_of(area, 0),
            first,
            has_real,
            large,
            nearest: Rect {
                x: large.right() + 4,
                ..large
            },
        }
    }

    /// At the right of the nearest real face, up to the column `right`.
    pub(super) fn beside(&self, right: u16) -> Rect {
        let x = self.nearest.right() + 3;
        Rect {
            x,
            width: right.saturating_sub(x),
            ..self.nearest
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

impl MorphLayout {
    /// Where a small picture's nearest real face is; its name is in the row below. `None` without
    /// room.
    pub(super) fn real(&self, index: usize) -> Option<Rect> {
        let small = self.small(index);
        let y = small.bottom() + 1;
        self.has_real.then_some(Rect { y, ..small })
    }

    /// The row below the real faces' names.
    pub(super) fn below_real(&self) -> Option<Rect> {
        let row = row_of(self.heading, 0);
        let y = self.large.y.saturating_sub(1);
        self.has_real.then_some(Rect { y, ..row })
    }
}

/// Where the parts are while A is moved along a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AlongLayout {
    /// The directions; `None` where there is no room.
    pub(super) list: Option<Rect>,
    /// What [`MorphLayout`] divides.
    pub(super) pictures: Rect,
}

impl AlongLayout {
    /// In `area`.
    pub(super) fn new(area: Rect) -> Self {
        if area.width < WIDE {
            return Self {
                list: None,
                pictures: area,
            };
        }
        let list = Rect {
            width: (area.width / 6).max(22),
            ..without_top(area, 2)
        };
        Self {
            list: Some(list),
            pictures: Rect {
                x: list.right() + 2,
                width: area.width.saturating_sub(list.width + 2),
                ..area
            },
        }
    }
}

/// Where the parts are while sliders move a face along axes: the sliders, the face, and below
/// both, where there is room, the way along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AxesLayout {
    /// A row for each axis.
    pub(super) sliders: Rect,
    /// The face.
    pub(super) large: Rect,
    /// Above the way.
    pub(super) way_title: Rect,
    /// The way's first picture; `None` where there is no room.
    first: Option<Rect>,
    /// Whether each of the way's pictures has its nearest real face below it.
    has_real: bool,
}

impl AxesLayout {
    /// For the screen as it is.
    pub(super) fn of(context: &Context) -> Self {
        Self::new(body_area(context.size), context)
    }

    /// In `area`.
    pub(super) fn new(area: Rect, context: &Context) -> Self {
        let cell_size = context.capabilities.cell_size;
        let mut upper = without_top(area, 2);
        let (mut first, mut has_real) = (None, false);
        let pitch = (area.width + 1) / WAY_STEPS as u16;
        if area.height >= WAY_HEIGHT {
            let rows = square_rows(pitch.saturating_sub(1), area.height / 4, cell_size);
            let columns = square_columns(rows, cell_size);
            let large_above = |below: u16| {
                let room = upper.height.saturating_sub(below + 3);
                square_rows(area.width, room, cell_size)
            };
            let (plain, with_real) = (rows + 3, 2 * rows + 4);
            has_real = rows >= LEAST_REAL_ROWS
                && upper.height >= with_real + MOST_AXES as u16
                && large_above(with_real) * 10 >= large_above(plain) * 7;
            let below = if has_real { with_real } else { plain };
            upper.height = upper.height.saturating_sub(below);
            first = Some(Rect::new(area.x, upper.bottom() + 2, columns, rows));
        }
        let sliders = Rect {
            width: (area.width / 2).min(SLIDERS_WIDTH),
            height: upper.height.min(MOST_AXES as u16),
            ..upper
        };
        let x = sliders.right() + 3;
        let width = area.right().saturating_sub(x);
        let rows = square_rows(width, upper.height.saturating_sub(3), cell_size);
        let large = Rect::new(x, upper.y, square_columns(rows, cell_size), rows);
        Self {
            sliders,
            large,
            way_title: Rect {
                y: upper.bottom(),
                height: 1,
                ..area
            },
            first,
            has_real,
        }
    }

    /// Pictures of the way; 0 without room.
    pub(super) fn way_steps(&self) -> usize {
        if self.first.is_some() { WAY_STEPS } else { 0 }
    }

    /// At the right of the face where that is wide enough, else below it.
    pub(super) fn beside(&self, least_width: u16) -> Rect {
        let large = self.large;
        let x = large.right() + 3;
        let width = self.way_title.right().saturating_sub(x);
        if width >= least_width {
            return Rect { x, width, ..large };
        }
        Rect {
            width: self.way_title.right().saturating_sub(large.x),
            ..self.below(large)
        }
    }

    fn below(&self, large: Rect) -> Rect {
        Rect {
            y: large.bottom(),
            height: self.way_title.y.saturating_sub(large.bottom()),
            ..large
        }
    }

    /// Where a picture of the way is; its label is in the row below.
    pub(super) fn way(&self, step: usize) -> Rect {
        let first = self.first.unwrap_or_default();
        let pitch = (self.way_title.width + 1) / WAY_STEPS as u16;
        Rect {
            x: first.x + step as u16 * pitch.min(first.width + 4),
            ..first
        }
    }
}

impl AxesLayout {
    /// Where the real face nearest to a picture of the way is; its name is in the row below.
    /// `None` without room.
    pub(super) fn real(&self, step: usize) -> Option<Rect> {
        let way = self.way(step);
        let y = way.bottom() + 1;
        self.has_real.then_some(Rect { y, ..way })
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

    /// For the screen as it is, of a square between other faces.
    pub(super) fn of_square(context: &Context) -> Self {
        Self::square(body_area(context.size), context)
    }

    /// In `area`.
    pub(super) fn new(area: Rect, context: &Context) -> Self {
        Self::with_faces_of(area, context, LEAST_BLOCK_ROWS, 1)
    }

    /// Of a square between other faces, in `area`: at least two columns and rows.
    pub(super) fn square(area: Rect, context: &Context) -> Self {
        Self::with_faces_of(area, context, LEAST_SQUARE_BLOCK_ROWS, 2)
    }

    /// With faces of at least so many rows of half blocks, and at least so many across and down.
    fn with_faces_of(area: Rect, context: &Context, block_rows: u16, least: u16) -> Self {
        let cell_size = context.capabilities.cell_size;
        let least_rows = if context.capabilities.shows_pixels() {
            LEAST_PIXELS.div_ceil(cell_size.1.max(1))
        } else {
            block_rows
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
        let most_width = ((sheet.width + 1) / least).saturating_sub(1);
        let most_height = (sheet.height + 1) / least;
        let most_rows = square_rows(most_width, most_height.saturating_sub(1), cell_size);
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

    /// Below the selected face and its caption; `None` where it is not shown large.
    pub(super) fn below_large(&self) -> Option<Rect> {
        let large = self.large?;
        let y = large.bottom() + 2;
        Some(Rect {
            y,
            height: self.sheet.bottom().saturating_sub(y),
            ..large
        })
    }

    /// Faces that fit.
    pub(super) fn count(&self) -> usize {
        (usize::from(self.counts.0) * usize::from(self.counts.1)).min(MOST_FACES)
    }

    /// Faces side by side, and below each other.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.counts.0.into(), self.counts.1.into())
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
