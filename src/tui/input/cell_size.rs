//! The size of a character from that of the window.

/// Pixels of a cell: width, height; `None` where the sizes make no sense.
///
/// Some terminals count a margin to the window. It is narrower than a pixel a column, so
/// that the width of a cell is right all the same; there are fewer rows, and the margin is
/// taken off the height first where that leaves whole cells.
pub(crate) fn cell_in_window(
    (width, height): (u16, u16),
    (columns, rows): (u16, u16),
) -> Option<(u16, u16)> {
    let cell_width = width.checked_div(columns)?;
    let margin = width.checked_rem(columns)?;
    let without = height
        .checked_sub(margin)
        .filter(|text| text.checked_rem(rows) == Some(0));
    let cell_height = without.unwrap_or(height).checked_div(rows)?;
    (cell_width >= 2 && cell_height >= 2).then_some((cell_width, cell_height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_not_taken_for_cells() {
        assert_eq!(cell_in_window((1200, 800), (120, 40)), Some((10, 20)));
        // 24 pixels more on either side: 16 rows would be 21 high.
        assert_eq!(cell_in_window((1224, 344), (120, 16)), Some((10, 20)));
        assert_eq!(cell_in_window((1224, 824), (120, 40)), Some((10, 20)));
        // Less than a cell below the text, which is not the margin.
        assert_eq!(cell_in_window((1203, 815), (120, 40)), Some((10, 20)));
    }

    #[test]
    fn a_window_without_pixels_says_nothing() {
        assert_eq!(cell_in_window((0, 0), (120, 40)), None);
        assert_eq!(cell_in_window((1200, 800), (0, 0)), None);
        assert_eq!(cell_in_window((120, 40), (120, 40)), None);
    }
}
