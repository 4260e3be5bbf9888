//! Where the pictures of the comparison are.

use ratatui::layout::Rect;

use crate::tui::areas::{square_columns, square_rows};

/// The fewest rows of a picture for which a second row of pictures is drawn.
const MIN_SECOND_ROW: u16 = 6;

/// Where the pictures are: one column for each version of the face, with a label
/// above it and two figures below it, and below these, where there is room, how
/// it differs from the clean picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DenoiseLayout {
    area: Rect,
    /// Columns and rows of one picture.
    pub(super) width: u16,
    pub(super) rows: u16,
    /// Columns between two pictures.
    gap: u16,
    /// Whether the differences are drawn.
    pub(super) has_differences: bool,
}

impl DenoiseLayout {
    /// For `count` versions of the face in `area`.
    pub(super) fn new(area: Rect, count: usize, cell_size: (u16, u16)) -> Self {
        // Room for a second method from the start, so that nothing moves when it
        // comes.
        let count = count.max(4) as u16;
        let max_width = (area.width.saturating_sub(2 * (count - 1))) / count;
        // Above the pictures a line of labels; below them PSNR, SSIM; with a second
        // row a blank line and its label as well.
        let half = area.height.saturating_sub(5) / 2;
        let rows_of_two = square_rows(max_width, half, cell_size);
        let rows_of_one = square_rows(max_width, area.height.saturating_sub(4), cell_size);
        // The differences are worth two rows of the pictures.
        let has_differences = rows_of_two >= MIN_SECOND_ROW && rows_of_two + 2 >= rows_of_one;
        let rows = if has_differences {
            rows_of_two
        } else {
            rows_of_one
        };
        let width = square_columns(rows, cell_size).min(max_width);
        Self {
            area,
            width,
            rows,
            gap: 2 + (max_width - width).min(4),
            has_differences,
        }
    }

    /// Rows `top` to `top + rows` of a column; `None` for a column that does not
    /// fit.
    pub(super) fn part(&self, column: usize, top: u16, rows: u16) -> Option<Rect> {
        let x = self.area.x + column as u16 * (self.width + self.gap);
        let fits = x + self.width <= self.area.right();
        fits.then(|| Rect::new(x, self.area.y + top, self.width, rows))
    }
}
