//! The protocol files that LFW comes with, for the sample: people, the split
//! by person for development, and pairs to verify.

use std::fmt::Write;

use super::cast::CAST;
use super::identity::SEED;
use super::numeric::Dice;
use super::shot::PICTURES_EACH;

/// Folds of `people.txt` and `pairs.txt`, as in LFW.
const FOLDS: usize = 10;
/// Matched pairs in each fold, and as many mismatched ones.
const PAIRS: usize = 20;

/// Whether a person belongs to `peopleDevTest`: three of ten, in every part of the cast.
pub(super) fn is_test(person: usize) -> bool {
    person % 10 == 2 || person % 10 == 5 || person % 10 == 9
}

/// Every protocol file: its name and its text.
pub(super) fn files() -> Vec<(&'static str, String)> {
    let everybody: Vec<usize> = (0..CAST.len()).collect();
    let (test, training): (Vec<usize>, Vec<usize>) =
        everybody.iter().partition(|&&person| is_test(person));
    let folds: Vec<Vec<usize>> = (0..FOLDS)
        .map(|fold| {
            everybody
                .iter()
                .copied()
                .filter(|person| person % FOLDS == fold)
                .collect()
        })
        .collect();

    let mut people = format!("{FOLDS}\n");
    let mut pairs = format!("{FOLDS}\t{PAIRS}\n");
    for (index, fold) in folds.iter().enumerate() {
        people.push_str(&listed(fold));
        pairs.push_str(&paired(fold, index as u64));
    }
    let mut names = String::new();
    for role in CAST {
        let _ = writeln!(names, "{}\t{PICTURES_EACH}", role.name);
    }
    let counted = |part: &[usize], item| format!("{PAIRS}\n{}", paired(part, item));
    vec![
        ("people.txt", people),
        ("peopleDevTrain.txt", listed(&training)),
        ("peopleDevTest.txt", listed(&test)),
        ("pairs.txt", pairs),
        ("pairsDevTrain.txt", counted(&training, 100)),
        ("pairsDevTest.txt", counted(&test, 101)),
        ("lfw-names.txt", names),
    ]
}

/// A count, then a name and its number of pictures a line.
fn listed(people: &[usize]) -> String {
    let mut text = format!("{}\n", people.len());
    for &person in people {
        let _ = writeln!(text, "{}\t{PICTURES_EACH}", CAST[person].name);
    }
    text
}

/// Matched pairs, then as many mismatched ones, of the given people.
fn paired(people: &[usize], item: u64) -> String {
    let mut dice = Dice::new(SEED, 400, item);
    let mut number = || dice.bits() as usize;
    let mut text = String::new();
    for pair in 0..PAIRS {
        let person = people[pair % people.len()];
        let first = number() % PICTURES_EACH;
        let second = (first + 1 + number() % (PICTURES_EACH - 1)) % PICTURES_EACH;
        let (low, high) = (first.min(second) + 1, first.max(second) + 1);
        let _ = writeln!(text, "{}\t{low}\t{high}", CAST[person].name);
    }
    for pair in 0..PAIRS {
        let here = pair % people.len();
        let there = (here + 1 + number() % (people.len() - 1)) % people.len();
        let (a, b) = (CAST[people[here]].name, CAST[people[there]].name);
        let (first, second) = (number() % PICTURES_EACH + 1, number() % PICTURES_EACH + 1);
        let _ = writeln!(text, "{a}\t{first}\t{b}\t{second}");
    }
    text
}
