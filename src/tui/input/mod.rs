//! What the terminal sends, read by nobody but us, from before the first
//! question to the end.
//!
//! Keys, pastes and the terminal's answers come in one stream of bytes and in
//! any order: an answer may come seconds late, in the middle of typing, in
//! pieces, or never. So one reader takes the bytes apart ([`timed_parser`]) and
//! says of each sequence whether it is a key ([`keys`]) or an answer
//! ([`answers`]); the [`queries`] knows what was asked and what is still
//! to come. Libraries that read the terminal each for itself lose what the
//! other would have needed.

mod answer_prefix;
pub mod answers;
pub mod keys;
mod parser;
pub mod queries;
pub mod timed_parser;
pub mod tty;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use answers::Answer;
use timed_parser::Sequence;

/// One thing that came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal's window got (`true`) or lost the keys.
    Focus(bool),
    /// The terminal answers a question, or tells something by itself.
    Answer(Answer),
}

impl TerminalEvent {
    /// What a sequence means. Sequences that mean nothing to us are dropped:
    /// never are they typed.
    pub fn from_sequence(sequence: Sequence) -> Vec<Self> {
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
                    _ => Answer::from_csi(&parameters, last).map(Self::Answer),
                };
                match (meant, keys::csi(&parameters, last)) {
                    // Esc was pressed just before the terminal spoke.
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
