//! The grammar of what terminals send: ECMA-48, with their extensions. One byte in,
//! any number of sequences out; time plays no part.

use super::answers::StringKind;

/// The longest CSI sequence that has a meaning; longer ones are dropped.
const MAX_PARAMETERS: usize = 128;

/// The longest string that is kept; the rest is dropped.
const MAX_STRING: usize = 4096;

/// The longest paste that is kept; the rest is dropped.
const MAX_PASTE: usize = 1 << 20;

pub(super) const ESC: u8 = 0x1b;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const BEL: u8 = 0x07;
/// ST as one byte.
const C1_ST: u8 = 0x9c;

const PASTE_END: &[u8] = b"\x1b[201~";

/// A complete character, sequence or string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// The Esc key.
    Escape,
    /// A printable character, with ESC before it if `alt`.
    Char {
        /// The character.
        c: char,
        /// After an ESC.
        alt: bool,
    },
    /// A control character.
    Control(u8),
    /// `ESC O last`, with a further ESC before it if `alt`.
    Ss3 {
        /// Its last byte.
        last: u8,
        /// After a further ESC.
        alt: bool,
    },
    /// `ESC [ [ last`: the Linux console's F1 to F5.
    LinuxFunction(u8),
    /// `ESC [ parameters last`, with a further ESC before it if `alt`.
    Csi {
        /// Parameter and intermediate bytes.
        parameters: Vec<u8>,
        /// Its last byte.
        last: u8,
        /// After a further ESC.
        alt: bool,
    },
    /// A string, without beginning and end.
    Text {
        /// Its kind.
        kind: StringKind,
        /// Its content.
        body: Vec<u8>,
    },
    /// Bracketed paste.
    Paste(String),
}

/// What the bytes since the last complete sequence are the beginning of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Nothing.
    #[default]
    Ground,
    /// A character of which that many bytes are to come.
    Utf8(usize),
    Escape,
    Ss3,
    Csi,
    LinuxFunction,
    /// An old mouse report of which that many bytes are to come.
    Mouse(u8),
    Text(StringKind),
    /// An ESC within a string: its end, or the start of something else.
    TextEscape(StringKind),
    Paste,
}

/// The state machine.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    /// The part of the unfinished sequence that is kept.
    body: Vec<u8>,
    /// Whether a further ESC came before it.
    alt: bool,
}

impl Parser {
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether a further ESC came before the unfinished sequence.
    pub(crate) fn has_alt(&self) -> bool {
        self.alt
    }

    /// Whether only the introducer of the sequence has come.
    pub(crate) fn has_no_parameters(&self) -> bool {
        self.body.is_empty()
    }

    pub(crate) fn enter(&mut self, state: State) {
        self.state = state;
        self.body.clear();
    }

    /// Drops the unfinished sequence.
    pub(crate) fn reset(&mut self) {
        self.enter(State::Ground);
        self.alt = false;
    }

    /// Ends the paste, with what has been pasted so far.
    pub(crate) fn take_paste(&mut self) -> Sequence {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        self.reset();
        Sequence::Paste(text)
    }

    /// Parses a byte. If it cannot belong to the unfinished sequence, that is dropped,
    /// and the byte counts by itself.
    pub(crate) fn feed(&mut self, byte: u8, out: &mut Vec<Sequence>) {
        match self.state {
            State::Ground => self.ground(byte, out),
            State::Utf8(left) => self.utf8(left, byte, out),
            State::Escape => self.escape(byte, out),
            State::Ss3 => match byte {
                // Old xterms put modifiers here.
                b'0'..=b'9' | b';' if self.body.len() < MAX_PARAMETERS => self.body.push(byte),
                0x40..=0x7e => {
                    let alt = self.alt;
                    self.emit(Sequence::Ss3 { last: byte, alt }, out);
                }
                _ => self.restart_with(byte, out),
            },
            State::Csi => self.csi(byte, out),
            State::LinuxFunction => match byte {
                0x40..=0x7e => self.emit(Sequence::LinuxFunction(byte), out),
                _ => self.restart_with(byte, out),
            },
            State::Mouse(left) => match (byte, left) {
                (0..0x20, _) => self.restart_with(byte, out),
                (_, ..=1) => self.reset(),
                _ => self.state = State::Mouse(left - 1),
            },
            State::Text(kind) => self.text(kind, byte, out),
            State::TextEscape(kind) => {
                if byte == b'\\' {
                    self.end_text(kind, out);
                } else {
                    self.reset();
                    self.enter(State::Escape);
                    self.escape(byte, out);
                }
            }
            State::Paste => {
                self.body.push(byte);
                if self.body.ends_with(PASTE_END) {
                    self.body.truncate(self.body.len() - PASTE_END.len());
                    let pasted = self.take_paste();
                    out.push(pasted);
                } else if self.body.len() > MAX_PASTE + PASTE_END.len() {
                    // Keeps enough to recognize the end.
                    self.body.remove(MAX_PASTE);
                }
            }
        }
    }

