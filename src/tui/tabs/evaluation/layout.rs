//! Where the evaluation's parts are.

use ratatui::layout::Rect;

use crate::tui::areas::{row_of, square_columns, square_rows, without_top};

/// Rows of text above and below the pair's pictures.
const PAIR_TEXT_ROWS: u16 = 4;
/// Rows of the names where other pairs are below them, and a blank one.
const NAME_ROWS: u16 = 3;
/// Rows of the pictures of other pairs.
const SMALL_ROWS: u16 = 5;
/// Columns between two pairs.
const GAP: u16 = 2;

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
    /// The pairs around that one, small; `None` without room.
    pub around: Option<PairsAround>,
    /// Problems, below everything.
    pub problems: Rect,
}

/// Where the pairs around the one under the cursor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PairsAround {
    area: Rect,
    /// Columns of a picture.
    width: u16,
    across: u16,
    down: u16,
}

impl PairsAround {
    fn new(area: Rect, cell_size: (u16, u16)) -> Option<Self> {
        let width = square_columns(SMALL_ROWS, cell_size);
        let across = (area.width + GAP) / (2 * width + GAP);
        let down = area.height / (SMALL_ROWS + 1);
        (across > 0 && down > 0).then_some(Self {
            area,
            width,
            across,
            down,
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        usize::from(self.across) * usize::from(self.down)
    }

    /// Where the two pictures of a pair are, and its label.
    pub(super) fn pair(&self, place: usize) -> ([Rect; 2], Rect) {
        let (row, column) = (place as u16 / self.across, place as u16 % self.across);
        let left = Rect::new(
            self.area.x + column * (2 * self.width + GAP),
            self.area.y + row * (SMALL_ROWS + 1),
            self.width,
            SMALL_ROWS,
        );
        let right = Rect {
            x: left.right(),
            ..left
        };
        let label = Rect {
            y: left.bottom(),
            width: 2 * self.width,
            height: 1,
            ..left
        };
        ([left, right], label)
    }
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
        let around = without_top(right, picture(0).bottom() + NAME_ROWS - right.y);
        let around = PairsAround::new(around, cell_size);
        let names = right.bottom().saturating_sub(picture(0).bottom());
        let caption = |at: u16| Rect {
            width: each,
            height: around.map_or(names, |_| NAME_ROWS - 1),
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
            around,
            problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_around_are_inside_and_below_the_names() {
        for (width, height) in [(58, 13), (78, 19), (118, 35), (158, 45), (198, 55)] {
            for cell_size in [(6, 13), (8, 17), (10, 20)] {
                let area = Rect::new(1, 2, width, height);
                let layout = EvaluationLayout::new(area, cell_size, 9, 0);
                let Some(around) = layout.around else {
                    assert!(width < 198, "{layout:?}");
                    continue;
                };
                assert!(around.count() > 0);
                for place in 0..around.count() {
                    let (pictures, label) = around.pair(place);
                    for part in pictures.into_iter().chain([label]) {
                        assert_eq!(area.union(part), area, "{layout:?}");
                        assert!(part.y > layout.captions[0].y, "{layout:?}");
                        assert!(part.x >= layout.pictures[0].x, "{layout:?}");
                    }
                }
            }
        }
    }
}
