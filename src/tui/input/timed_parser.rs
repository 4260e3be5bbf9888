//! Bytes taken apart into characters, sequences and strings, in time.
//!
//! A sequence that does not go on within a moment is given up, so that half a
//! one never locks the keyboard. One exception: while answers are still to
//! come, what may be the beginning of one is kept for longer, because a slow
//! line pauses where it likes; but as soon as what follows the pause cannot be
//! the rest of that answer, it is read again as what it was: keys.

use std::time::{Duration, Instant};

use super::answer_prefix::is_answer_prefix;
use super::answers::Answer;
pub use super::parser::Sequence;
use super::parser::{ESC, Parser, State};

/// How long an Esc waits for the rest of a sequence before it is the key.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(50);

/// How long anything else that is unfinished waits for its next byte.
const SEQUENCE_TIMEOUT: Duration = Duration::from_millis(150);

/// How long the beginning of an answer that was asked for waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// After such a pause: how long its next byte waits for one more. What comes
/// alone is likelier a key.
const DOUBT_TIMEOUT: Duration = Duration::from_millis(350);

/// After an unfinished paste was given up: how long more of it may come.
const PASTE_RESUME_WINDOW: Duration = Duration::from_secs(10);

/// Bytes that arrive together and are more than any key sends.
const BURST: usize = 16;

/// Takes bytes, gives sequences.
#[derive(Debug, Default)]
pub struct TimedParser {
    parser: Parser,
    /// The unfinished sequence's bytes, to be read again when they were none.
    raw: Vec<u8>,
    /// When its latest byte came.
    last_byte_at: Option<Instant>,
    /// A pause came after so many bytes of `raw`: those after it are read
    /// again if all together are no answer.
    paused_at: Option<usize>,
    /// An unfinished paste was given up, and its end has not been seen.
    broken_paste: Option<Instant>,
    /// Whether answers are still to come.
    expecting: bool,
}

impl TimedParser {
    /// Whether answers are still to come.
    pub fn set_expecting(&mut self, expecting: bool) {
        self.expecting = expecting;
    }

    /// So many bytes have arrived together: more than a key sends is the rest
    /// of a paste that paused.
    pub fn on_bytes_available(&mut self, bytes: u64, now: Instant) {
        let Some(since) = self.broken_paste else {
            return;
        };
        if now.saturating_duration_since(since) > PASTE_RESUME_WINDOW {
            self.broken_paste = None;
        } else if self.parser.state() == State::Ground && bytes > BURST as u64 {
            self.broken_paste = None;
            self.parser.enter(State::Paste);
            self.last_byte_at = Some(now);
        }
    }

    /// Whether what comes next is the middle of a paste.
    pub fn is_pasting(&self) -> bool {
        self.parser.state() == State::Paste
    }

    /// Takes one byte.
    pub fn feed(&mut self, byte: u8, now: Instant, out: &mut Vec<Sequence>) {
        let came = out.len();
        self.last_byte_at = Some(now);
        self.parser.feed(byte, out);
        let idle = self.parser.state() == State::Ground;
        if self.parser.state() == State::Paste {
            self.raw.clear();
            self.paused_at = None;
            return;
        }
        self.raw.push(byte);
        if let Some(at) = self.paused_at {
            let made = out.get(came..).unwrap_or_default();
            let fits = if idle {
                !made.is_empty() && made.iter().all(is_answer)
            } else {
                made.is_empty() && is_answer_prefix(&self.raw)
            };
            if !fits {
                out.truncate(came);
                return self.reparse(at, now, out);
            }
        }
        if idle {
            self.raw.clear();
            self.paused_at = None;
        } else if self.parser.state() == State::Escape && self.paused_at.is_none() {
            // Whatever came before was dropped.
            self.raw.clear();
            self.raw.push(ESC);
        }
    }

