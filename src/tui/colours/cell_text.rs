//! A frame's cells as bytes for the terminal. Over a slow line every byte counts, so that
//! a cell's colour is written only where it is seen, and long blanks and kitty's
//! placeholders are written as one sequence each.

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr;

use super::cell_style::{CellStyle, is_quiet_blank};
use super::plain_cells::PlainCells;
use crate::tui::images::placeholder::PLACEHOLDER;

/// Blanks from which on they are erased (ECH) instead of written: both sequences, the
/// erasing and the move after it, take five bytes.
const MIN_ERASED: u16 = 11;

/// The most cells, and bytes, that are written again: passing over them takes four bytes.
const MAX_BRIDGED: u16 = 4;

/// A run of equal cells that can be one sequence.
#[derive(Debug, Clone, Copy)]
struct Run {
    kind: RunKind,
    count: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunKind {
    /// Blanks on the terminal's own background.
    Blanks,
    /// Placeholders without diacritics; whether one stands before them.
    Placeholders { follow_one: bool },
}

/// The bytes of a frame's cells.
#[derive(Debug, Default)]
pub(super) struct CellText {
    text: String,
    look: CellStyle,
    /// Where the next character would appear, if that is known.
    cursor: Option<(u16, u16)>,
    /// The row that the cursor is known to be in.
    row: Option<u16>,
    /// Whether no terminal could have its cursor elsewhere, such as one that gives some
    /// characters two columns.
    is_exact: bool,
    /// Cells before `cursor` that are not written yet.
    run: Option<Run>,
    /// Whether the last cell was a placeholder.
    after_placeholder: bool,
    repeats_placeholders: bool,
    /// What the finished frame has in cells that did not change.
    frame: PlainCells,
}

impl CellText {
    /// For the changed cells of `frame`.
    pub(super) fn new(frame: PlainCells, repeats_placeholders: bool) -> Self {
        Self {
            repeats_placeholders,
            frame,
            ..Self::default()
        }
    }

