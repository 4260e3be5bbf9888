//! A walk from neighbour to neighbour until the person changes: each step makes the nearest
//! face that was not visited the query.

use std::collections::HashSet;

use crate::dataset::Dataset;
use crate::tui::text;

/// A walk under way.
#[derive(Debug)]
pub(super) struct Walk {
    /// The faces that were queries, by row.
    pub(super) visited: HashSet<usize>,
    /// Whose face it began at; of a picture file, the first face that was reached.
    pub(super) person: Option<usize>,
    pub(super) steps: usize,
}

impl Walk {
    /// `walking: 12 steps, still George W Bush`.
    pub(super) fn status(&self, dataset: &Dataset) -> String {
        let steps = text::pluralize(self.steps, "step");
        match self.person.and_then(|person| dataset.people.get(person)) {
            Some(person) => format!("walking: {steps}, still {}", person.name()),
            None => format!("walking: {steps}"),
        }
    }
}
