//! What the terminal can do, for those who ask without taking the screen.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::colours::ColourSupport;
use super::images::{Capabilities, window_cell_size};
use super::input::answers::Answers;
use super::input::queries::{Queries, TerminalEnv};
use super::input::tty::{TtyReader, write_to_terminal};
use crate::config;

/// How long answers are waited for: a line across an ocean takes half a second.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(2500);

/// A terminal's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalInfo {
    /// Width and height in characters.
    pub size: (u16, u16),
    /// Pixels of one character as the system says; `None` when it does not know.
    pub cell: Option<(u16, u16)>,
    /// How pictures would be drawn.
    pub graphics: Capabilities,
    /// How many colours it has.
    pub colours: ColourSupport,
    /// What it said.
    pub answers: Answers,
    /// How long it took to say it; `None` when it said nothing.
    pub round_trip: Option<Duration>,
    /// Whether tmux lets sequences through, where it stands between.
    pub passthrough: bool,
}

/// Asks the terminal and waits 2.5 s at most; `None` when standard input or
/// output is none, or it refuses.
pub fn query(
    choice: config::Graphics,
    cell: Option<(u16, u16)>,
    colours: &ColourSupport,
) -> Option<TerminalInfo> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let size = crossterm::terminal::size().ok()?;
    let mut talk = Queries::new(TerminalEnv::detect());
    talk.size = size;
    // Answers would be echoed, and wait for Enter, outside raw mode.
    enable_raw_mode().ok()?;
    let begun = Instant::now();
    write_to_terminal(&talk.query_all(begun));
    TtyReader::default().drain(&mut talk, |talk| {
        if talk.is_complete() {
            talk.drain_deadline(Instant::now())
        } else {
            Some(begun + ANSWER_TIMEOUT)
        }
    });
    // Nothing to be done about a terminal that is gone.
    let _ = disable_raw_mode();
    let colours = talk.colours(colours);
    Some(TerminalInfo {
        size,
        cell: window_cell_size(),
        graphics: Capabilities::detect(choice, cell, colours.depth, &talk),
        colours,
        round_trip: talk.round_trip(),
        passthrough: talk.env.passthrough,
        answers: talk.answers,
    })
}