    /// When [`TimedParser::expire`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let pause = match self.parser.state() {
            State::Ground => return None,
            _ if self.paused_at.is_some_and(|at| at < self.raw.len()) => DOUBT_TIMEOUT,
            _ if self.paused_at.is_some() => ANSWER_TIMEOUT,
            State::Escape => ESCAPE_TIMEOUT,
            _ => SEQUENCE_TIMEOUT,
        };
        Some(self.last_byte_at? + pause)
    }

    /// Gives up what has not gone on in time. Whatever has arrived must have
    /// been fed before.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Sequence>) {
        if self.deadline().is_none_or(|due| now < due) {
            return;
        }
        if let Some(at) = self.paused_at {
            return self.reparse(at, now, out);
        }
        match self.parser.state() {
            State::Paste => {
                out.push(self.parser.take_paste());
                self.broken_paste = Some(now);
                return self.reset();
            }
            // The key acts now; what comes may be an answer's all the same.
            State::Escape => {
                out.push(Sequence::Escape);
                if self.parser.has_alt() {
                    out.push(Sequence::Escape);
                    return self.reset();
                }
            }
            // Of two bytes: as one, C1, no key sends it.
            state @ (State::Csi | State::Ss3)
                if self.parser.has_no_parameters() && self.raw.len() == 2 && !self.expecting =>
            {
                let c = if state == State::Csi { '[' } else { 'O' };
                out.push(Sequence::Char { c, alt: true });
            }
            _ => {}
        }
        if self.expecting && is_answer_prefix(&self.raw) {
            self.paused_at = Some(self.raw.len());
            self.last_byte_at = Some(now);
        } else {
            self.reset();
        }
    }

    fn reparse(&mut self, at: usize, now: Instant, out: &mut Vec<Sequence>) {
        let again = self.raw.get(at..).unwrap_or_default().to_vec();
        self.reset();
        for byte in again {
            self.feed(byte, now, out);
        }
    }

    fn reset(&mut self) {
        self.parser.reset();
        self.raw.clear();
        self.paused_at = None;
    }
}

