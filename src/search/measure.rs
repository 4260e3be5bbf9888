//! How codes are compared.

use super::metric::Metric;

/// A way to compare codes. The default is whitened cosine: of the ways here it finds the
/// person of a face best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Measure {
    /// The distance.
    pub metric: Metric,
    /// Whiten the codes first, where that is possible.
    pub whiten: bool,
}

impl Default for Measure {
    fn default() -> Self {
        Self {
            metric: Metric::default(),
            whiten: true,
        }
    }
}

/// What was done to codes before they are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeForm {
    /// Nothing.
    Plain,
    /// They are whitened.
    Whitened,
    /// Nothing: the model makes white codes.
    White,
    /// Nothing: they cannot be whitened, for this reason.
    CannotWhiten(String),
}

impl CodeForm {
    /// In two or three words: `whitened codes`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plain => "plain codes",
            Self::Whitened => "whitened codes",
            Self::White => "white codes",
            Self::CannotWhiten(_) => "plain codes (cannot be whitened)",
        }
    }
}
