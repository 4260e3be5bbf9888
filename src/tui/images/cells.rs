//! A cell of a picture that is drawn as characters.

use ratatui::style::Color;

/// A character in two colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockCell {
    /// Its character.
    pub(super) symbol: char,
    /// The character's colour.
    pub(super) fg: Color,
    /// The colour behind it.
    pub(super) bg: Color,
}