fn is_answer(sequence: &Sequence) -> bool {
    match sequence {
        Sequence::Csi {
            parameters, last, ..
        } => Answer::from_csi(parameters, *last).is_some(),
        Sequence::Text { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::input::TerminalEvent;
    use crossterm::event::{KeyCode, KeyModifiers};

    /// What comes of pieces of bytes with pauses between them, in milliseconds.
    fn told(expecting: bool, pieces: &[(&[u8], u64)]) -> Vec<String> {
        let mut splitter = TimedParser::default();
        splitter.set_expecting(expecting);
        let mut now = Instant::now();
        let mut sequences = Vec::new();
        for (bytes, pause) in pieces {
            splitter.on_bytes_available(bytes.len() as u64, now);
            for byte in *bytes {
                splitter.feed(*byte, now, &mut sequences);
            }
            now += Duration::from_millis(*pause);
            splitter.expire(now, &mut sequences);
        }
        let inputs = sequences.into_iter().flat_map(TerminalEvent::from_sequence);
        inputs.map(|input| brief(&input)).collect()
    }

    fn brief(input: &TerminalEvent) -> String {
        match input {
            TerminalEvent::Key(key) => {
                let code = match key.code {
                    KeyCode::Char(c) => c.to_string(),
                    code => format!("{code:?}"),
                };
                let mut held = String::new();
                if key.modifiers.contains(KeyModifiers::CONTROL) {
                    held += "^";
                }
                if key.modifiers.contains(KeyModifiers::ALT) {
                    held += "Alt-";
                }
                held + &code
            }
            TerminalEvent::Paste(text) => format!("paste {text:?}"),
            TerminalEvent::Focus(gained) => format!("focus {gained}"),
            TerminalEvent::Answer(answer) => format!("{answer:?}"),
        }
    }

    /// Every answer that we know, and what it says.
    const EXAMPLES: [(&[u8], &str); 12] = [
        (b"\x1b[?62;4;22c", "Attributes([62, 4, 22])"),
        (b"\x1b[0n", "End"),
        (b"\x1b[6;20;10t", "Cell(10, 20)"),
        (b"\x1b[4;800;1200t", "Window(1200, 800)"),
        (
            b"\x1b]11;rgb:1010/1212/1616\x1b\\",
            "Background([16, 18, 22])",
        ),
        (
            b"\x1b]11;rgb:1010/1212/1616\x07",
            "Background([16, 18, 22])",
        ),
        (b"\x1b]11;rgb:ff/ff/ff\x9c", "Background([255, 255, 255])"),
        (b"\x9d11;rgb:ff/ff/ff\x9c", "Background([255, 255, 255])"),
        (b"\x9b?62;22c", "Attributes([62, 22])"),
        (b"\x1bP>|XTerm(380)\x1b\\", "Name(\"XTerm(380)\")"),
        (b"\x1bP1+r524742=38\x1b\\", "DirectColour(true)"),
        (
            b"\x1b_Gi=31;OK\x1b\\",
            "Kitty { compressed: false, ok: true }",
        ),
    ];

    #[test]
    fn answers_between_keys_are_neither_typed_nor_do_they_swallow_keys() {
        for (answer, meaning) in EXAMPLES {
            for pause in [0, 20] {
                let pieces = [(b"/".as_slice(), 0), (answer, pause), (b"2", 0)];
                assert_eq!(told(false, &pieces), ["/", meaning, "2"]);
            }
        }
    }

    #[test]
    fn answers_byte_by_byte() {
        for (answer, meaning) in EXAMPLES {
            let pieces: Vec<(&[u8], u64)> = answer.chunks(1).map(|byte| (byte, 30)).collect();
            assert_eq!(told(false, &pieces), [meaning]);
        }
    }

    /// On a line that pauses anywhere, for longer than any key would.
    #[test]
    fn an_answer_that_is_awaited_may_pause_anywhere() {
        for (answer, meaning) in EXAMPLES {
            for at in 1..answer.len() {
                let (start, rest) = answer.split_at(at);
                let said = told(true, &[(start, 400), (rest, 2000), (b"2", 0)]);
                // A lone ESC acts as the key, since it may well be one.
                let expected = if at == 1 && start == [ESC] {
                    vec!["Esc", meaning, "2"]
                } else {
                    vec![meaning, "2"]
                };
                assert_eq!(said, expected, "{answer:?} after {at}");
            }
        }
    }

    #[test]
    fn half_a_sequence_does_not_lock_the_keyboard() {
        for expecting in [false, true] {
            for start in [
                &b"\x1b[<"[..],
                b"\x1b[?",
                b"\x1b[1;",
                b"\x1b[<0;12",
                b"\x1b[M",
                b"\x1b[[",
                b"\x1b]0;title",
                b"\x1bP+q",
                b"\x1b_G",
                b"\x1b^",
                b"\x9b",
                b"\xe2\x82",
            ] {
                let mut pieces: Vec<(&[u8], u64)> = vec![(start, 300)];
                pieces.extend([(&b"3"[..], 500), (b"q", 500), (b"\x03", 1500)]);
                let said = told(expecting, &pieces);
                assert_eq!(said, ["3", "q", "^c"], "{start:?}, expecting {expecting}");
            }
        }
    }

    #[test]
    fn what_follows_a_doubtful_start_is_typed_after_all() {
        for start in [&b"\x1b]11;"[..], b"\x1b]11;rgb:12", b"\x1b[6;", b"\x1b[0"] {
            assert_eq!(told(true, &[(start, 300), (b"q", 0)]), ["q"], "{start:?}");
            // What fits is kept back for a while, and then typed.
            let said = told(true, &[(start, 300), (b"3", 2000)]);
            assert_eq!(said, ["3"], "{start:?}");
        }
        let said = told(true, &[(b"\x1b", 100), (b"]", 2000), (b"j", 0)]);
        assert_eq!(said, ["Esc", "]", "j"]);
    }

    #[test]
    fn a_paste_that_does_not_end() {
        let said = told(false, &[(b"\x1b[200~", 300), (b"3", 500), (b"q", 500)]);
        assert_eq!(said, ["paste \"\"", "3", "q"]);
        // A paste that pauses: its rest comes in one piece.
        let rest = b" and a long rest of it\x1b[201~";
        let said = told(false, &[(b"\x1b[200~a start", 300), (rest, 0), (b"q", 0)]);
        let whole = ["paste \"a start\"", "paste \" and a long rest of it\"", "q"];
        assert_eq!(said, whole);
    }

    #[test]
    fn a_paste_is_text_whatever_it_holds() {
        let said = told(
            false,
            &[(b"\x1b[200~a\x1b[Aq\x03\x1b]11;?\x07\xff\x1b[201~j", 0)],
        );
        assert_eq!(
            said,
            ["paste \"a\\u{1b}[Aq\\u{3}\\u{1b}]11;?\\u{7}\u{fffd}\"", "j"]
        );
        let long = [b"\x1b[200~", vec![b'x'; 3 << 20].as_slice(), b"\x1b[201~q"].concat();
        let said = told(false, &[(&long, 0)]);
        assert_eq!(said.len(), 2);
        assert_eq!(said[1], "q");
    }

    #[test]
    fn keys_in_their_many_forms() {
        for (bytes, said) in [
            (&b"\x1b[A"[..], vec!["Up"]),
            (b"\x1bOA", vec!["Up"]),
            (b"\x1b\x1b[A", vec!["Alt-Up"]),
            (b"\x1b[1;3A", vec!["Alt-Up"]),
            (b"\x1bx", vec!["Alt-x"]),
            (b"\x1b\xc3\xa9", vec!["Alt-\u{e9}"]),
            (b"\x1b\x03", vec!["Esc", "^c"]),
            (b"\x1b\x1b\x1b", vec!["Esc", "Esc", "Esc"]),
            (
                b"\x1b\x1b]11;rgb:f/f/f\x07",
                vec!["Esc", "Background([255, 255, 255])"],
            ),
            (b"\x1b\x1b[?62c", vec!["Esc", "Attributes([62])"]),
            (b"\x1b[[A", vec!["F(1)"]),
            (b"\x1b[113u", vec!["q"]),
            (b"\x1b[27;5;99~", vec!["^c"]),
            (b"\x1b[I\x1b[O", vec!["focus true", "focus false"]),
            (b"\r\n\t\x7f", vec!["Enter", "Enter", "Tab", "Backspace"]),
            (
                b"\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80",
                vec!["\u{e9}", "\u{4f60}", "\u{1f600}"],
            ),
        ] {
            assert_eq!(told(false, &[(bytes, 60)]), said, "{bytes:?}");
            let split: Vec<(&[u8], u64)> = bytes.chunks(1).map(|byte| (byte, 10)).collect();
            if *bytes.last().unwrap() != ESC {
                assert_eq!(told(false, &split), said, "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_nobody_asked_for_is_not_typed() {
        for noise in [
            &b"\x1b[<0;10;20M"[..],
            b"\x1b[<0;10;20m",
            b"\x1b[M !!",
            b"\x1b[32;10;20M",
            b"\x1b[12;40R",
            b"\x1b[>41;380;0c",
            b"\x1b[?2026;2$y",
            b"\x1b[?1u",
            b"\x1b[48;24;80;480;800t",
            b"\x1b]10;rgb:0/0/0\x07",
            b"\x1b]52;c;aGVsbG8=\x1b\\",
            b"\x1bP!|00000000\x1b\\",
            b"\x1b_Gi=99;ENOENT\x1b\\",
            b"\x1b[201~",
            b"\xff\xfe",
            b"\xe9",
            b"\x1b[113;1:3u",
        ] {
            let said = told(false, &[(noise, 0), (b"q", 0)]);
            let keys: Vec<&String> = said.iter().filter(|word| *word != "Unsolicited").collect();
            assert_eq!(keys, ["q"], "{noise:?}");
        }
    }

    #[test]
    fn endless_sequences_are_bounded_and_dropped() {
        for (start, end) in [
            (&b"\x1b["[..], &b"m"[..]),
            (b"\x1b]11;", b"\x07"),
            (b"\x1bP", b"\x1b\\"),
        ] {
            let long = [start, &[b'1'; 100_000], end, b"q"].concat();
            assert_eq!(told(false, &[(&long, 0)]), ["q"], "{start:?}");
        }
    }
}