    /// The text of changed cells, which come in the order of rows and columns.
    pub(super) fn write<'a>(mut self, cells: impl Iterator<Item = (u16, u16, &'a Cell)>) -> String {
        // Pictures after the text, one after the other: each takes one change of colour,
        // not one a row.
        let mut pictures = Vec::new();
        for (x, y, cell) in cells {
            if cell.symbol().starts_with(PLACEHOLDER) {
                pictures.push((x, y, cell));
            } else {
                self.bridge(x, y);
                self.push((x, y), cell.symbol(), CellStyle::of(cell));
            }
        }
        pictures.sort_by_key(|(_, _, cell)| picture_number(cell.fg));
        for (x, y, cell) in pictures {
            self.push((x, y), cell.symbol(), CellStyle::of(cell));
        }
        self.end_run();
        if !self.text.is_empty() {
            self.text.push_str("\x1b[0m");
        }
        self.text
    }

    /// Writes the few cells before a changed one again, if they look like the text before
    /// them: that takes fewer bytes than to pass over them.
    fn bridge(&mut self, x: u16, y: u16) {
        let Some((from, row)) = self.cursor else {
            return;
        };
        if row != y || !(1..=MAX_BRIDGED).contains(&x.saturating_sub(from)) {
            return;
        }
        let cells: Option<Vec<_>> = (from..x).map(|x| self.frame.at(x, y)).collect();
        let Some(cells) = cells else {
            return;
        };
        let mut letter = [0; 4];
        let looks_alike = cells.iter().all(|cell| {
            let symbol = cell.character.encode_utf8(&mut letter);
            self.look.on_symbol(cell.style, symbol) == self.look
        });
        let bytes: usize = cells.iter().map(|cell| cell.character.len_utf8()).sum();
        if looks_alike && bytes <= usize::from(MAX_BRIDGED) {
            for (x, cell) in (from..x).zip(cells) {
                self.push((x, y), cell.character.encode_utf8(&mut letter), cell.style);
            }
        }
    }

    fn push(&mut self, (x, y): (u16, u16), symbol: &str, style: CellStyle) {
        let is_next = self.cursor == Some((x, y));
        let next = self.look.on_symbol(style, symbol);
        let is_bare = self.repeats_placeholders && symbol.strip_prefix(PLACEHOLDER) == Some("");
        let is_blank = is_quiet_blank(symbol, style) && style.bg == Color::Reset;
        let goes_on = is_next && next == self.look;
        match &mut self.run {
            Some(run) if goes_on && run.is_of(is_blank, is_bare) => run.count += 1,
            _ => {
                self.end_run();
                self.move_to(x, y);
                self.look.write_sgr(next, &mut self.text);
                self.look = next;
                let kind = if is_bare {
                    let follow_one = goes_on && self.after_placeholder;
                    Some(RunKind::Placeholders { follow_one })
                } else {
                    is_blank.then_some(RunKind::Blanks)
                };
                self.run = kind.map(|kind| Run { kind, count: 1 });
                if self.run.is_none() {
                    self.text.push_str(symbol);
                }
            }
        }
        self.after_placeholder = symbol.starts_with(PLACEHOLDER);
        self.pass(x, y, symbol);
    }

    /// Notes where a symbol leaves the cursor.
    fn pass(&mut self, x: u16, y: u16, symbol: &str) {
        self.is_exact &= symbol.is_ascii();
        let takes_a_column = symbol.starts_with(PLACEHOLDER)
            || symbol.chars().all(|one| !one.is_control()) && symbol.width() == 1;
        if takes_a_column {
            (self.cursor, self.row) = (Some((x.saturating_add(1), y)), Some(y));
        } else {
            // A wide character, or a picture, after which it may be anywhere.
            (self.cursor, self.row) = (None, None);
        }
    }

    /// Writes the run. Sequences that a terminal might not know leave the cursor at no
    /// known column, so that what follows is in its place all the same.
    fn end_run(&mut self) {
        let Some(Run { kind, count }) = self.run.take() else {
            return;
        };
        // Writing to a string cannot fail.
        match kind {
            RunKind::Blanks if count >= MIN_ERASED => {
                let _ = write!(self.text, "\x1b[{count}X");
                self.cursor = None;
            }
            RunKind::Blanks => self.text.extend((0..count).map(|_| ' ')),
            RunKind::Placeholders { follow_one } => {
                let written = u16::from(!follow_one);
                if written == 1 {
                    self.text.push(PLACEHOLDER);
                }
                match count - written {
                    0 => {}
                    1 => self.text.push(PLACEHOLDER),
                    more => {
                        let _ = write!(self.text, "\x1b[{more}b");
                        self.cursor = None;
                    }
                }
            }
        }
    }

    fn move_to(&mut self, x: u16, y: u16) {
        let (column, line) = (u32::from(x) + 1, u32::from(y) + 1);
        let ahead = self
            .cursor
            .filter(|(_, row)| *row == y)
            .and_then(|(now, _)| x.checked_sub(now));
        if ahead == Some(0) {
            return;
        }
        // Writing to a string cannot fail.
        let _ = match ahead {
            Some(1) if self.is_exact => write!(self.text, "\x1b[C"),
            Some(cells @ 2..=9) if self.is_exact => write!(self.text, "\x1b[{cells}C"),
            _ if self.row == Some(y) => write!(self.text, "\x1b[{column}G"),
            _ => write!(self.text, "\x1b[{line};{column}H"),
        };
        self.is_exact = true;
    }
}

impl Run {
    fn is_of(self, blank: bool, bare_placeholder: bool) -> bool {
        match self.kind {
            RunKind::Blanks => blank,
            RunKind::Placeholders { .. } => bare_placeholder,
        }
    }
}

