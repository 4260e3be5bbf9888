//! Which pictures a search may find: a line of words, of which all must hold.

use crate::dataset::Dataset;

/// A filter of pictures. The empty one lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    clauses: Vec<Clause>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Clause {}

impl Filter {
    /// Whether all pictures pass.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether each picture passes.
    pub(crate) fn mask(&self, dataset: &Dataset) -> Vec<bool> {
        vec![true; dataset.pictures.len()]
    }
}
