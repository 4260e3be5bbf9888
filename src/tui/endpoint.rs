//! The two ends of a morph.

/// An end of a morph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Where a morph begins.
    A,
    /// Where a morph ends.
    B,
}

impl Endpoint {
    /// Both, in order.
    pub(crate) const ALL: [Self; 2] = [Self::A, Self::B];

    /// The other end.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// `A` or `B`.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
        }
    }
}
