//! Sequences that are keys, in all common forms: those of xterm, rxvt, the Linux
//! console and VT220, and xterm's modifyOtherKeys and kitty's CSI u, which another
//! program may have left switched on.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A printable character. Upper case is in the character, as everywhere.
pub(crate) fn character(c: char, alt: bool) -> KeyEvent {
    with_alt(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), alt)
}

/// The same key with Alt.
pub(crate) fn with_alt(mut key: KeyEvent, alt: bool) -> KeyEvent {
    if alt {
        key.modifiers |= KeyModifiers::ALT;
    }
    key
}

/// A control character, below 32 or 127.
pub(crate) fn control(byte: u8) -> KeyEvent {
    let held = |c: char| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    match byte {
        // The terminal's line mode makes a line feed of an Enter that was typed before
        // the program started; Ctrl-J is not bound.
        b'\r' | b'\n' => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE),
        // Backspace on terminals that keep DEL for Delete.
        0x08 | 0x7f => KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE),
        0x1b => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
        0x00 => held(' '),
        0x01..=0x1a => held(char::from(byte - 1 + b'a')),
        _ => held(char::from((byte & 0x1f) - 0x1c + b'4')),
    }
}

/// The key of `ESC O last`: cursor keys, F1 to F4 and the keypad in their
/// application modes.
pub(crate) fn ss3(last: u8) -> Option<KeyEvent> {
    let code = match last {
        b'M' => KeyCode::Enter,
        b'X' => KeyCode::Char('='),
        b'I' => KeyCode::Tab,
        b'j'..=b'y' => KeyCode::Char(char::from(last - b'j' + b'*')),
        _ => letter_key(last)?,
    };
    Some(KeyEvent::new(code, KeyModifiers::NONE))
}

/// F1 to F5 of the Linux console: `ESC [ [ A` to `E`.
pub(crate) fn linux_function(last: u8) -> Option<KeyEvent> {
    let number = last.checked_sub(b'A').filter(|number| *number < 5)? + 1;
    Some(KeyEvent::new(KeyCode::F(number), KeyModifiers::NONE))
}

/// The key of `CSI parameters last`; `None` if that is no key, or the release of one.
pub(crate) fn csi(parameters: &[u8], last: u8) -> Option<KeyEvent> {
    let text = std::str::from_utf8(parameters).ok()?;
    if !text
        .bytes()
        .all(|b| b.is_ascii_digit() || b";:".contains(&b))
    {
        return None;
    }
    let fields: Vec<Vec<u32>> = text
        .split(';')
        .map(|field| field.split(':').map(|n| n.parse().unwrap_or(0)).collect())
        .collect();
    let field = |at: usize, part: usize| {
        let number = fields.get(at).and_then(|field: &Vec<u32>| field.get(part));
        number.copied().unwrap_or(0)
    };
    // Of kitty's events: 1 is a press, 2 a repetition, 3 a release.
    if field(1, 1) == 3 {
        return None;
    }
    let held = modifiers(field(1, 0));
    let (code, more) = match last {
        b'~' if field(0, 0) == 27 && fields.len() >= 3 => {
            return key_from_code_point(field(2, 0), held);
        }
        b'u' => return key_from_code_point(field(0, 0), held),
        b'~' => (tilde_key(field(0, 0))?, KeyModifiers::NONE),
        b'^' => (tilde_key(field(0, 0))?, KeyModifiers::CONTROL),
        b'@' => {
            let both = KeyModifiers::CONTROL | KeyModifiers::SHIFT;
            (tilde_key(field(0, 0))?, both)
        }
        b'a'..=b'd' if parameters.is_empty() => {
            (letter_key(last.to_ascii_uppercase())?, KeyModifiers::SHIFT)
        }
        b'Z' => (KeyCode::BackTab, KeyModifiers::NONE),
        // With two numbers it is the position of the cursor, or F3 with a modifier,
        // which is not bound.
        b'R' if !parameters.is_empty() => return None,
        _ if field(0, 0) <= 1 && fields.len() <= 2 => (letter_key(last)?, KeyModifiers::NONE),
        _ => return None,
    };
    Some(KeyEvent::new(code, held | more))
}

