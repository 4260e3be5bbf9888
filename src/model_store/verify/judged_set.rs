//! The pictures and pairs that encoders are judged on.

use serde::Serialize;

use crate::dataset::Dataset;
use crate::paths::Paths;
use crate::verification::JudgedPictures;

/// What all encoders are judged on.
pub(super) struct JudgedSet {
    /// Where caches are kept.
    pub paths: Paths,
    /// The data set.
    pub dataset: Dataset,
    /// The judged pictures' rows in it, ascending.
    pub rows: Vec<usize>,
    /// These pictures, and their pairs.
    pub judged: JudgedPictures,
    /// Both in figures and words.
    pub setup: Setup,
}

/// Which pictures and pairs encoders are judged on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Setup {
    /// The data set's title.
    pub data: String,
    /// Judged pictures.
    pub pictures: usize,
    /// People on them.
    pub people: usize,
    /// Whether only people count of whom no encoder has seen a picture.
    pub unseen_only: bool,
    /// Where the folds come from: `pairs.txt`, `pairsDevTrain.txt in two halves`, `drawn by seed 0`.
    pub protocol: String,
    /// Folds of pairs.
    pub folds: usize,
    /// Pairs in all folds.
    pub pairs: usize,
    /// Rows of the protocol file that name no two pictures of the data set.
    pub unusable_pairs: usize,
    /// What the user should know about the protocol files.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl Setup {
    pub(super) fn new(dataset: &Dataset, judged: &JudgedPictures, unseen_only: bool) -> Self {
        let pairs = &judged.pairs;
        Self {
            data: dataset.title.clone(),
            pictures: judged.person.len(),
            people: people_of(judged).len(),
            unseen_only,
            protocol: pairs.source.to_string(),
            folds: pairs.folds.len(),
            pairs: pairs.usable(),
            unusable_pairs: pairs.unusable,
            notes: pairs.notes.clone(),
        }
    }
}

/// The judged people, ascending.
pub(super) fn people_of(judged: &JudgedPictures) -> Vec<usize> {
    let mut people = judged.person.clone();
    people.sort_unstable();
    people.dedup();
    people
}
