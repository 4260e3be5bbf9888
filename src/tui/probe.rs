//! What the terminal can do, for those who ask without taking the screen.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::colours::Colours;
use super::graphics::{Graphics, window_cell_size};
use super::input::answers::Answers;
use super::input::conversation::{Conversation, Surroundings};
use super::input::tty::{Tty, say};
use crate::config;

/// How long answers are waited for: a line across an ocean takes half a second.
const PATIENCE: Duration = Duration::from_millis(2500);

/// A terminal's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminal {
    /// Width and height in characters.
    pub size: (u16, u16),
    /// Pixels of one character as the system says; `None` when it does not know.
    pub cell: Option<(u16, u16)>,
    /// How pictures would be drawn.
    pub graphics: Graphics,
    /// How many colours it has.
    pub colours: Colours,
    /// What it said.
    pub answers: Answers,
    /// How long it took to say it; `None` when it said nothing.
    pub round_trip: Option<Duration>,
    /// Whether tmux lets sequences through, where it stands between.
    pub passthrough: bool,
}

/// Asks the terminal and waits 2.5 s at most; `None` when standard input or
/// output is none, or it refuses.
pub fn ask(
    choice: config::Graphics,
    cell: Option<(u16, u16)>,
    colours: &Colours,
) -> Option<Terminal> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let size = crossterm::terminal::size().ok()?;
    let mut talk = Conversation::new(Surroundings::look());
    talk.characters = size;
    // Answers would be echoed, and wait for Enter, outside raw mode.
    enable_raw_mode().ok()?;
    let begun = Instant::now();
    say(&talk.ask(begun));
    Tty::default().listen(&mut talk, |talk| match talk.is_complete() {
        // What tmux passes on comes after its own answers.
        true => talk.farewell(Instant::now()),
        false => Some(begun + PATIENCE),
    });
    // Nothing to be done about a terminal that is gone.
    let _ = disable_raw_mode();
    let colours = talk.colours(colours);
    Some(Terminal {
        size,
        cell: window_cell_size(),
        graphics: Graphics::choose(choice, cell, colours.depth, &talk),
        colours,
        round_trip: talk.round_trip(),
        passthrough: talk.surroundings.passthrough,
        answers: talk.answers,
    })
}
