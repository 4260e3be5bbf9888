//! How the answers to our queries begin, to recognize an unfinished one.

use super::parser::ESC;

/// Whether bytes from ESC on are the beginning of an answer to one of our queries.
pub(super) fn is_answer_prefix(raw: &[u8]) -> bool {
    // Without the ESC of a string's end.
    let raw = match raw {
        [start @ .., ESC] if start.len() > 2 => start,
        raw => raw,
    };
    let raw = match raw.first().copied() {
        Some(ESC) => raw.to_vec(),
        // C1: the same byte less 64, after an ESC.
        Some(c1 @ 0x80..=0x9f) => [&[ESC, c1 - 0x40], raw.get(1..).unwrap_or_default()].concat(),
        _ => return false,
    };
    ANSWER_PREFIXES.iter().any(|(start, rest)| {
        start.starts_with(&raw)
            || raw
                .strip_prefix(*start)
                .is_some_and(|tail| tail.iter().all(|b| rest.contains(*b)))
    })
}

/// The bytes of an answer after its beginning.
enum Tail {
    Nothing,
    Numbers,
    Colour,
    Printable,
}

impl Tail {
    fn contains(&self, byte: u8) -> bool {
        match self {
            Self::Nothing => false,
            Self::Numbers => byte.is_ascii_digit() || byte == b';' || byte == b'.',
            Self::Colour => byte.is_ascii_hexdigit() || b"rgba:/#".contains(&byte),
            Self::Printable => byte >= 0x20 && byte != 0x7f,
        }
    }
}

/// How answers to our queries begin.
const ANSWER_PREFIXES: [(&[u8], Tail); 10] = [
    (b"\x1b[?", Tail::Numbers),
    (b"\x1b[0", Tail::Nothing),
    (b"\x1b[4;", Tail::Numbers),
    (b"\x1b[6;", Tail::Numbers),
    (b"\x1b]11;", Tail::Colour),
    (b"\x1b]1337;ReportCellSize=", Tail::Numbers),
    (b"\x1bP>|", Tail::Printable),
    (b"\x1bP1+r", Tail::Printable),
    (b"\x1bP0+r", Tail::Printable),
    (b"\x1b_Gi=3", Tail::Printable),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_answers_and_of_other_things() {
        for start in [
            &b"\x1b"[..],
            b"\x1b[",
            b"\x1b[?62;4",
            b"\x1b]11;rgb:12/",
            b"\x1b]11;rgb:12/12/12\x1b",
            b"\x9d11;rgb",
            b"\x1bP>|XTerm(3",
            b"\x1bP0+r5247",
            b"\x1b_Gi=31;O",
        ] {
            assert!(is_answer_prefix(start), "{start:?}");
        }
        for other in [
            &b""[..],
            b"q",
            b"\x1bO",
            b"\x1b[<",
            b"\x1b[1;5",
            b"\x1b]0;",
            b"\x1b]11;q",
            b"\x1b^",
            b"\xe2\x82",
        ] {
            assert!(!is_answer_prefix(other), "{other:?}");
        }
    }
}
