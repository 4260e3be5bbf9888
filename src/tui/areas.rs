//! Areas of the screen, in cells: the part that tabs draw on, parts of areas,
//! and the cells of square pictures.

use ratatui::layout::Rect;

use super::images::max_rows;

/// Rows of a terminal from which blank lines around the tab's area fit.
const ROOMY_ROWS: u16 = 28;

/// The part of the terminal between header and status line, with a free column
/// on either side.
pub(crate) fn body_area((columns, rows): (u16, u16)) -> Rect {
    let top = if rows >= ROOMY_ROWS { 2 } else { 1 };
    Rect::new(
        1,
        top,
        columns.saturating_sub(2),
        rows.saturating_sub(top + 2 + u16::from(rows >= ROOMY_ROWS)),
    )
}

/// Columns of a popup that has use for `most`.
pub(crate) fn popup_width((columns, _): (u16, u16), most: u16) -> u16 {
    most.min(columns.saturating_sub(4))
}

/// Where a popup of at most that many columns and rows is: in the middle between header and footer.
pub(crate) fn popup_area(size: (u16, u16), columns: u16, rows: u16) -> Rect {
    let width = popup_width(size, columns);
    let room = size.1.saturating_sub(3);
    let height = rows.min(room);
    let (left, top) = ((size.0 - width) / 2, 1 + (room - height) / 2);
    Rect::new(left, top, width, height)
}

/// `area` without its first `rows` rows.
pub(crate) fn without_top(area: Rect, rows: u16) -> Rect {
    Rect {
        y: area.y + rows,
        height: area.height.saturating_sub(rows),
        ..area
    }
}

/// One row, `offset` rows below the top of `area`; the area's height does not
/// matter.
pub(crate) fn row_of(area: Rect, offset: u16) -> Rect {
    Rect {
        y: area.y + offset,
        height: 1,
        ..area
    }
}

/// The row just below `area`.
pub(crate) fn row_below(area: Rect) -> Rect {
    row_of(area, area.height)
}

/// Columns of a square picture of that many rows, for cells of `cell_size`
/// pixels (width, height).
pub(crate) fn square_columns(rows: u16, cell_size: (u16, u16)) -> u16 {
    let columns = f64::from(rows) * f64::from(cell_size.1) / f64::from(cell_size.0.max(1));
    columns.round().clamp(1.0, f64::from(u16::MAX)) as u16
}

/// Rows of the largest square picture that fits into the given columns and rows
/// and is not larger than pictures are drawn. At least 1.
pub(crate) fn square_rows(columns: u16, rows: u16, cell_size: (u16, u16)) -> u16 {
    let fitting = f64::from(columns) * f64::from(cell_size.0) / f64::from(cell_size.1.max(1));
    (fitting.floor().clamp(1.0, f64::from(u16::MAX)) as u16)
        .min(rows)
        .min(max_rows(cell_size))
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_fit_where_they_are_put() {
        for cell_size in [(10, 20), (9, 19), (7, 17), (12, 12)] {
            for columns in 4..60 {
                let rows = square_rows(columns, 40, cell_size);
                let width = square_columns(rows, cell_size);
                assert!(width <= columns, "{cell_size:?} {columns}");
            }
        }
        assert_eq!(square_columns(10, (10, 20)), 20);
    }
}
