//! Parses bytes into characters, sequences and strings, with timeouts.
//!
//! A sequence that is not continued within a moment is given up, so that half of one
//! never locks the keyboard. One exception: while answers are expected, what may be
//! the beginning of an answer is kept for longer, because a slow line can pause
//! anywhere. As soon as the bytes after the pause cannot belong to that answer, they
//! are parsed again as keys.

use std::time::{Duration, Instant};

use super::answer_prefix::is_answer_prefix;
use super::answers::Answer;
pub(crate) use super::parser::Sequence;
use super::parser::{ESC, Parser, State};

/// How long an ESC waits for the rest of a sequence before it counts as the key.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(50);

/// How long any other unfinished sequence waits for its next byte.
const SEQUENCE_TIMEOUT: Duration = Duration::from_millis(150);

/// How long the beginning of an expected answer waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// After such a pause: how long its next byte waits for one more. A byte that comes
/// alone is more likely a key.
const DOUBT_TIMEOUT: Duration = Duration::from_millis(350);

/// How long more of an unfinished paste may come after it was given up.
const PASTE_RESUME_WINDOW: Duration = Duration::from_secs(10);

/// Bytes at a time that are more than any key sends.
const BURST: usize = 16;

/// A parser with timeouts.
#[derive(Debug, Default)]
pub(crate) struct TimedParser {
    parser: Parser,
    /// The bytes of the unfinished sequence, to be parsed again if they are none.
    raw: Vec<u8>,
    /// When the latest byte came.
    last_byte_at: Option<Instant>,
    /// The number of bytes in `raw` before a pause. Those after it are parsed again if
    /// all together are no answer.
    paused_at: Option<usize>,
    /// When an unfinished paste was given up, until its end is seen.
    broken_paste: Option<Instant>,
    /// Whether answers are expected.
    expecting: bool,
}

impl TimedParser {
    /// Sets whether answers are expected.
    pub(crate) fn set_expecting(&mut self, expecting: bool) {
        self.expecting = expecting;
    }

    /// That many bytes have arrived together. More than a key sends are the rest of a
    /// paste that paused.
    pub(crate) fn on_bytes_available(&mut self, bytes: u64, now: Instant) {
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

    /// Whether the next byte belongs to a paste.
    pub(crate) fn is_pasting(&self) -> bool {
        self.parser.state() == State::Paste
    }

    /// Parses one byte.
    pub(crate) fn feed(&mut self, byte: u8, now: Instant, out: &mut Vec<Sequence>) {
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
            // The bytes before it were dropped.
            self.raw.clear();
            self.raw.push(ESC);
        }
    }

