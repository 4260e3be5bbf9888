//! Writes a frame's cells. crossterm writes the sixteen colours as the first of
//! 256 (`38;5;3`), which a terminal of sixteen takes for something else, blinking
//! perhaps, and none of any where `NO_COLOR` is set, not even those that number
//! kitty's pictures. Here each is written as the terminals that have it know it.

use std::fmt::Write as _;
use std::io::{self, Write};

use crossterm::cursor::MoveTo;
use crossterm::queue;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// ratatui's backend for crossterm, except for how cells are written.
pub struct TerminalBackend<W: Write>(CrosstermBackend<W>);

impl<W: Write> TerminalBackend<W> {
    /// Writes to `writer`.
    pub(crate) fn new(writer: W) -> Self {
        Self(CrosstermBackend::new(writer))
    }
}

impl<W: Write> Write for TerminalBackend<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.0)
    }
}

/// How the text that follows looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CellStyle {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const DEFAULT_STYLE: CellStyle = CellStyle {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

impl CellStyle {
    /// Appends the sequence (SGR) that changes this style to `next`; nothing if they are
    /// equal.
    fn write_sgr(self, next: Self, sequence: &mut String) {
        if self == next {
            return;
        }
        sequence.push_str("\x1b[");
        let mut now = self;
        if self.modifier != next.modifier {
            // Not every terminal can take back one of them.
            sequence.push_str("0;");
            now = DEFAULT_STYLE;
            for (modifier, code) in [
                (Modifier::BOLD, "1;"),
                (Modifier::DIM, "2;"),
                (Modifier::ITALIC, "3;"),
                (Modifier::UNDERLINED, "4;"),
                (Modifier::SLOW_BLINK, "5;"),
                (Modifier::RAPID_BLINK, "6;"),
                (Modifier::REVERSED, "7;"),
                (Modifier::HIDDEN, "8;"),
                (Modifier::CROSSED_OUT, "9;"),
            ] {
                if next.modifier.contains(modifier) {
                    sequence.push_str(code);
                }
            }
        }
        if now.fg != next.fg {
            colour(next.fg, 30, sequence);
        }
        if now.bg != next.bg {
            colour(next.bg, 40, sequence);
        }
        // The last separator gives way to the end.
        sequence.pop();
        sequence.push('m');
    }
}

/// Appends the parameters of a colour and a separator. `base` is 30 for text and 40
/// for the background.
fn colour(colour: Color, base: u8, sequence: &mut String) {
    let name = match colour {
        Color::Reset => 9,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        // Writing to a string cannot fail.
        Color::Indexed(index) => {
            let _ = write!(sequence, "{};5;{index};", base + 8);
            return;
        }
        Color::Rgb(r, g, b) => {
            let _ = write!(sequence, "{};2;{r};{g};{b};", base + 8);
            return;
        }
    };
    let _ = write!(sequence, "{};", base + name);
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, cells: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut look = DEFAULT_STYLE;
        let mut cursor = None;
        let mut sequence = String::new();
        for (x, y, cell) in cells {
            if cursor != Some((x, y)) {
                queue!(self.0, MoveTo(x, y))?;
            }
            cursor = Some((x.saturating_add(1), y));
            let next = CellStyle {
                fg: cell.fg,
                bg: cell.bg,
                modifier: cell.modifier,
            };
            sequence.clear();
            look.write_sgr(next, &mut sequence);
            look = next;
            sequence.push_str(cell.symbol());
            self.0.write_all(sequence.as_bytes())?;
        }
        if cursor.is_some() {
            self.0.write_all(b"\x1b[0m")?;
        }
        Ok(())
    }

    fn append_lines(&mut self, count: u16) -> io::Result<()> {
        self.0.append_lines(count)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.0.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn written(cells: &[(u16, u16, &str, Style)]) -> String {
        let cells: Vec<(u16, u16, Cell)> = cells
            .iter()
            .map(|(x, y, symbol, style)| {
                let mut cell = Cell::default();
                cell.set_symbol(symbol).set_style(*style);
                (*x, *y, cell)
            })
            .collect();
        let mut bytes = Vec::new();
        let mut painter = TerminalBackend::new(&mut bytes);
        let drawn = cells.iter().map(|(x, y, cell)| (*x, *y, cell));
        painter.draw(drawn).unwrap();
        String::from_utf8(bytes).unwrap()
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
}
