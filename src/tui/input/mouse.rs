//! Events of the mouse, as terminals report them in SGR encoding (mode 1006):
//! `CSI < button ; column ; row M`, with `m` when a button is released.

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button was pressed.
    Press,
    /// The mouse was moved with the left button held.
    Drag,
    /// A button was released.
    Release,
    /// The wheel was turned away from the user.
    WheelUp,
    /// The wheel was turned towards the user.
    WheelDown,
}

/// An event of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MouseEvent {
    /// What it did.
    pub kind: MouseKind,
    /// The cell's column, from 0.
    pub column: u16,
    /// The cell's row, from 0.
    pub row: u16,
}

/// Held keys, which do not count: the terminal keeps Shift for itself.
const MODIFIERS: u32 = 4 + 8 + 16;

/// Set while the mouse moves.
const MOTION: u32 = 32;

/// The event of `CSI parameters last`; `None` if it is none, or of a button without a
/// meaning. Places beyond any screen are those at its edge.
pub(crate) fn from_csi(parameters: &[u8], last: u8) -> Option<MouseEvent> {
    let text = std::str::from_utf8(parameters.strip_prefix(b"<")?).ok()?;
    let mut numbers = text.split(';').map(|number| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse::<u32>().unwrap_or(u32::MAX))
    });
    let mut next = || numbers.next().flatten();
    let (button, column, row) = (next()?, next()?, next()?);
    if numbers.next().is_some() {
        return None;
    }
    let place = |number: u32| {
        number
            .checked_sub(1)
            .map(|place| place.min(u16::MAX.into()) as u16)
    };
    let kind = match (button & !MODIFIERS, last) {
        (0..3, b'm') => MouseKind::Release,
        (0, b'M') => MouseKind::Press,
        (MOTION, b'M') => MouseKind::Drag,
        (64, b'M') => MouseKind::WheelUp,
        (65, b'M') => MouseKind::WheelDown,
        _ => return None,
    };
    Some(MouseEvent {
        kind,
        column: place(column)?,
        row: place(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read() {
        use MouseKind::{Drag, Press, Release, WheelDown, WheelUp};
        for (parameters, last, kind, column, row) in [
            ("<0;1;1", b'M', Press, 0, 0),
            ("<0;120;40", b'm', Release, 119, 39),
            ("<32;5;6", b'M', Drag, 4, 5),
            ("<64;5;6", b'M', WheelUp, 4, 5),
            ("<65;5;6", b'M', WheelDown, 4, 5),
            // With Ctrl and Alt held.
            ("<24;5;6", b'M', Press, 4, 5),
            ("<81;5;6", b'M', WheelDown, 4, 5),
            (
                "<0;4294967295;99999999999999",
                b'M',
                Press,
                u16::MAX,
                u16::MAX,
            ),
        ] {
            let event = MouseEvent { kind, column, row };
            assert_eq!(
                from_csi(parameters.as_bytes(), last),
                Some(event),
                "{parameters}"
            );
        }
        for (parameters, last) in [
            ("0;1;1", b'M'),
            ("<", b'M'),
            ("<0;1", b'M'),
            ("<0;1;", b'M'),
            ("<0;1;1;1", b'M'),
            ("<0;0;1", b'M'),
            ("<0;1;0", b'M'),
            ("<-1;1;1", b'M'),
            ("<+1;1;1", b'M'),
            // The middle button, sideways wheels, more buttons, motion without one.
            ("<1;1;1", b'M'),
            ("<66;1;1", b'M'),
            ("<128;1;1", b'M'),
            ("<35;1;1", b'M'),
            ("<0;1;1", b'c'),
        ] {
            assert_eq!(from_csi(parameters.as_bytes(), last), None, "{parameters}");
        }
    }
}
