//! The pairs of pictures on which face verification is judged: those of LFW's protocol files, or,
//! where a data set has none, pairs drawn from it.

mod draw;
mod files;
mod pair;

use crate::dataset::catalog::Dataset;
use crate::error::Result;

pub(crate) use pair::{DevelopmentPairs, PairSource, RowPair};

/// All pairs that a data set is judged on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerificationPairs {
    /// View 1, where the data set has both of its files.
    pub development: Option<DevelopmentPairs>,
    /// View 2: two folds or more, none empty; none where no pair can be had.
    pub folds: Vec<Vec<RowPair>>,
    /// Where the folds come from.
    pub source: PairSource,
    /// Rows of the folds' file that name no two pictures of the data set.
    pub unusable: usize,
    /// What the user should know about the files.
    pub notes: Vec<String>,
}

/// The seed of pairs that are drawn.
const SEED: u64 = 0;

impl VerificationPairs {
    /// The pairs of the data set's protocol files: `pairs` for View 2, else `pairsDevTrain` in two
    /// halves, else pairs drawn by seed; and View 1.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub(crate) fn of(dataset: &Dataset) -> Result<Self> {
        let mut notes = Vec::new();
        let (folds, source, unusable) = files::folds(dataset, &mut notes)?
            .unwrap_or_else(|| (draw::folds(dataset, SEED), PairSource::Drawn(SEED), 0));
        Ok(Self {
            development: files::development(dataset, &mut notes)?,
            folds,
            source,
            unusable,
            notes,
        })
    }

    /// The pairs of which both pictures are kept, with the rows that `row_of` gives them. Folds
    /// that become empty are left out.
    pub(crate) fn among(&self, row_of: impl Fn(usize) -> Option<usize>) -> Self {
        let moved = |pairs: &[RowPair]| -> Vec<RowPair> {
            let both = |pair: &RowPair| {
                Some(RowPair {
                    first: row_of(pair.first)?,
                    second: row_of(pair.second)?,
                    same: pair.same,
                })
            };
            pairs.iter().filter_map(both).collect()
        };
        let development = self.development.as_ref().map(|pairs| DevelopmentPairs {
            training: moved(&pairs.training),
            test: moved(&pairs.test),
        });
        Self {
            development,
            folds: self
                .folds
                .iter()
                .map(|fold| moved(fold))
                .filter(|fold| !fold.is_empty())
                .collect(),
            source: self.source.clone(),
            unusable: self.unusable,
            notes: self.notes.clone(),
        }
    }

    /// Pairs in all folds.
    pub(crate) fn usable(&self) -> usize {
        self.folds.iter().map(Vec::len).sum()
    }
}
