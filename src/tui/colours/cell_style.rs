//! How a cell looks, and the sequences (SGR) that change it.

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::depth::SEEN_ON_BLANK;

/// How the text that follows looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CellStyle {
    fg: Color,
    pub(super) bg: Color,
    modifier: Modifier,
}

impl Default for CellStyle {
    fn default() -> Self {
        DEFAULT_STYLE
    }
}

const DEFAULT_STYLE: CellStyle = CellStyle {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

impl CellStyle {
    /// How a cell looks.
    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// The style to change to from this one for a symbol that looks like `next`: of a blank
    /// only the background is seen.
    pub(super) fn on_symbol(self, next: Self, symbol: &str) -> Self {
        if is_quiet_blank(symbol, next) && !self.modifier.intersects(SEEN_ON_BLANK) {
            Self {
                bg: next.bg,
                ..self
            }
        } else {
            next
        }
    }

    /// Appends the sequence (SGR) that changes this style to `next`; nothing if they are
    /// equal.
    pub(super) fn write_sgr(self, next: Self, sequence: &mut String) {
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

/// Whether nothing but the background is seen of a symbol.
pub(super) fn is_quiet_blank(symbol: &str, style: CellStyle) -> bool {
    symbol == " " && !style.modifier.intersects(SEEN_ON_BLANK)
}
