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
            .unwrap_or_else(|| (draw_among(dataset, |_| true), PairSource::Drawn(SEED), 0));
        Ok(Self {
            development: files::development(dataset, &mut notes)?,
            folds,
            source,
            unusable,
            notes,
        })
    }

    /// The pairs of which both pictures are kept, with the rows that `row_of` gives them. Where
    /// some are lost, others are drawn from the people that are kept, all of whose pictures are: of
    /// a list with as many pairs of strangers as of one person, mostly the latter would be left.
    pub(crate) fn among(&self, dataset: &Dataset, row_of: impl Fn(usize) -> Option<usize>) -> Self {
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
        let kept = Self {
            development: self.development.as_ref().map(|pairs| DevelopmentPairs {
                training: moved(&pairs.training),
                test: moved(&pairs.test),
            }),
            folds: self.folds.iter().map(|fold| moved(fold)).collect(),
            ..self.clone()
        };
        if kept.usable() == self.usable() {
            return kept;
        }
        let is_kept = |person: usize| {
            let pictures = &dataset.people[person].pictures;
            pictures.clone().any(|row| row_of(row).is_some())
        };
        let drawn = draw_among(dataset, is_kept);
        Self {
            development: None,
            folds: drawn.iter().map(|fold| moved(fold)).collect(),
            source: PairSource::Drawn(SEED),
            unusable: 0,
            notes: kept.notes,
        }
    }

    /// Pairs in all folds.
    pub(crate) fn usable(&self) -> usize {
        self.folds.iter().map(Vec::len).sum()
    }
}

/// Folds drawn from the people that `is_wanted`.
fn draw_among(dataset: &Dataset, is_wanted: impl Fn(usize) -> bool) -> Vec<Vec<RowPair>> {
    let people = dataset.people.iter().enumerate();
    let wanted = people.filter(|(person, _)| is_wanted(*person));
    let pictures: Vec<_> = wanted.map(|(_, person)| person.pictures.clone()).collect();
    draw::folds(&pictures, SEED)
}
