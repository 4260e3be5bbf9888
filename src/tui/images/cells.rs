//! A cell of a picture that is drawn as characters.

use ratatui::style::Color;

/// A character in two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockCell {
    /// Its character.
    pub symbol: char,
    /// The character's colour.
    pub fg: Color,
    /// The colour behind it.
    pub bg: Color,
}
