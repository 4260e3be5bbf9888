//! A query in code space: the mean code of some pictures, moved along directions.

use super::pictures::PictureRef;
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::Codes;

/// What neighbours are searched of.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The pictures whose codes are averaged; at least one.
    pub pictures: Vec<PictureRef>,
    /// What is added to their mean code.
    pub terms: Vec<Term>,
}

/// A direction and how far to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Where to.
    pub direction: Direction,
    /// How many times the direction's own length; below 0, the other way.
    pub amount: f32,
}

/// A direction in code space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the mean code of the faces without an attribute (a negative score) to that of
    /// the faces with it, by the attribute's index.
    Attribute(usize),
    /// From the mean code of all faces to that of one face, by its row.
    Face(usize),
}

impl Query {
    /// The faces of the data set among its pictures, by row.
    pub(crate) fn faces(&self) -> impl Iterator<Item = usize> {
        self.pictures.iter().filter_map(|picture| match picture {
            &PictureRef::Index(row) => Some(row),
            PictureRef::File(_) | PictureRef::Cropped(..) => None,
        })
    }
}

impl From<PictureRef> for Query {
    fn from(picture: PictureRef) -> Self {
        Self {
            pictures: vec![picture],
            terms: Vec::new(),
        }
    }
}

/// A direction among the codes of all faces of a data set, `[width]`.
///
/// # Errors
/// When no face is known to have the attribute, or none to lack it; when there is no such
/// face or attribute.
pub(crate) fn direction(
    dataset: &Dataset,
    codes: &Codes,
    direction: Direction,
) -> Result<Vec<f32>> {
    match direction {
        Direction::Face(row) if row < codes.rows => {
            let mean = mean(codes, |_| true).unwrap_or_else(|| vec![0.0; codes.width]);
            Ok(difference(codes.row(row), &mean))
        }
        Direction::Face(row) => Err(Error::not_found(
            format!("picture {row}"),
            format!("the data set has {}", codes.rows),
        )),
        Direction::Attribute(index) => {
            let Some(name) = dataset.attribute_names().get(index) else {
                return Err(Error::not_found(
                    format!("attribute {index}"),
                    "the data set came without it",
                ));
            };
            let score = |row: usize| Some(*dataset.attributes(row)?.get(index)?);
            let with = mean(codes, |row| score(row).is_some_and(|score| score > 0.0));
            let without = mean(codes, |row| score(row).is_some_and(|score| score < 0.0));
            match (with, without) {
                (Some(with), Some(without)) => Ok(difference(&with, &without)),
                (None, _) => Err(Error::invalid(name, "no picture is known to have it")),
                (_, None) => Err(Error::invalid(name, "no picture is known to lack it")),
            }
        }
    }
}

/// The mean of the finite codes of the chosen rows; `None` without any.
pub(super) fn mean(codes: &Codes, is_chosen: impl Fn(usize) -> bool) -> Option<Vec<f32>> {
    let mut sum = vec![0.0f64; codes.width];
    let mut count = 0u32;
    for (row, code) in codes.iter().enumerate() {
        if is_chosen(row) && code.iter().all(|value| value.is_finite()) {
            count += 1;
            for (sum, &value) in sum.iter_mut().zip(code) {
                *sum += f64::from(value);
            }
        }
    }
    let mean = sum.iter().map(|sum| (sum / f64::from(count)) as f32);
    (count > 0).then(|| mean.collect())
}

/// The mean of some codes of one width; empty without any.
pub(crate) fn mean_code(codes: &[Vec<f32>]) -> Vec<f32> {
    let [first, rest @ ..] = codes else {
        return Vec::new();
    };
    if rest.is_empty() {
        // One picture's code is kept to the last digit, so that its copies stay at 0.
        return first.clone();
    }
    let count = codes.len() as f32;
    (0..first.len())
        .map(|index| codes.iter().map(|code| code[index]).sum::<f32>() / count)
        .collect()
}

pub(super) fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Codes {
        Codes {
            rows: 4,
            width: 2,
            values: vec![1.0, 0.0, 3.0, 2.0, f32::NAN, 0.0, 2.0, 1.0].into(),
        }
    }

    #[test]
    fn means_skip_codes_that_are_not_finite() {
        assert_eq!(mean(&codes(), |_| true), Some(vec![2.0, 1.0]));
        assert_eq!(mean(&codes(), |row| row == 2), None);
        assert_eq!(mean_code(&[vec![1.0, 2.0], vec![3.0, 4.0]]), [2.0, 3.0]);
        assert_eq!(mean_code(&[vec![0.1, 0.2]]), [0.1, 0.2]);
        assert!(mean_code(&[]).is_empty());
    }
}
