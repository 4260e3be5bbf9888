//! Where the evaluation's parts are.

use ratatui::layout::Rect;

use crate::tui::areas::{row_of, square_columns, square_rows, without_top};

/// Rows of text above and below the pair's pictures.
const PAIR_TEXT_ROWS: u16 = 4;

/// Where the evaluation's parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EvaluationLayout {
    /// What is judged: a line above everything.
    pub heading: Rect,
    /// The table's heading and its rows.
    pub table: Rect,
    /// The ROC curves.
    pub chart: Rect,
    /// The pair's heading: a line.
    pub pair_heading: Rect,
    /// The two pictures.
    pub pictures: [Rect; 2],
    /// Below each picture: its name.
    pub captions: [Rect; 2],
    /// Problems, below everything.
    pub problems: Rect,
}

impl EvaluationLayout {
    /// For a table of `rows` rows and so many lines of problems.
    pub(super) fn new(area: Rect, cell_size: (u16, u16), rows: usize, problems: usize) -> Self {
        let heading = row_of(area, 0);
        let problem_rows = (problems as u16).min(area.height / 6);
        let problems = Rect {
            y: area.bottom().saturating_sub(problem_rows),
            height: problem_rows,
            ..area
        };
        let inner = without_top(area, 2);
        let inner = Rect {
            height: inner.height.saturating_sub(problem_rows),
            ..inner
        };
        // The table takes up to half of the height, its heading included.
        let most = (inner.height / 2).max(3);
        let table = Rect {
            height: (rows as u16 + 1).clamp(3, most).min(inner.height),
            ..inner
        };
        let below = without_top(inner, table.height + 1);
        let left = below.width / 2;
        let chart = Rect {
            width: left,
            ..below
        };
        let right = Rect {
            x: below.x + left + 2,
            width: below.width.saturating_sub(left + 2),
            ..below
        };
        let each = right.width.saturating_sub(1) / 2;
        let room = right.height.saturating_sub(PAIR_TEXT_ROWS);
        let picture_rows = square_rows(each, room, cell_size);
        let picture_columns = square_columns(picture_rows, cell_size).min(each);
        let picture = |at: u16| Rect {
            x: right.x + at * (each + 1),
            y: right.y + 1,
            width: picture_columns,
            height: picture_rows.min(right.height.saturating_sub(1)),
        };
        let caption = |at: u16| Rect {
            width: each,
            height: right.bottom().saturating_sub(picture(at).bottom()),
            y: picture(at).bottom(),
            x: picture(at).x,
        };
        Self {
            heading,
            table,
            chart,
            pair_heading: row_of(right, 0),
            pictures: [picture(0), picture(1)],
            captions: [caption(0), caption(1)],
            problems,
        }
    }
}
