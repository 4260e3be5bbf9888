//! Which cells of a frame are plain characters: those may be written again where that
//! takes fewer bytes than passing over them.

use ratatui::buffer::{Buffer, CellDiffOption};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cell_style::CellStyle;

/// A cell with one character that takes one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlainCell {
    pub character: char,
    pub style: CellStyle,
}

/// The plain cells of a frame.
#[derive(Debug, Default)]
pub(crate) struct PlainCells {
    width: u16,
    /// Row by row; `None` for pictures, wide characters and what they cover.
    cells: Vec<Option<PlainCell>>,
}

impl PlainCells {
    /// Of a finished frame.
    pub(crate) fn new(frame: &Buffer) -> Self {
        let mut covered = 0;
        let cells = frame.content.iter().map(|cell| {
            let is_covered = covered > 0;
            covered = covered.max(1) - 1;
            if is_covered || cell.diff_option != CellDiffOption::None {
                return None;
            }
            let mut characters = cell.symbol().chars();
            let first = characters.next();
            match (first, characters.next()) {
                (Some(character), None) if character.width() == Some(1) => Some(PlainCell {
                    character,
                    style: CellStyle::of(cell),
                }),
                _ => {
                    covered = cell.symbol().width().max(1) - 1;
                    None
                }
            }
        });
        Self {
            width: frame.area.width,
            cells: cells.collect(),
        }
    }

    /// The cell at a column and a row.
    pub(super) fn at(&self, x: u16, y: u16) -> Option<PlainCell> {
        if x >= self.width {
            return None;
        }
        let index = usize::from(y) * usize::from(self.width) + usize::from(x);
        *self.cells.get(index)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn pictures_wide_characters_and_what_they_cover_are_not_plain() {
        let mut frame = Buffer::empty(Rect::new(0, 0, 6, 2));
        frame.set_string(0, 0, "a漢b", Style::new());
        frame[(4, 0)].set_diff_option(CellDiffOption::Skip);
        frame[(5, 0)].set_symbol("e\u{301}");
        let cells = PlainCells::new(&frame);
        let shown: Vec<Option<char>> = (0..6)
            .map(|x| cells.at(x, 0).map(|cell| cell.character))
            .collect();
        assert_eq!(shown, [Some('a'), None, None, Some('b'), None, None]);
        assert_eq!(cells.at(0, 1).map(|cell| cell.character), Some(' '));
        assert_eq!((cells.at(6, 0), cells.at(0, 2)), (None, None));
    }
}
