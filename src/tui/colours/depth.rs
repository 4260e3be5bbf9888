//! How many colours the terminal shows.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::palette::{indexed_to_ansi16, nearest_ansi16, nearest_ansi256};
use crate::tui::images::placeholder::PLACEHOLDER;

/// Modifiers that are seen on a blank.
pub(super) const SEEN_ON_BLANK: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// How many colours the terminal shows, fewest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Text and background only, with bold, underlined and reversed text.
    None,
    /// The sixteen names, in shades that the user chose.
    Ansi16,
    /// xterm's palette: the sixteen, a cube of 6 × 6 × 6, and 24 greys.
    Ansi256,
    /// 24-bit colour.
    Truecolor,
}

impl Depth {
    /// Its name: `24-bit`, `256`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::Truecolor => "24-bit",
        }
    }

    /// The nearest colour that the terminal shows.
    fn nearest(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::Truecolor, colour) => colour,
            (Self::None, _) => Color::Reset,
            (Self::Ansi256, Color::Rgb(r, g, b)) => nearest_ansi256([r, g, b]).0,
            (Self::Ansi16, Color::Rgb(r, g, b)) => nearest_ansi16([r, g, b]).0,
            (Self::Ansi16, Color::Indexed(index)) => indexed_to_ansi16(index),
            (_, colour) => colour,
        }
    }

    /// Converts a frame to this many colours. What is not seen on a blank is taken away, so
    /// that a blank that only differs in that is not drawn again.
    pub fn convert(self, buffer: &mut Buffer) {
        for cell in &mut buffer.content {
            // The foreground of a placeholder is a picture's id, not a colour.
            if cell.symbol().starts_with(PLACEHOLDER) {
                if let (true, Color::Rgb(0, 0, low)) = (self < Self::Truecolor, cell.fg) {
                    cell.fg = Color::Indexed(low);
                }
                continue;
            }
            if cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK) {
                cell.fg = Color::Reset;
                cell.modifier = Modifier::empty();
            }
            cell.fg = self.nearest(cell.fg);
            cell.bg = self.nearest(cell.bg);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Modifier, Style};

    fn cell(depth: Depth, style: Style, symbol: &str) -> ratatui::buffer::Cell {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        buffer[(0, 0)].set_symbol(symbol).set_style(style);
        depth.convert(&mut buffer);
        buffer[(0, 0)].clone()
    }

    #[test]
    fn a_frame_has_no_more_colours_than_the_terminal() {
        let style = Style::new()
            .fg(Color::Rgb(255, 0, 0))
            .bg(Color::Rgb(8, 8, 8))
            .add_modifier(Modifier::BOLD);
        for (depth, fg, bg) in [
            (Depth::Truecolor, Color::Rgb(255, 0, 0), Color::Rgb(8, 8, 8)),
            (Depth::Ansi256, Color::Indexed(196), Color::Indexed(232)),
            (Depth::Ansi16, Color::LightRed, Color::Black),
            (Depth::None, Color::Reset, Color::Reset),
        ] {
            let cell = cell(depth, style, "x");
            assert_eq!((cell.fg, cell.bg), (fg, bg), "{depth:?}");
            assert_eq!(cell.modifier, Modifier::BOLD);
        }
    }

    #[test]
    fn colours_by_name_and_number_are_kept_where_they_are_shown() {
        let style = Style::new().fg(Color::Green).bg(Color::Indexed(9));
        let at = |depth| {
            let cell = cell(depth, style, "x");
            (cell.fg, cell.bg)
        };
        assert_eq!(at(Depth::Ansi256), (Color::Green, Color::Indexed(9)));
        assert_eq!(at(Depth::Ansi16), (Color::Green, Color::LightRed));
        assert_eq!(at(Depth::None), (Color::Reset, Color::Reset));
        // From the cube and the greys.
        let style = Style::new().fg(Color::Indexed(46)).bg(Color::Indexed(255));
        let cell = cell(Depth::Ansi16, style, "x");
        assert_eq!((cell.fg, cell.bg), (Color::LightGreen, Color::Gray));
    }

    #[test]
    fn a_pictures_number_is_no_colour() {
        let style = Style::new().fg(Color::Rgb(0, 0, 200));
        let symbol = format!("{PLACEHOLDER}\u{305}");
        let at = |depth| cell(depth, style, &symbol).fg;
        assert_eq!(at(Depth::Truecolor), Color::Rgb(0, 0, 200));
        for depth in [Depth::Ansi256, Depth::Ansi16, Depth::None] {
            assert_eq!(at(depth), Color::Indexed(200), "{depth:?}");
        }
    }
}
