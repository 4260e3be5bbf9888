//! Unicode placeholders of kitty's graphics protocol.

/// The character that shows a part of a picture. Its foreground colour is the
/// picture's id.
pub(crate) const PLACEHOLDER: char = '\u{10eeee}';
