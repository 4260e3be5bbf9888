//! Splits a data set into pictures for training and held-out pictures.

use std::fmt;
use std::ops::Range;

use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::dataset::catalog::Dataset;
use crate::error::{Error, Result};
use crate::rng::{Purpose, generator};

/// How pictures are held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldOut {
    /// A random fraction of the pictures.
    Pictures(f64),
    /// All pictures of a random fraction of the people, so that no person is in both parts.
    People(f64),
}

impl fmt::Display for HeldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pictures(share) => write!(f, "{} % of the pictures", share * 100.0),
            Self::People(share) => write!(f, "{} % of the people", share * 100.0),
        }
    }
}

impl HeldOut {
    /// The fraction that is held out, of pictures or of people.
    pub(crate) fn share(&self) -> f64 {
        match *self {
            Self::Pictures(share) | Self::People(share) => share,
        }
    }

    /// Checks that the fraction is valid.
    ///
    /// # Errors
    /// When it is not from 0 to below 1.
    pub(crate) fn validate(&self) -> Result<()> {
        if (0.0..1.0).contains(&self.share()) {
            return Ok(());
        }
        Err(Error::invalid(
            format!("held-out share {}", self.share()),
            "write a number from 0 (nothing held out) to below 1, such as 0.1",
        ))
    }

    /// Checks that the data set has enough pictures and people for the split.
    ///
    /// # Errors
    /// When there is only one picture or person to hold out.
    pub(crate) fn check(&self, dataset: &Dataset) -> Result<()> {
        let share = self.share();
        if share <= 0.0 {
            return Ok(());
        }
        let problem = match self {
            _ if dataset.pictures.len() < 2 => {
                "the data set has one picture, which cannot be both held out and trained on; \
                 --held-out 0 trains on it"
            }
            Self::People(_) if dataset.people.len() < 2 => {
                "the data set has one person, who cannot be both held out and trained on; hold \
                 out some of the pictures with --held-out"
            }
            _ => return Ok(()),
        };
        let option = match self {
            Self::Pictures(_) => "--held-out",
            Self::People(_) => "--held-out-people",
        };
        Err(Error::invalid(format!("{option} {share}"), problem))
    }

    /// Splits a data set; the same seed gives the same split.
    ///
    /// # Errors
    /// When the fraction is not from 0 to below 1.
    pub(crate) fn split(&self, dataset: &Dataset, seed: u64) -> Result<Split> {
        self.validate()?;
        Ok(match *self {
            Self::Pictures(share) => Split::random(dataset.pictures.len(), share, seed),
            Self::People(share) => Split::by_person(dataset, share, seed),
        })
    }
}

/// Both parts as sorted picture indices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// Pictures to train on.
    pub training: Vec<usize>,
    /// Pictures to evaluate on.
    pub held_out: Vec<usize>,
}

impl Split {
    /// Holds out a fraction of `pictures` pictures, rounded; at least one if the fraction is above
    /// 0, and never all.
    pub(crate) fn random(pictures: usize, share: f64, seed: u64) -> Self {
        let each: Vec<_> = (0..pictures).map(|picture| picture..picture + 1).collect();
        Self::of_groups(&each, share, &mut generator(seed, Purpose::Split, 0, 0))
    }

    /// Holds out all pictures of a fraction of the people, rounded; at least one person if the
    /// fraction is above 0, and never all.
    pub(crate) fn by_person(dataset: &Dataset, share: f64, seed: u64) -> Self {
        let people: Vec<_> = dataset
            .people
            .iter()
            .map(|person| person.pictures.clone())
            .filter(|pictures| !pictures.is_empty())
            .collect();
        Self::of_groups(&people, share, &mut generator(seed, Purpose::Split, 1, 0))
    }

    /// Holds out whole groups of pictures.
    fn of_groups(groups: &[Range<usize>], share: f64, rng: &mut impl Rng) -> Self {
        let most = groups.len().saturating_sub(1);
        let least = usize::from(share > 0.0).min(most);
        let count = ((groups.len() as f64 * share).round() as usize).clamp(least, most);
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.shuffle(rng);
        let gather = |chosen: &[usize]| {
            let mut pictures: Vec<usize> = chosen
                .iter()
                .flat_map(|&group| groups[group].clone())
                .collect();
            pictures.sort_unstable();
            pictures
        };
        Self {
            held_out: gather(&order[..count]),
            training: gather(&order[count..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rng(seed: u64) -> impl Rng {
        generator(seed, Purpose::Split, 1, 0)
    }

    #[test]
    fn parts_are_sorted_disjoint_and_complete() {
        let split = Split::random(1000, 0.1, 7);
        assert_eq!(split.held_out.len(), 100);
        assert!(split.held_out.is_sorted() && split.training.is_sorted());
        let mut all = [split.training.clone(), split.held_out.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
        // Drawn from everywhere, not a block.
        let middle = split.held_out.iter().filter(|&&p| p < 500).count();
        assert!((30..=70).contains(&middle), "{middle} in the first half");
    }

    #[test]
    fn a_seed_decides_the_split() {
        assert_eq!(Split::random(500, 0.2, 1), Split::random(500, 0.2, 1));
        assert_ne!(Split::random(500, 0.2, 1), Split::random(500, 0.2, 2));
    }

    #[test]
    fn training_is_never_empty_and_a_share_holds_out_something() {
        for (pictures, share, held_out) in [
            (0, 0.5, 0),
            (1, 0.9, 0),
            (2, 0.999, 1),
            (3, 0.01, 1),
            (10, 0.0, 0),
            (10, 0.999, 9),
        ] {
            let split = Split::random(pictures, share, 3);
            assert_eq!(split.held_out.len(), held_out, "{pictures} × {share}");
            assert_eq!(split.training.len(), pictures - held_out);
        }
    }

    #[test]
    fn a_person_is_wholly_in_one_part() {
        let people: Vec<Range<usize>> = (0..40).map(|p| p * 10..p * 10 + 10).collect();
        let split = Split::of_groups(&people, 0.2, &mut rng(5));
        assert_eq!(split.held_out.len(), 80);
        for person in people {
            let held = person
                .clone()
                .filter(|picture| split.held_out.binary_search(picture).is_ok());
            assert!([0, 10].contains(&held.count()));
        }
    }

    #[test]
    fn shares_outside_the_range_are_refused() {
        for share in [-0.1, 1.0, 7.0, f64::NAN, f64::INFINITY] {
            assert!(HeldOut::Pictures(share).validate().is_err(), "{share}");
            assert!(HeldOut::People(share).validate().is_err(), "{share}");
        }
        assert!(HeldOut::Pictures(0.0).validate().is_ok());
    }
}
