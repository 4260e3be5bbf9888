//! Pairs drawn from a data set, after the manner of LFW's View 2: folds of different people, with
//! as many pairs of one person as of strangers.

use std::collections::HashSet;
use std::ops::Range;

use rand::RngExt;
use rand::seq::SliceRandom;

use super::pair::RowPair;
use crate::rng::{Purpose, generator};

/// Folds, where there are people enough.
const FOLDS: usize = 10;

/// Pairs of each kind in a fold, at most.
const MOST_OF_A_KIND: usize = 300;

/// Draws in vain, for each pair that is wanted, before the rest is given up.
const PATIENCE: usize = 20;

/// Folds of pairs of people, given by the rows of their pictures; the same seed gives the same
/// ones. Each fold has at least one pair of each kind. None if there are not two folds of people
/// enough.
pub(super) fn folds(people: &[Range<usize>], seed: u64) -> Vec<Vec<RowPair>> {
    let mut random = generator(seed, Purpose::Pairs, 0, 0);
    let (mut several, mut single): (Vec<_>, Vec<_>) = people
        .iter()
        .filter(|pictures| !pictures.is_empty())
        .cloned()
        .partition(|pictures| pictures.len() > 1);
    several.shuffle(&mut random);
    single.shuffle(&mut random);
    let people = several.len() + single.len();
    // Each needs a person with two pictures, and another one.
    let count = FOLDS.min(several.len()).min(people / 2);
    if count < 2 {
        return Vec::new();
    }
    (0..count)
        .map(|fold| {
            let share = |people: &[Range<usize>], first: usize| {
                let own = people.iter().skip(first).step_by(count);
                own.cloned().collect::<Vec<_>>()
            };
            let own = share(&several, fold);
            // The people with one picture go on where the others ended.
            let first = (fold + count - several.len() % count) % count;
            let people = [own.clone(), share(&single, first)].concat();
            draw_fold(&own, &people, seed, fold)
        })
        .filter(|fold| !fold.is_empty())
        .collect()
}

/// One fold: `several` are its people with two pictures or more, `people` all of them.
fn draw_fold(
    several: &[Range<usize>],
    people: &[Range<usize>],
    seed: u64,
    fold: usize,
) -> Vec<RowPair> {
    let mut random = generator(seed, Purpose::Pairs, 1, fold as u64);
    let mut drawn = HashSet::new();
    let mut same = Vec::new();
    // One pair a person in turn, so that people with many pictures do not crowd the others out.
    for at in 0..PATIENCE * MOST_OF_A_KIND {
        if same.len() == MOST_OF_A_KIND {
            break;
        }
        let pictures = several[at % several.len()].clone();
        let first = random.random_range(pictures.clone());
        let second = random.random_range(pictures);
        if first != second && drawn.insert((first.min(second), first.max(second))) {
            same.push(pair(first, second, true));
        }
    }
    let mut strangers = Vec::new();
    for _ in 0..PATIENCE * MOST_OF_A_KIND {
        if strangers.len() == same.len() || people.len() < 2 {
            break;
        }
        let one = random.random_range(0..people.len());
        let other = random.random_range(0..people.len());
        if one == other {
            continue;
        }
        let first = random.random_range(people[one].clone());
        let second = random.random_range(people[other].clone());
        if drawn.insert((first.min(second), first.max(second))) {
            strangers.push(pair(first, second, false));
        }
    }
    same.truncate(strangers.len());
    [same, strangers].concat()
}

fn pair(first: usize, second: usize, same: bool) -> RowPair {
    RowPair {
        first: first.min(second),
        second: first.max(second),
        same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `several` people with three pictures, then `single` with one.
    fn people(several: usize, single: usize) -> Vec<Range<usize>> {
        let first = (0..several).map(|at| 3 * at..3 * at + 3);
        let others = (0..single).map(|at| 3 * several + at..3 * several + at + 1);
        first.chain(others).collect()
    }

    #[test]
    fn folds_are_balanced_and_share_no_person() {
        let people = people(25, 40);
        let drawn = folds(&people, 7);
        assert_eq!(drawn.len(), 10);
        let owner = |row: usize| people.iter().position(|own| own.contains(&row)).unwrap();
        let mut seen: HashSet<usize> = HashSet::new();
        for fold in &drawn {
            let same = fold.iter().filter(|pair| pair.same).count();
            assert!(same > 0 && 2 * same == fold.len(), "{fold:?}");
            let mut own = HashSet::new();
            let mut pairs = HashSet::new();
            for pair in fold {
                assert_eq!(owner(pair.first) == owner(pair.second), pair.same);
                assert!(pair.first < pair.second && pairs.insert((pair.first, pair.second)));
                own.extend([owner(pair.first), owner(pair.second)]);
            }
            assert!(own.is_disjoint(&seen));
            seen.extend(own);
        }
        assert_eq!(drawn, folds(&people, 7));
        assert_ne!(drawn, folds(&people, 8));
    }

    #[test]
    fn few_people_make_few_folds_or_none() {
        assert_eq!(folds(&people(2, 2), 0).len(), 2);
        assert_eq!(folds(&people(4, 0), 0).len(), 2);
        for (several, single) in [(0, 9), (1, 9), (2, 0), (2, 1), (0, 0)] {
            assert!(
                folds(&people(several, single), 0).is_empty(),
                "{several} {single}"
            );
        }
    }
}
