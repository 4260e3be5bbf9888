//! What the terminal can do, for those who ask without taking the screen.

use std::io::IsTerminal;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::graphics::{Graphics, window_cell_size};
use crate::config;

/// A terminal's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// Width and height in characters.
    pub size: (u16, u16),
    /// Pixels of one character as the system says; `None` when it does not know.
    pub cell: Option<(u16, u16)>,
    /// How pictures would be drawn.
    pub graphics: Graphics,
}

/// Asks the terminal, within a second; `None` when standard input or output is
/// none, or it refuses.
pub fn ask(choice: config::Graphics, cell: Option<(u16, u16)>) -> Option<Terminal> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let size = crossterm::terminal::size().ok()?;
    // Answers would be echoed, and wait for Enter, outside raw mode.
    enable_raw_mode().ok()?;
    let graphics = Graphics::detect(choice, cell);
    // Nothing to be done about a terminal that is gone.
    let _ = disable_raw_mode();
    Some(Terminal {
        size,
        cell: window_cell_size(),
        graphics,
    })
}