    /// When [`TimedParser::expire`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let pause = match self.parser.state() {
            State::Ground => return None,
            _ if self.paused_at.is_some_and(|at| at < self.raw.len()) => DOUBT_TIMEOUT,
            _ if self.paused_at.is_some() => ANSWER_TIMEOUT,
            State::Escape => ESCAPE_TIMEOUT,
            _ => SEQUENCE_TIMEOUT,
        };
        Some(self.last_byte_at? + pause)
    }

    /// Gives up a sequence that was not continued in time. All bytes that have arrived
    /// must have been fed before.
    pub(crate) fn expire(&mut self, now: Instant, out: &mut Vec<Sequence>) {
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
            // It counts as the key now; what follows may still be an answer.
            State::Escape => {
                out.push(Sequence::Escape);
                if self.parser.has_alt() {
                    out.push(Sequence::Escape);
                    return self.reset();
                }
            }
            // In two bytes only: no key sends the one-byte form, C1.
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

    /// The events of pieces of bytes, each with the pause after it in milliseconds.
    fn parse(expecting: bool, pieces: &[(&[u8], u64)]) -> Vec<String> {
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
            TerminalEvent::Mouse(event) => format!("{event:?}"),
            TerminalEvent::Answer(answer) => format!("{answer:?}"),
        }
    }

    /// Every kind of answer, and what it says.
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
        (b"\x1b_Gi=31;OK\x1b\\", "Kitty { png: false, ok: true }"),
    ];

    #[test]
    fn answers_between_keys_are_not_entered_and_swallow_no_keys() {
        for (answer, meaning) in EXAMPLES {
            for pause in [0, 20] {
                let pieces = [(b"/".as_slice(), 0), (answer, pause), (b"2", 0)];
                assert_eq!(parse(false, &pieces), ["/", meaning, "2"]);
            }
        }
    }

    #[test]
    fn answers_byte_by_byte() {
        for (answer, meaning) in EXAMPLES {
            let pieces: Vec<(&[u8], u64)> = answer.chunks(1).map(|byte| (byte, 30)).collect();
            assert_eq!(parse(false, &pieces), [meaning]);
        }
    }

    /// On a line that pauses anywhere, for longer than a key would.
    #[test]
    fn an_expected_answer_may_pause_anywhere() {
        for (answer, meaning) in EXAMPLES {
            for at in 1..answer.len() {
                let (start, rest) = answer.split_at(at);
                let parsed = parse(true, &[(start, 400), (rest, 2000), (b"2", 0)]);
                // A lone ESC counts as the key, because it may be one.
                let expected = if at == 1 && start == [ESC] {
                    vec!["Esc", meaning, "2"]
                } else {
                    vec![meaning, "2"]
                };
                assert_eq!(parsed, expected, "{answer:?} after {at}");
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
                let parsed = parse(expecting, &pieces);
                assert_eq!(parsed, ["3", "q", "^c"], "{start:?}, expecting {expecting}");
            }
        }
    }

    #[test]
    fn what_follows_a_doubtful_start_is_entered_after_all() {
        for start in [&b"\x1b]11;"[..], b"\x1b]11;rgb:12", b"\x1b[6;", b"\x1b[0"] {
            assert_eq!(parse(true, &[(start, 300), (b"q", 0)]), ["q"], "{start:?}");
            // What fits is kept for a while, and then entered.
            let parsed = parse(true, &[(start, 300), (b"3", 2000)]);
            assert_eq!(parsed, ["3"], "{start:?}");
        }
        let parsed = parse(true, &[(b"\x1b", 100), (b"]", 2000), (b"j", 0)]);
        assert_eq!(parsed, ["Esc", "]", "j"]);
    }

    #[test]
    fn a_paste_that_does_not_end() {
        let parsed = parse(false, &[(b"\x1b[200~", 300), (b"3", 500), (b"q", 500)]);
        assert_eq!(parsed, ["paste \"\"", "3", "q"]);
        // A paste that pauses: its rest comes in one piece.
        let rest = b" and a long rest of it\x1b[201~";
        let parsed = parse(false, &[(b"\x1b[200~a start", 300), (rest, 0), (b"q", 0)]);
        let whole = ["paste \"a start\"", "paste \" and a long rest of it\"", "q"];
        assert_eq!(parsed, whole);
    }

    #[test]
    fn a_paste_is_text_whatever_it_holds() {
        let parsed = parse(
            false,
            &[(b"\x1b[200~a\x1b[Aq\x03\x1b]11;?\x07\xff\x1b[201~j", 0)],
        );
        assert_eq!(
            parsed,
            ["paste \"a\\u{1b}[Aq\\u{3}\\u{1b}]11;?\\u{7}\u{fffd}\"", "j"]
        );
        let long = [b"\x1b[200~", vec![b'x'; 3 << 20].as_slice(), b"\x1b[201~q"].concat();
        let parsed = parse(false, &[(&long, 0)]);
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[1], "q");
    }

    #[test]
    fn keys_in_their_many_forms() {
        for (bytes, expected) in [
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
            assert_eq!(parse(false, &[(bytes, 60)]), expected, "{bytes:?}");
            let split: Vec<(&[u8], u64)> = bytes.chunks(1).map(|byte| (byte, 10)).collect();
            if *bytes.last().unwrap() != ESC {
                assert_eq!(parse(false, &split), expected, "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_entered() {
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
            let parsed = parse(false, &[(noise, 0), (b"q", 0)]);
            let keys: Vec<&String> = parsed
                .iter()
                // A place of the cursor and attributes do nothing but where they were asked for,
                // and a mouse nothing while it is off.
                .filter(|word| {
                    let kinds = ["Unsolicited", "Column(", "Secondary(", "MouseEvent"];
                    !kinds.iter().any(|kind| word.starts_with(kind))
                })
                .collect();
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
            assert_eq!(parse(false, &[(&long, 0)]), ["q"], "{start:?}");
        }
    }
}
