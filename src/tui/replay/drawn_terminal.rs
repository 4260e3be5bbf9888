//! A terminal that is fed bytes and drawn, without a recording.

use image::RgbImage;

use super::paint::Painter;
use super::screen::Screen;
use crate::error::Result;
use crate::tui::recording::TerminalFacts;

/// A small terminal with a dark background, which shows pictures by every protocol.
pub struct DrawnTerminal {
    screen: Screen,
    painter: Painter,
}

impl DrawnTerminal {
    /// Of this many columns and rows, with cells of this many pixels.
    ///
    /// # Errors
    /// Never with the built-in font.
    pub fn new(size: (u16, u16), cell_size: (u16, u16)) -> Result<Self> {
        let facts = TerminalFacts {
            cell_size,
            is_light: false,
        };
        Ok(Self {
            screen: Screen::new(size, facts),
            painter: Painter::new(cell_size)?,
        })
    }

    /// It gets bytes of a program.
    pub fn write(&mut self, bytes: &[u8]) {
        self.screen.write(bytes);
    }

    /// It gets another number of columns and rows.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.screen.resize(size);
    }

    /// What it shows.
    ///
    /// # Errors
    /// When it has too many pixels.
    pub fn paint(&mut self) -> Result<RgbImage> {
        self.painter.paint(&self.screen)
    }
}
