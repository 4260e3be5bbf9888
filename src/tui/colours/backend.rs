//! Writes a frame's cells. crossterm writes the sixteen colours as the first of
//! 256 (`38;5;3`), which a terminal of sixteen takes for something else, blinking
//! perhaps, and none of any where `NO_COLOR` is set, not even those that number
//! kitty's pictures. Here each is written as the terminals that have it know it.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::cell_text::CellText;
use super::plain_cells::PlainCells;

/// ratatui's backend for crossterm, except for how cells are written.
pub struct TerminalBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// Whether placeholders are repeated by REP.
    repeats_placeholders: bool,
    /// The plain cells of the frame that is drawn next.
    frame: PlainCells,
}

impl<W: Write> TerminalBackend<W> {
    /// Writes to `writer`.
    pub(crate) fn new(writer: W) -> Self {
        Self {
            inner: CrosstermBackend::new(writer),
            repeats_placeholders: false,
            frame: PlainCells::default(),
        }
    }

    /// Sets whether the terminal repeats a placeholder of kitty's protocol by REP
    /// (`CSI n b`), without its diacritics: those that draw placeholders do, tmux does not.
    pub(crate) fn set_repeats_placeholders(&mut self, repeats: bool) {
        self.repeats_placeholders = repeats;
    }

    /// Tells what the frame that is drawn next will show, cells that do not change too.
    pub(crate) fn announce_frame(&mut self, frame: PlainCells) {
        self.frame = frame;
    }
}

impl<W: Write> Write for TerminalBackend<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, cells: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let frame = std::mem::take(&mut self.frame);
        let text = CellText::new(frame, self.repeats_placeholders).write(cells);
        self.inner.write_all(text.as_bytes())
    }

    fn append_lines(&mut self, count: u16) -> io::Result<()> {
        self.inner.append_lines(count)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}
