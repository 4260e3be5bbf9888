//! A recording, frame by frame.

use std::path::Path;

use super::screen::Screen;
use crate::error::Result;
use crate::tui::recording::{Event, EventKind, Reader, TerminalFacts};

/// What is assumed of a terminal that a recording says nothing of.
pub(super) const UNKNOWN_TERMINAL: TerminalFacts = TerminalFacts {
    cell_size: (10, 20),
    is_light: false,
};

/// The frames of a recording.
pub(super) struct Frames {
    reader: Reader,
    screen: Screen,
    /// Seconds from the beginning to the latest event.
    time: f64,
}

impl Frames {
    /// Before the first frame.
    ///
    /// # Errors
    /// When the file cannot be read, is no recording, or is of another version.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        let header = reader.header();
        let mut screen = Screen::new((header.width, header.height), UNKNOWN_TERMINAL);
        // Programs of others may not mark their frames.
        screen.set_marks_frames(header.is_ours());
        Ok(Self {
            reader,
            screen,
            time: 0.0,
        })
    }

    /// Goes to the next frame. Gives its time in seconds from the beginning; `None` after
    /// the last one.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub(super) fn next_frame(&mut self) -> Result<Option<f64>> {
        while let Some(Event { time, kind }) = self.reader.next_event()? {
            // Clocks do not run backwards.
            self.time = time.max(self.time);
            match kind {
                EventKind::Output(text) => {
                    self.screen.write(text.as_bytes());
                    if self.screen.take_frame() {
                        return Ok(Some(self.time));
                    }
                }
                EventKind::Size(columns, rows) => self.screen.resize((columns, rows)),
                EventKind::Facts(facts) => self.screen.set_facts(facts),
                EventKind::Input(_) | EventKind::Other => {}
            }
        }
        Ok(None)
    }

    /// The screen as of the latest frame.
    pub(super) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// When the recording ends, once it has been read.
    pub(super) fn end(&self) -> f64 {
        self.time
    }

    /// Whether the recording ends within an event, as far as it has been read.
    pub(super) fn is_cut(&self) -> bool {
        self.reader.is_cut()
    }
}
