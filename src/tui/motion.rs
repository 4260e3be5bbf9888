//! Movements through lists, grids and scales.

/// A direction of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `h` and the left arrow.
    Left,
    /// `j` and the down arrow.
    Down,
    /// `k` and the up arrow.
    Up,
    /// `l` and the right arrow.
    Right,
}

/// One step through a list or along a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next item, or to the right.
    Next,
    /// To the previous item, or to the left.
    Previous,
}

impl Step {
    /// The neighbour of `index` among `count` items, around the end. 0 for an
    /// empty list.
    pub(crate) fn wrap(self, index: usize, count: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Self::Next if index >= last => 0,
            Self::Next => index + 1,
            Self::Previous => index.checked_sub(1).unwrap_or(last),
        }
    }
}
