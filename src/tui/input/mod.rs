//! Everything the terminal sends, with one reader from before the first query to the
//! end.
//!
//! Keys, pastes and the terminal's answers come in one stream of bytes and in any
//! order: an answer may come seconds late, in the middle of typing, in pieces, or
//! never. So one reader ([`tty`]) parses the bytes ([`timed_parser`]) and decides
//! whether a sequence is a key ([`keys`]) or an answer ([`answers`]); [`queries`]
//! knows what was asked and what is still to come. Two libraries that each read the
//! terminal would take bytes from each other.

mod answer_prefix;
pub(crate) mod answers;
pub(crate) mod cell_size;
pub(crate) mod environment;
pub(crate) mod keys;
pub(crate) mod known_terminals;
pub(crate) mod mouse;
mod parser;
pub(crate) mod queries;
pub(crate) mod timed_parser;
pub(crate) mod tty;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use answers::Answer;
use mouse::MouseEvent;
use timed_parser::Sequence;

/// An event from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TerminalEvent {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// The terminal's window has got (`true`) or lost the focus.
    Focus(bool),
    /// The terminal answers a query, or reports something by itself.
    Answer(Answer),
}

impl TerminalEvent {
    /// What a sequence means. A sequence without a meaning here is dropped, never
    /// entered as text.
    pub(crate) fn from_sequence(sequence: Sequence) -> Vec<Self> {
        let escape = || Self::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        match sequence {
            Sequence::Escape => vec![escape()],
            Sequence::Char { c, alt } => vec![Self::Key(keys::character(c, alt))],
            Sequence::Control(byte) => vec![Self::Key(keys::control(byte))],
            Sequence::Ss3 { last, alt } => keys::ss3(last)
                .map(|key| Self::Key(keys::with_alt(key, alt)))
                .into_iter()
                .collect(),
            Sequence::LinuxFunction(last) => keys::linux_function(last)
                .map(Self::Key)
                .into_iter()
                .collect(),
            Sequence::Paste(text) => vec![Self::Paste(text)],
            Sequence::Csi {
                parameters,
                last,
                alt,
            } => {
                let meant = match (parameters.as_slice(), last) {
                    (b"", b'I') => Some(Self::Focus(true)),
                    (b"", b'O') => Some(Self::Focus(false)),
                    ([b'<', ..], b'M' | b'm') => {
                        mouse::from_csi(&parameters, last).map(Self::Mouse)
                    }
                    _ => Answer::from_csi(&parameters, last).map(Self::Answer),
                };
                match (meant, keys::csi(&parameters, last)) {
                    // Esc was pressed just before the terminal answered.
                    (Some(input), _) if alt => vec![escape(), input],
                    (Some(input), _) => vec![input],
                    (None, Some(key)) => vec![Self::Key(keys::with_alt(key, alt))],
                    (None, None) if alt => vec![escape()],
                    (None, None) => Vec::new(),
                }
            }
            Sequence::Text { kind, body } => Answer::from_string(kind, &body)
                .map(Self::Answer)
                .into_iter()
                .collect(),
        }
    }
}
