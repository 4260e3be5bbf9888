//! Pairs of pictures, and where they come from.

/// Two different pictures of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowPair {
    /// The first picture's row.
    pub first: usize,
    /// The second picture's row.
    pub second: usize,
    /// Whether both show the same person.
    pub same: bool,
}

/// Where the folds of pairs come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PairSource {
    /// LFW's View 2, or another file with folds of its own.
    Folds(String),
    /// A file of one list, of which the first and the second half of each kind are the folds.
    Halves(String),
    /// Drawn from the data set with this seed.
    Drawn(u64),
}

impl std::fmt::Display for PairSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folds(file) => write!(f, "{file}"),
            Self::Halves(file) => write!(f, "{file} in two halves"),
            Self::Drawn(seed) => write!(f, "drawn by seed {seed}"),
        }
    }
}

/// LFW's View 1: one list of pairs to choose a threshold with, and another to judge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DevelopmentPairs {
    /// To choose the threshold: `pairsDevTrain`.
    pub training: Vec<RowPair>,
    /// To judge: `pairsDevTest`.
    pub test: Vec<RowPair>,
}

/// Takes the first half of the pairs of the same person and of strangers for one fold, and the
/// others for a second one.
pub(super) fn halves(pairs: &[RowPair]) -> Vec<Vec<RowPair>> {
    let (same, strangers): (Vec<RowPair>, Vec<RowPair>) = pairs.iter().partition(|pair| pair.same);
    let (a, b) = same.split_at(same.len() / 2);
    let (c, d) = strangers.split_at(strangers.len() / 2);
    vec![[a, c].concat(), [b, d].concat()]
}
