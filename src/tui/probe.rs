//! What the terminal can do, for commands that do not show the screen.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::colours::ColourSupport;
use super::images::{Capabilities, ProtocolChoice, window_cell_size};
use super::input::answers::Answers;
use super::input::environment::{TerminalEnv, terminal_around_tmux};
use super::input::queries::Queries;
use super::input::tty::{TtyReader, write_to_terminal};
use crate::config;

/// How long to wait for answers: a line across an ocean takes half a second.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(2500);

/// What is known of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TerminalInfo {
    /// Width and height in characters.
    pub size: (u16, u16),
    /// Pixels of one cell by the system; `None` when it does not know.
    pub cell: Option<(u16, u16)>,
    /// How pictures would be drawn.
    pub graphics: Capabilities,
    /// The protocol for pictures by its answers, whatever the settings say.
    pub choice: ProtocolChoice,
    /// What it was asked.
    pub asked: Vec<&'static str>,
    /// How many colours it has.
    pub colours: ColourSupport,
    /// What it answered.
    pub answers: Answers,
    /// How long it took to answer; `None` when it did not.
    pub round_trip: Option<Duration>,
    /// Inside tmux: whether it passes escape sequences on.
    pub passthrough: bool,
    /// Inside tmux: the name of the terminal around it.
    pub around_tmux: Option<String>,
}

/// Queries the terminal and waits for at most 2.5 s. `None` when standard input or
/// output is not a terminal, or refuses.
pub(crate) fn query(
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
    if talk.in_tmux() {
        talk.around_tmux = terminal_around_tmux();
    }
    // Outside raw mode, answers would be echoed and wait for Enter.
    enable_raw_mode().ok()?;
    let begun = Instant::now();
    let questions = talk.query_all(begun);
    write_to_terminal(&questions);
    TtyReader::default().drain(&mut talk, |talk| {
        if talk.is_complete() {
            talk.drain_deadline(Instant::now())
        } else {
            Some(begun + ANSWER_TIMEOUT)
        }
    });
    // It fails only when the terminal is gone.
    let _ = disable_raw_mode();
    let colours = talk.colours(colours);
    Some(TerminalInfo {
        size,
        cell: window_cell_size(),
        choice: Capabilities::choose(cell, &talk),
        asked: asked(&questions, &talk),
        graphics: Capabilities::detect(choice, cell, colours.depth, &talk),
        colours,
        round_trip: talk.round_trip(),
        passthrough: talk.env.passthrough,
        around_tmux: talk.around_tmux.clone(),
        answers: talk.answers,
    })
}

/// What was asked, in words.
fn asked(questions: &str, talk: &Queries) -> Vec<&'static str> {
    let through_tmux = talk.in_tmux() && talk.env.passthrough;
    [
        ("\x1b[>q", "its name"),
        ("\x1b[c", "its attributes"),
        ("\x1b_G", "kitty's protocol"),
        ("]1337;ReportCellSize", "iTerm2's sequences"),
        ("\x1b[16t", "the size of a character"),
        ("\x1b[14t", "the size of the window"),
        ("\x1b]11;?", "the background"),
        ("\x1bP+q", "24-bit colours"),
        ("\x1b[6n", "the width of sextants and octants"),
    ]
    .into_iter()
    .filter(|(sequence, _)| questions.contains(sequence))
    .map(|(_, words)| words)
    .chain(through_tmux.then_some("kitty's protocol, through tmux"))
    .collect()
}
