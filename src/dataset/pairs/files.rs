//! Pairs from protocol files, as rows of a data set.

use super::pair::{DevelopmentPairs, PairSource, RowPair, halves};
use crate::dataset::annotations::{PictureRows, join_keys, picture_rows, read_text};
use crate::dataset::catalog::Dataset;
use crate::dataset::normalize::join_key;
use crate::dataset::protocol::{NameAndNumber, Pair, parse_pairs};
use crate::error::Result;
use crate::number_format::count;

/// Files of View 2, in the order in which they are tried.
const VIEW_2: [&[&str]; 2] = [&["pairs.txt"], &["pairs.csv"]];

/// Files of View 1's training pairs.
const TRAINING: [&[&str]; 3] = [
    &["pairsDevTrain.txt"],
    &["pairsDevTrain.csv"],
    &["matchpairsDevTrain.csv", "mismatchpairsDevTrain.csv"],
];

/// Files of View 1's test pairs.
const TEST: [&[&str]; 3] = [
    &["pairsDevTest.txt"],
    &["pairsDevTest.csv"],
    &["matchpairsDevTest.csv", "mismatchpairsDevTest.csv"],
];

/// The folds of View 2, their source, and how many rows of the file cannot be used.
type FoldsOfFile = (Vec<Vec<RowPair>>, PairSource, usize);

/// The usable pairs of one file, or of two that belong together.
struct ReadPairs {
    name: String,
    folds: Vec<Vec<RowPair>>,
    unusable: usize,
}

/// The folds of View 2; `None` if no file has enough pairs of this data set.
///
/// # Errors
/// When a file is there and cannot be read.
pub(super) fn folds(dataset: &Dataset, notes: &mut Vec<String>) -> Result<Option<FoldsOfFile>> {
    if let Some(read) = first_usable(dataset, &VIEW_2, notes)? {
        let (folds, source) = match read.folds.len() {
            0 | 1 => (
                halves(&read.folds.concat()),
                PairSource::Halves(read.name.clone()),
            ),
            _ => (read.folds, PairSource::Folds(read.name)),
        };
        if folds.iter().all(|fold| !fold.is_empty()) {
            return Ok(Some((folds, source, read.unusable)));
        }
    }
    if let Some(read) = first_usable(dataset, &TRAINING, notes)? {
        let folds = halves(&read.folds.concat());
        if folds.iter().all(|fold| !fold.is_empty()) {
            return Ok(Some((folds, PairSource::Halves(read.name), read.unusable)));
        }
    }
    Ok(None)
}

/// View 1, if both of its lists have pairs of this data set.
///
/// # Errors
/// When a file is there and cannot be read.
pub(super) fn development(
    dataset: &Dataset,
    notes: &mut Vec<String>,
) -> Result<Option<DevelopmentPairs>> {
    let training = first_usable(dataset, &TRAINING, notes)?;
    let test = first_usable(dataset, &TEST, notes)?;
    Ok(training.zip(test).map(|(training, test)| DevelopmentPairs {
        training: training.folds.concat(),
        test: test.folds.concat(),
    }))
}

/// The first of the files that has pairs of this data set. A file that has none is noted once.
fn first_usable(
    dataset: &Dataset,
    candidates: &[&[&str]],
    notes: &mut Vec<String>,
) -> Result<Option<ReadPairs>> {
    let folders = join_keys(dataset);
    let rows = picture_rows(dataset, &folders);
    for names in candidates {
        let mut read = ReadPairs {
            name: names.join(" and "),
            folds: Vec::new(),
            unusable: 0,
        };
        let mut found = false;
        for name in *names {
            let Some(text) = read_text(&dataset.folder(), name)? else {
                continue;
            };
            found = true;
            match parse_pairs(name, &text) {
                Ok(parsed) => {
                    let folds = match parsed.folds.as_slice() {
                        [only] => split_into_folds(only),
                        _ => parsed.folds,
                    };
                    read.unusable += parsed.unusable.len();
                    read.add(&folds, &rows);
                }
                Err(error) => add_once(notes, error.to_string()),
            }
        }
        if !found {
            continue;
        }
        if !read.folds.is_empty() {
            return Ok(Some(read));
        }
        let name = &read.name;
        add_once(
            notes,
            match read.unusable {
                0 => format!("{name}: has no pairs, so it is not used"),
                unusable => format!(
                    "{name}: none of its {} pairs is of two pictures of {}; it belongs to another \
                     data set, so it is not used",
                    count(unusable as u64),
                    dataset.title
                ),
            },
        );
    }
    Ok(None)
}

fn add_once(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

impl ReadPairs {
    /// Adds the pairs whose pictures both exist and differ, and counts the others.
    fn add(&mut self, folds: &[Vec<Pair>], rows: &PictureRows) {
        let row_of = |(person, number): &NameAndNumber| {
            let key = join_key(person);
            rows.get(&(key.as_str(), *number)).copied()
        };
        for fold in folds {
            let pairs: Vec<RowPair> = fold
                .iter()
                .filter_map(|pair| {
                    let (first, second) = (row_of(&pair.first)?, row_of(&pair.second)?);
                    let same = is_matched(pair);
                    (first != second).then_some(RowPair {
                        first,
                        second,
                        same,
                    })
                })
                .collect();
            self.unusable += fold.len() - pairs.len();
            if !pairs.is_empty() {
                self.folds.push(pairs);
            }
        }
    }
}

/// A list without counts, as Kaggle's, has its folds one after the other, each with the pairs of
/// one person first: a new one begins where such a pair follows one of strangers.
fn split_into_folds(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let mut folds: Vec<Vec<Pair>> = Vec::new();
    let mut after_strangers = true;
    for pair in pairs {
        match folds.last_mut() {
            Some(fold) if !(after_strangers && is_matched(pair)) => fold.push(pair.clone()),
            _ => folds.push(vec![pair.clone()]),
        }
        after_strangers = !is_matched(pair);
    }
    folds
}

fn is_matched(pair: &Pair) -> bool {
    join_key(&pair.first.0) == join_key(&pair.second.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<Pair> {
        parse_pairs("pairs.csv", text).unwrap().folds.concat()
    }

    #[test]
    fn lists_without_counts_fall_into_their_folds() {
        let list = pairs("A,1,2\nB,1,2\nA,1,B,1\nB,2,C,1\nC,1,2\nC,1,D,1\n");
        let folds = split_into_folds(&list);
        assert_eq!(folds.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
        assert_eq!(split_into_folds(&pairs("A,1,2\nB,1,2\n")).len(), 1);
        assert_eq!(split_into_folds(&pairs("A,1,B,2\nB,1,C,2\n")).len(), 1);
    }
}
