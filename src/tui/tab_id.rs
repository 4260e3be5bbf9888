//! Which tab.

use super::motion::Step;

/// The five tabs, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum TabId {
    /// People and their pictures.
    #[default]
    Browse,
    /// Training runs and their charts.
    Train,
    /// Noise on a face, and what each method makes of it.
    Denoise,
    /// The nearest neighbours of a face.
    Search,
    /// Faces generated from codes.
    Morph,
}

impl TabId {
    /// All tabs.
    pub const ALL: [Self; 5] = [
        Self::Browse,
        Self::Train,
        Self::Denoise,
        Self::Search,
        Self::Morph,
    ];

    /// Its name in the header.
    pub fn title(self) -> &'static str {
        match self {
            Self::Browse => "Browse",
            Self::Train => "Train",
            Self::Denoise => "Denoise",
            Self::Search => "Search",
            Self::Morph => "Morph",
        }
    }

    /// The neighbouring tab, around the end.
    pub(crate) fn step(self, step: Step) -> Self {
        Self::ALL[step.wrap(self as usize, Self::ALL.len())]
    }
}
