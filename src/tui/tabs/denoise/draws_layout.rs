//! Where the pictures are when draws stand below the versions of a face.

use ratatui::layout::Rect;

use crate::tui::areas::{square_columns, square_rows};

/// Fewer cells for draws are too few to see how much they differ.
const ENOUGH: usize = 5;
/// More are not asked for, their mean counted.
const MOST_DRAWS: usize = 16;
/// The most rows of pictures.
const MOST_LINES: u16 = 4;
/// The part of their rows that pictures keep, at least, where there are more draws than enough.
const LITTLE: (u16, u16) = (7, 8);
/// Columns between two pictures, at least.
const GAP: u16 = 2;

/// One row of versions of the face, each with a label above it and a figure below; a heading; and
/// rows of draws with figures below them, the first of which is their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DrawsLayout {
    area: Rect,
    /// Columns and rows of one picture.
    pub(super) width: u16,
    pub(super) rows: u16,
    columns: u16,
    /// Rows of draws.
    lines: u16,
    /// Blank rows, spread over the parts.
    blank: u16,
}

impl DrawsLayout {
    /// For `versions` versions of the face in `area`.
    pub(super) fn new(area: Rect, versions: usize, cell_size: (u16, u16)) -> Self {
        // Room for a second method from the start, so that nothing moves when it comes.
        let versions = versions.max(4) as u16;
        let max_width = area.width.saturating_sub(GAP * (versions - 1)) / versions;
        let with_lines = |lines: u16| {
            // Label, figure and heading; a figure below each row of draws.
            let others = 3 + lines;
            let room = area.height.saturating_sub(others) / (lines + 1);
            let rows = square_rows(max_width.max(1), room, cell_size);
            let width = square_columns(rows, cell_size).min(max_width).max(1);
            Self {
                area,
                width,
                rows,
                columns: (area.width + GAP) / (width + GAP),
                lines,
                blank: area.height.saturating_sub(others + (lines + 1) * rows),
            }
        };
        // Another row for enough draws, or where it takes little from the pictures' size.
        let mut layout = with_lines(1);
        while layout.lines + 1 < MOST_LINES {
            let next = with_lines(layout.lines + 1);
            let is_much = next.rows * LITTLE.1 < layout.rows * LITTLE.0;
            if layout.cells() >= ENOUGH && is_much {
                break;
            }
            layout = next;
        }
        layout
    }

    fn cells(&self) -> usize {
        usize::from(self.columns) * usize::from(self.lines)
    }

    /// How many draws there is room for beside their mean; with it they fill whole rows.
    pub(super) fn draws(&self) -> usize {
        let columns = usize::from(self.columns).clamp(1, MOST_DRAWS);
        let most = MOST_DRAWS / columns * columns;
        self.cells().min(most).saturating_sub(1).max(1)
    }

    /// The column of a version of the face: its label, picture and figure; `None` for one that
    /// does not fit.
    pub(super) fn version(&self, column: usize) -> Option<Rect> {
        let height = self.rows + 2;
        (column < usize::from(self.columns)).then(|| self.place(column as u16, 0, height))
    }

    /// The row of the heading above the draws.
    pub(super) fn heading(&self) -> Rect {
        Rect {
            y: self.area.y + self.heading_row(),
            height: 1,
            ..self.area
        }
    }

    fn heading_row(&self) -> u16 {
        self.rows + 2 + u16::from(self.blank > 0)
    }

    /// A picture and its figure below the heading, in order.
    pub(super) fn draw(&self, index: usize) -> Option<Rect> {
        let (line, column) = (
            index / usize::from(self.columns),
            index % usize::from(self.columns),
        );
        let top = self.heading_row() + 1 + line as u16 * (self.rows + 1);
        (line < usize::from(self.lines)).then(|| self.place(column as u16, top, self.rows + 1))
    }

    fn place(&self, column: u16, top: u16, height: u16) -> Rect {
        let spare = (self.area.width + GAP).saturating_sub(self.columns * (self.width + GAP));
        let gap = GAP + (spare / self.columns.max(1)).min(4);
        let x = self.area.x + column * (self.width + gap);
        Rect::new(x, self.area.y + top, self.width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_draws_stay_inside_and_there_are_enough_of_them() {
        for (width, height) in [(58, 9), (78, 17), (118, 31), (198, 51), (78, 40), (198, 20)] {
            for versions in [3, 4, 8] {
                for cell_size in [(10, 20), (9, 18), (7, 17)] {
                    let area = Rect::new(1, 3, width, height);
                    let layout = DrawsLayout::new(area, versions, cell_size);
                    let last = layout.version(versions - 1);
                    assert!(
                        last.is_some_and(|last| area.union(last) == area),
                        "{layout:?}"
                    );
                    let shown = (0..=layout.draws()).map_while(|index| layout.draw(index));
                    let shown: Vec<Rect> = shown.collect();
                    assert_eq!(shown.len(), layout.draws() + 1, "{layout:?}");
                    assert!(
                        shown.iter().all(|place| area.union(*place) == area),
                        "{layout:?}"
                    );
                    assert!(shown.len() >= ENOUGH, "{layout:?}");
                    assert_eq!(shown.len() % usize::from(layout.columns), 0, "{layout:?}");
                }
            }
        }
    }
}