    fn emit(&mut self, sequence: Sequence, out: &mut Vec<Sequence>) {
        out.push(sequence);
        self.reset();
    }

    /// Drops the sequence and parses the byte by itself.
    fn restart_with(&mut self, byte: u8, out: &mut Vec<Sequence>) {
        self.reset();
        self.ground(byte, out);
    }

    fn ground(&mut self, byte: u8, out: &mut Vec<Sequence>) {
        match byte {
            ESC => self.enter(State::Escape),
            0..0x20 | 0x7f => self.emit(Sequence::Control(byte), out),
            0x20..0x7f => {
                let (c, alt) = (char::from(byte), self.alt);
                self.emit(Sequence::Char { c, alt }, out);
            }
            // C1, from terminals that send eight bits: no UTF-8 character begins so.
            0x8f => self.enter(State::Ss3),
            0x9b => self.enter(State::Csi),
            0x9d => self.enter(State::Text(StringKind::Osc)),
            0x90 => self.enter(State::Text(StringKind::Dcs)),
            0x9f => self.enter(State::Text(StringKind::Apc)),
            0x98 | 0x9e => self.enter(State::Text(StringKind::Other)),
            0xc2..=0xf4 => {
                self.enter(State::Utf8(match byte {
                    0xf0..=0xf4 => 3,
                    0xe0..=0xef => 2,
                    _ => 1,
                }));
                self.body.push(byte);
            }
            _ => self.reset(),
        }
    }

    fn utf8(&mut self, left: usize, byte: u8, out: &mut Vec<Sequence>) {
        if byte & 0xc0 != 0x80 {
            return self.restart_with(byte, out);
        }
        self.body.push(byte);
        if left > 1 {
            self.state = State::Utf8(left - 1);
            return;
        }
        let c = std::str::from_utf8(&self.body).ok();
        match c.and_then(|text| text.chars().next()) {
            Some(c) => {
                let alt = self.alt;
                self.emit(Sequence::Char { c, alt }, out);
            }
            None => self.reset(),
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<Sequence>) {
        let text = match byte {
            b'[' => return self.enter(State::Csi),
            b'O' => return self.enter(State::Ss3),
            b']' => StringKind::Osc,
            b'P' => StringKind::Dcs,
            b'_' => StringKind::Apc,
            b'^' | b'X' => StringKind::Other,
            ESC => {
                // Of three, the first can only be a key.
                if self.alt {
                    out.push(Sequence::Escape);
                }
                self.alt = true;
                return;
            }
            // Esc, then another key.
            0..0x20 => {
                for _ in 0..=u8::from(self.alt) {
                    out.push(Sequence::Escape);
                }
                return self.restart_with(byte, out);
            }
            0x7f => {
                out.push(Sequence::Escape);
                return self.restart_with(byte, out);
            }
            _ => {
                if self.alt {
                    out.push(Sequence::Escape);
                }
                self.reset();
                self.alt = true;
                return self.ground(byte, out);
            }
        };
        // Esc was pressed just before the terminal answered.
        if self.alt {
            out.push(Sequence::Escape);
        }
        self.alt = false;
        self.enter(State::Text(text));
    }

    fn csi(&mut self, byte: u8, out: &mut Vec<Sequence>) {
        match byte {
            // Its end is still to be recognized, to drop all of it.
            0x20..=0x3f if self.body.len() > MAX_PARAMETERS => {}
            0x20..=0x3f => self.body.push(byte),
            b'[' if self.body.is_empty() => self.enter(State::LinuxFunction),
            b'M' if self.body.is_empty() => self.enter(State::Mouse(3)),
            0x40..=0x7e if self.body.len() > MAX_PARAMETERS => self.reset(),
            b'~' if self.body == b"200" => {
                self.alt = false;
                self.enter(State::Paste);
            }
            0x40..=0x7e => {
                let (parameters, alt) = (std::mem::take(&mut self.body), self.alt);
                let last = byte;
                self.emit(
                    Sequence::Csi {
                        parameters,
                        last,
                        alt,
                    },
                    out,
                );
            }
            _ => self.restart_with(byte, out),
        }
    }

    fn text(&mut self, kind: StringKind, byte: u8, out: &mut Vec<Sequence>) {
        // 0x9c is also the middle of a character in UTF-8.
        let inside = self.body.last().is_some_and(|last| *last >= 0x80);
        match byte {
            BEL => self.end_text(kind, out),
            C1_ST if !inside => self.end_text(kind, out),
            ESC => self.state = State::TextEscape(kind),
            CAN | SUB | 0..0x20 | 0x7f => self.restart_with(byte, out),
            _ if self.body.len() < MAX_STRING => self.body.push(byte),
            _ => {}
        }
    }

    fn end_text(&mut self, kind: StringKind, out: &mut Vec<Sequence>) {
        let body = std::mem::take(&mut self.body);
        self.emit(Sequence::Text { kind, body }, out);
    }
}
