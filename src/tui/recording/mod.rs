//! Recordings of sessions: what the terminal sent and what was written to it, with
//! their times.
//!
//! The format is asciicast 2 (a line of JSON for each event), which other players read
//! too; they leave out pictures. Each event is appended as one whole line, so that
//! whatever ends the program leaves a file that is read up to its last whole line.

mod format;
mod reader;
mod recorder;

pub(crate) use format::{Event, EventKind, TerminalFacts};
pub(crate) use reader::Reader;
pub(crate) use recorder::{Recorder, is_recording, record_input, record_output, record_size};
pub(crate) use recorder::{record_facts, take_problem};
