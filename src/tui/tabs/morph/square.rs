//! A square of faces between up to four others.

use super::ends::{a_name, a_picture, endpoints};
use crate::engine::{Generated, PictureRef};
use crate::tui::context::Context;
use crate::tui::motion::{Direction, Step};

/// What the corners are called.
pub(super) const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

/// What Morph knows of the square.
#[derive(Debug, Default)]
pub(crate) struct FaceSquare {
    /// The latest pictures.
    pub made: Option<Generated>,
    /// The column and the row of the selected one.
    cursor: (usize, usize),
}

/// A face at a corner.
#[derive(Debug, Clone)]
pub(super) struct Corner {
    /// The face.
    pub picture: PictureRef,
    /// Its name.
    pub name: String,
}

/// The faces at the corners: the first four marked ones, where two or more are marked; else A
/// and B, and faces of the next two people.
pub(super) fn corners(context: &Context) -> Vec<Corner> {
    let Some(dataset) = context.dataset() else {
        return Vec::new();
    };
    let corner = |face: usize| Corner {
        picture: PictureRef::Index(face),
        name: dataset.face_name(face),
    };
    let count = dataset.pictures.len();
    let marked = context.tagged.iter().copied();
    let marked: Vec<usize> = marked.filter(|face| *face < count).take(4).collect();
    if marked.len() >= 2 {
        return marked.into_iter().map(corner).collect();
    }
    let Some([a, b]) = endpoints(context) else {
        return Vec::new();
    };
    let mut corners = vec![
        Corner {
            picture: a_picture(context, a),
            name: a_name(context, dataset, a),
        },
        corner(b),
    ];
    let mut last = b;
    while corners.len() < 4
        && let Some(next) = context.face_of_adjacent_person(last, Step::Next)
    {
        corners.push(corner(next));
        last = next;
    }
    corners
}

impl FaceSquare {
    /// The selected face of a square of so many columns and rows.
    pub(super) fn cursor(&self, (columns, rows): (usize, usize)) -> (usize, usize) {
        let (column, row) = self.cursor;
        (
            column.min(columns.saturating_sub(1)),
            row.min(rows.saturating_sub(1)),
        )
    }

    /// Columns and rows of the latest pictures.
    pub(super) fn shape(&self) -> (usize, usize) {
        let Some(made) = &self.made else {
            return (0, 0);
        };
        let columns = made.columns.unwrap_or(1).max(1);
        (columns, made.frames.len() / columns)
    }

    /// The selected one among the latest pictures.
    pub(super) fn selected(&self) -> usize {
        let shape = self.shape();
        let (column, row) = self.cursor(shape);
        row * shape.0 + column
    }

    /// Selects a picture, row by row.
    pub(super) fn select(&mut self, index: usize) {
        let (columns, rows) = self.shape();
        let index = index.min((columns * rows).saturating_sub(1));
        self.cursor = (index % columns.max(1), index / columns.max(1));
    }

    /// Walks in the square; stops at its sides.
    pub(super) fn walk(&mut self, direction: Direction) {
        let (columns, rows) = self.shape();
        let (column, row) = self.cursor((columns, rows));
        let (column, row) = match direction {
            Direction::Left => (column.saturating_sub(1), row),
            Direction::Right => (column + 1, row),
            Direction::Up => (column, row.saturating_sub(1)),
            Direction::Down => (column, row + 1),
        };
        self.cursor = (column, row);
        self.cursor = self.cursor((columns, rows));
    }

    /// The corners' shares in the selected face, in their order.
    pub(super) fn shares(&self) -> [f32; 4] {
        let shape = self.shape();
        let (column, row) = self.cursor(shape);
        let share = |at: usize, of: usize| at as f32 / of.saturating_sub(1).max(1) as f32;
        let (x, y) = (share(column, shape.0), share(row, shape.1));
        [(1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y]
    }
}
