//! Takes the strings that carry pictures out of a stream of bytes: those of DCS, OSC
//! and APC, also where they are passed through tmux.

/// The longest string that is kept; the rest of a longer one is dropped.
const MAX_STRING: usize = 64 << 20;

/// The beginning of what is passed through tmux.
const TMUX: &[u8] = b"tmux;";

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// A part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text and sequences.
    Plain(Vec<u8>),
    /// A device control string, without its beginning and end.
    Dcs(Vec<u8>),
    /// An operating system command, likewise.
    Osc(Vec<u8>),
    /// An application program command, likewise.
    Apc(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    /// Within the string that this byte began after an ESC.
    Text(u8),
    /// After an ESC within it.
    TextEscape(u8),
}

/// Splits a stream.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    state: State,
    body: Vec<u8>,
}

impl Splitter {
    /// The pieces that are whole after these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut plain = Vec::new();
        for &byte in bytes {
            match (self.state, byte) {
                (State::Ground, ESC) => self.state = State::Escape,
                (State::Ground, _) => plain.push(byte),
                (State::Escape, b'P' | b']' | b'_' | b'^' | b'X') => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    self.state = State::Text(byte);
                    self.body.clear();
                }
                (State::Escape, _) => {
                    plain.extend([ESC, byte]);
                    self.state = State::Ground;
                }
                (State::Text(kind), ESC) => self.state = State::TextEscape(kind),
                (State::Text(b']'), BEL) => self.end(b']', &mut pieces),
                (State::Text(_), _) => self.push(byte),
                // Doubled for tmux.
                (State::TextEscape(b'P'), ESC) if self.body.starts_with(TMUX) => {
                    self.push(ESC);
                    self.state = State::Text(b'P');
                }
                (State::TextEscape(kind), b'\\') => self.end(kind, &mut pieces),
                // Something else has begun: the string was never ended.
                (State::TextEscape(_), _) => {
                    self.body.clear();
                    plain.extend([ESC, byte]);
                    self.state = State::Ground;
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        pieces
    }

    fn push(&mut self, byte: u8) {
        if self.body.len() < MAX_STRING {
            self.body.push(byte);
        }
    }

    fn end(&mut self, kind: u8, pieces: &mut Vec<Piece>) {
        self.state = State::Ground;
        let body = std::mem::take(&mut self.body);
        match kind {
            b'P' => match body.strip_prefix(TMUX) {
                Some(inner) => pieces.extend(Self::default().feed(inner)),
                None => pieces.push(Piece::Dcs(body)),
            },
            b']' => pieces.push(Piece::Osc(body)),
            b'_' => pieces.push(Piece::Apc(body)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_taken_out_however_the_bytes_come() {
        let stream = b"a\x1b[1mb\x1bPq#0\x1b\\c\x1b]1337;File=:AA\x07\x1b_Gi=1;AA\x1b\\d\
            \x1bPtmux;\x1b\x1b_Gi=2\x1b\x1b\\\x1b\\e";
        let all = |chunk: usize| {
            let mut splitter = Splitter::default();
            let mut plain = Vec::new();
            let mut strings = Vec::new();
            for bytes in stream.chunks(chunk) {
                for piece in splitter.feed(bytes) {
                    match piece {
                        Piece::Plain(bytes) => plain.extend(bytes),
                        other => strings.push(other),
                    }
                }
            }
            (plain, strings)
        };
        let (plain, strings) = all(stream.len());
        assert_eq!(plain, b"a\x1b[1mbcde");
        assert_eq!(
            strings,
            [
                Piece::Dcs(b"q#0".to_vec()),
                Piece::Osc(b"1337;File=:AA".to_vec()),
                Piece::Apc(b"Gi=1;AA".to_vec()),
                Piece::Apc(b"Gi=2".to_vec()),
            ]
        );
        for chunk in 1..9 {
            assert_eq!(all(chunk), (plain.clone(), strings.clone()), "{chunk}");
        }
    }
}
