//! Nearest neighbours among codes: exact ([`Brute`]) and approximate
//! ([`Lsh`]), under a [`Metric`], with or without [`Whitening`].

mod metric;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use metric::Metric;

/// One neighbour of a query.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The row of the code table: the picture's index in its data set.
    pub row: usize,
    /// Under the index's [`Metric`].
    pub distance: f32,
}

/// Which index answers a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexKind {
    /// Exact: every row is looked at.
    #[default]
    Brute,
    /// Locality-sensitive hashing: only rows in nearby buckets are.
    Lsh,
}

impl fmt::Display for IndexKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Brute => "brute",
            Self::Lsh => "lsh",
        })
    }
}

impl FromStr for IndexKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "brute" => Ok(Self::Brute),
            "lsh" => Ok(Self::Lsh),
            _ => Err(Error::invalid(
                format!("index {text:?}"),
                "is neither brute nor lsh",
            )),
        }
    }
}
