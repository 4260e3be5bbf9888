//! Directions in which a face is moved: an attribute, or what tells two sets of faces apart.

use serde::{Deserialize, Serialize};

use super::query::{self, Direction};
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::Codes;

/// Where a face is moved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heading {
    /// From the faces that lack an attribute to those that have it, by its name.
    Attribute(String),
    /// From one set of faces to another, by their rows.
    Sets {
        /// Where it leads; at least one face.
        to: Vec<usize>,
        /// Where it comes from; without any, all faces that are not in `to`.
        from: Vec<usize>,
    },
}

impl Heading {
    /// From the mean code of the ones to that of the others, `[width]`, not scaled.
    ///
    /// # Errors
    /// When there is no such attribute or face, or one of the sets is empty.
    pub(crate) fn direction(&self, dataset: &Dataset, codes: &Codes) -> Result<Vec<f32>> {
        match self {
            Self::Attribute(name) => {
                let mut names = dataset.attribute_names().iter();
                let index = names.position(|known| known == name).ok_or_else(|| {
                    Error::not_found(format!("attribute {name}"), "the data set came without it")
                })?;
                query::direction(dataset, codes, Direction::Attribute(index))
            }
            Self::Sets { to, from } => {
                let is_among = |rows: &[usize], row: usize| rows.contains(&row);
                let to_mean = query::mean(codes, |row| is_among(to, row));
                let from_mean = query::mean(codes, |row| {
                    if from.is_empty() {
                        !is_among(to, row)
                    } else {
                        is_among(from, row)
                    }
                });
                match (to_mean, from_mean) {
                    (Some(to), Some(from)) => Ok(query::difference(&to, &from)),
                    _ => Err(Error::invalid(
                        "direction",
                        "one of the two sets has no face of the data set",
                    )),
                }
            }
        }
    }
}
