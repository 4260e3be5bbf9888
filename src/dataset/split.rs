//! Which pictures train a model and which judge it.

use serde::{Deserialize, Serialize};

/// How pictures are held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldOut {
    /// This share of the pictures, drawn at random.
    Pictures(f64),
    /// All pictures of this share of the people: nobody is in both parts.
    People(f64),
}

/// Both parts as sorted picture indices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// Pictures that train.
    pub training: Vec<usize>,
    /// Pictures that judge.
    pub held_out: Vec<usize>,
}