/// Keys that end in a letter, after `ESC [` or `ESC O`.
fn letter_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// Keys that end in a tilde, by their number.
fn tilde_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28 | 29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

/// The modifiers of a number, which is one more than their bits.
fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ]
    .into_iter()
    .filter(|(bit, _)| bits & bit != 0)
    .fold(KeyModifiers::NONE, |held, (_, one)| held | one)
}

/// The key of a code point, in CSI u and modifyOtherKeys.
fn key_from_code_point(code: u32, held: KeyModifiers) -> Option<KeyEvent> {
    let code = match code {
        8 | 127 => KeyCode::Backspace,
        9 => KeyCode::Tab,
        10 | 13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        // The keypad's digits.
        57399..=57408 => KeyCode::Char(char::from_digit(code - 57399, 10)?),
        57409 => KeyCode::Char('.'),
        57410 => KeyCode::Char('/'),
        57411 => KeyCode::Char('*'),
        57412 => KeyCode::Char('-'),
        57413 => KeyCode::Char('+'),
        57415 => KeyCode::Char('='),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57426 => KeyCode::Delete,
        // Modifiers by themselves, media keys, lock keys.
        57344..=63743 => return None,
        code => {
            let c = char::from_u32(code).filter(|c| !c.is_control())?;
            let shifted = held.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase();
            KeyCode::Char(if shifted { c.to_ascii_uppercase() } else { c })
        }
    };
    let mut key = KeyEvent::new(code, held);
    key.kind = KeyEventKind::Press;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_in_every_dialect() {
        let cases: [(&[u8], u8, KeyCode, KeyModifiers); 14] = [
            (b"", b'A', KeyCode::Up, KeyModifiers::NONE),
            (b"1;5", b'A', KeyCode::Up, KeyModifiers::CONTROL),
            (b"1;5:1", b'A', KeyCode::Up, KeyModifiers::CONTROL),
            (b"", b'a', KeyCode::Up, KeyModifiers::SHIFT),
            (b"5", b'~', KeyCode::PageUp, KeyModifiers::NONE),
            (b"5", b'^', KeyCode::PageUp, KeyModifiers::CONTROL),
            (b"1", b'~', KeyCode::Home, KeyModifiers::NONE),
            (b"7", b'~', KeyCode::Home, KeyModifiers::NONE),
            (b"11", b'~', KeyCode::F(1), KeyModifiers::NONE),
            (b"24", b'~', KeyCode::F(12), KeyModifiers::NONE),
            (b"", b'P', KeyCode::F(1), KeyModifiers::NONE),
            (b"99;5", b'u', KeyCode::Char('c'), KeyModifiers::CONTROL),
            (b"27;5;99", b'~', KeyCode::Char('c'), KeyModifiers::CONTROL),
            (b"57401", b'u', KeyCode::Char('2'), KeyModifiers::NONE),
        ];
        for (parameters, last, code, held) in cases {
            let key = csi(parameters, last);
            assert_eq!(
                key,
                Some(KeyEvent::new(code, held)),
                "{} {}",
                String::from_utf8_lossy(parameters),
                char::from(last)
            );
        }
        assert_eq!(csi(b"97;2", b'u').unwrap().code, KeyCode::Char('A'));
        assert_eq!(ss3(b'A').unwrap().code, KeyCode::Up);
        assert_eq!(ss3(b'q').unwrap().code, KeyCode::Char('1'));
        assert_eq!(linux_function(b'A').unwrap().code, KeyCode::F(1));
        assert_eq!(control(b'\n').code, KeyCode::Enter);
        assert_eq!(control(3).code, KeyCode::Char('c'));
        assert_eq!(control(0x1d).code, KeyCode::Char('5'));
    }

    #[test]
    fn what_is_no_key() {
        // A release; the cursor's place; a mouse report; device attributes.
        for (parameters, last) in [
            (&b"113;1:3"[..], b'u'),
            (b"12;40", b'R'),
            (b"1;1", b'R'),
            (b"<0;3;4", b'M'),
            (b"?62;22", b'c'),
            (b"57441", b'u'),
            (b"4294967296", b'u'),
            (b"99999999999999999999", b'~'),
        ] {
            assert_eq!(csi(parameters, last), None, "{}", char::from(last));
        }
    }
}