/// What orders the cells of pictures: the part of the id that their colour carries.
fn picture_number(colour: Color) -> u32 {
    match colour {
        Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
        Color::Indexed(index) => index.into(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Modifier, Style};

    /// What is written for cells, and for the same where placeholders are repeated.
    fn written_both(cells: &[(u16, u16, &str, Style)]) -> [String; 2] {
        let cells: Vec<(u16, u16, Cell)> = cells
            .iter()
            .map(|(x, y, symbol, style)| {
                let mut cell = Cell::default();
                cell.set_symbol(symbol).set_style(*style);
                (*x, *y, cell)
            })
            .collect();
        [false, true].map(|repeats| {
            let drawn = cells.iter().map(|(x, y, cell)| (*x, *y, cell));
            CellText::new(PlainCells::default(), repeats).write(drawn)
        })
    }

    fn written(cells: &[(u16, u16, &str, Style)]) -> String {
        written_both(cells).into_iter().next().unwrap()
    }

    #[test]
    fn each_colour_is_written_as_its_terminals_know_it() {
        let of = |fg, bg| written(&[(0, 0, "x", Style::new().fg(fg).bg(bg))]);
        for (fg, bg, sequence) in [
            (Color::Red, Color::Gray, "31;47"),
            (Color::DarkGray, Color::White, "90;107"),
            (Color::LightCyan, Color::Reset, "96"),
            (Color::Reset, Color::LightBlue, "104"),
            (Color::Indexed(9), Color::Indexed(200), "38;5;9;48;5;200"),
            (
                Color::Rgb(1, 2, 3),
                Color::Rgb(4, 5, 6),
                "38;2;1;2;3;48;2;4;5;6",
            ),
        ] {
            let expected = format!("\x1b[1;1H\x1b[{sequence}mx\x1b[0m");
            assert_eq!(of(fg, bg), expected);
        }
        assert_eq!(of(Color::Reset, Color::Reset), "\x1b[1;1Hx\x1b[0m");
    }

    #[test]
    fn only_what_changes_is_written() {
        let red = Style::new().fg(Color::Red);
        let text = written(&[
            (2, 1, "a", red),
            (3, 1, "b", red),
            (4, 1, "c", red.bg(Color::Blue)),
            (5, 1, "d", red.bg(Color::Blue).add_modifier(Modifier::BOLD)),
            (6, 1, "e", Style::new()),
            (0, 2, "f", Style::new()),
        ]);
        assert_eq!(
            text,
            "\x1b[2;3H\x1b[31mab\x1b[44mc\x1b[0;1;31;44md\x1b[0me\x1b[3;1Hf\x1b[0m"
        );
        assert_eq!(written(&[]), "");
    }

    #[test]
    fn a_blank_shows_no_text_colour() {
        let red = Style::new().fg(Color::Red);
        let text = written(&[
            (0, 0, "a", red),
            (1, 0, " ", Style::new()),
            (2, 0, "b", red),
            (3, 0, " ", Style::new().bg(Color::Blue)),
            (4, 0, " ", Style::new().add_modifier(Modifier::UNDERLINED)),
        ]);
        assert_eq!(text, "\x1b[1;1H\x1b[31ma b\x1b[44m \x1b[0;4m \x1b[0m");
    }

    #[test]
    fn pictures_follow_the_text_one_after_the_other() {
        let ids = [1, 2].map(|id| Style::new().fg(Color::Rgb(0, 0, id)));
        let bare = PLACEHOLDER.to_string();
        let mut cells = Vec::new();
        for y in 0..2 {
            cells.push((0, y, "a", Style::new()));
            cells.push((1, y, bare.as_str(), ids[1]));
            cells.push((2, y, bare.as_str(), ids[0]));
            cells.push((4, y, "b", Style::new()));
        }
        assert_eq!(
            written(&cells),
            format!(
                "\x1b[1;1Ha\x1b[3Cb\x1b[2;1Ha\x1b[3Cb\x1b[1;3H\x1b[38;2;0;0;1m{bare}\x1b[2;3H{bare}\
                 \x1b[1;2H\x1b[38;2;0;0;2m{bare}\x1b[2;2H{bare}\x1b[0m"
            )
        );
    }

    #[test]
    fn long_blanks_are_erased_and_what_follows_keeps_its_place() {
        let blanks = |count: u16| -> Vec<(u16, u16, &'static str, Style)> {
            (1..=count).map(|x| (x, 4, " ", Style::new())).collect()
        };
        let mut cells = blanks(11);
        cells.push((12, 4, "x", Style::new()));
        assert_eq!(written(&cells), "\x1b[5;2H\x1b[11X\x1b[13Gx\x1b[0m");
        assert_eq!(
            written(&blanks(10)),
            format!("\x1b[5;2H{}\x1b[0m", " ".repeat(10))
        );
        // The erased cells of some terminals have no colour.
        let blue = Style::new().bg(Color::Blue);
        let cells: Vec<_> = (0..30).map(|x| (x, 0, " ", blue)).collect();
        assert!(written(&cells).contains(&" ".repeat(30)));
    }

    #[test]
    fn placeholders_are_repeated_where_the_terminal_can() {
        let id = Style::new().fg(Color::Rgb(0, 0, 7));
        let (first, bare) = (
            format!("{PLACEHOLDER}\u{305}\u{305}"),
            PLACEHOLDER.to_string(),
        );
        let mut cells = vec![(3, 2, first.as_str(), id)];
        cells.extend((4..10).map(|x| (x, 2, bare.as_str(), id)));
        cells.push((10, 2, "x", Style::new()));
        let [written, repeated] = written_both(&cells);
        let start = format!("\x1b[4G\x1b[38;2;0;0;7m{first}");
        assert_eq!(
            written,
            format!("\x1b[3;11Hx{start}{}\x1b[0m", bare.repeat(6))
        );
        assert_eq!(repeated, format!("\x1b[3;11Hx{start}\x1b[6b\x1b[0m"));
        // A picture that is uncovered in part begins without its first column.
        let [written, repeated] = written_both(&cells[3..6]);
        let start = "\x1b[3;7H\x1b[38;2;0;0;7m";
        assert_eq!(written, format!("{start}{}\x1b[0m", bare.repeat(3)));
        assert_eq!(repeated, format!("{start}{bare}\x1b[2b\x1b[0m"));
    }

    #[test]
    fn a_few_cells_that_have_not_changed_are_written_again() {
        let mut frame = Buffer::empty(Rect::new(0, 0, 20, 1));
        frame.set_string(0, 0, "one two three", Style::new());
        let quiet = Style::new().fg(Color::Blue);
        frame.set_string(14, 0, "x", quiet);
        let changed = |columns: &[u16]| {
            let cells = columns.iter().map(|x| (*x, 0, &frame[(*x, 0)]));
            CellText::new(PlainCells::new(&frame), false).write(cells)
        };
        assert_eq!(changed(&[0, 2, 5]), "\x1b[1;1Hone tw\x1b[0m");
        // Too far, or another colour.
        assert_eq!(changed(&[0, 6]), "\x1b[1;1Ho\x1b[5Co\x1b[0m");
        assert_eq!(changed(&[12, 15]), "\x1b[1;13He\x1b[2C \x1b[0m");
        // Unchanged blanks become part of what is erased.
        let blanks: Vec<u16> = (5..20).filter(|x| *x != 9).collect();
        frame.set_string(0, 0, " ".repeat(20), Style::new());
        let cells = blanks.iter().map(|x| (*x, 0, &frame[(*x, 0)]));
        let text = CellText::new(PlainCells::new(&frame), false).write(cells);
        assert_eq!(text, "\x1b[1;6H\x1b[15X\x1b[0m");
    }

    #[test]
    fn after_a_picture_or_a_wide_character_the_place_is_given_anew() {
        let red = Style::new();
        let text = written(&[
            (0, 0, "漢", red),
            (2, 0, "b", red),
            (3, 0, "·", red),
            (5, 0, "c", red),
        ]);
        assert_eq!(text, "\x1b[1;1H漢\x1b[1;3Hb·\x1b[6Gc\x1b[0m");
        let text = written(&[(0, 0, "\x1bPq\x1b\\", red), (4, 0, "b", red)]);
        assert_eq!(text, "\x1b[1;1H\x1bPq\x1b\\\x1b[1;5Hb\x1b[0m");
    }
}
