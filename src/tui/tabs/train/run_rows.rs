//! Which runs the list shows, and in which order.

use crate::runs::RunSummary;
use crate::runs::query::{Filter, Order};

/// The rows of the list.
#[derive(Debug, Default)]
pub(crate) struct RunRows {
    /// What a run must be to be shown.
    pub(super) filter: Filter,
    /// The same, as it was typed.
    pub(super) filter_text: String,
    /// What the rows are sorted by.
    pub(super) order: Order,
    /// The runs shown, as indices into all runs.
    shown: Vec<usize>,
    /// The first row in view.
    pub(super) top: usize,
}

impl RunRows {
    /// Filters and sorts all runs anew.
    pub(super) fn refresh(&mut self, runs: &[RunSummary]) {
        self.shown = (0..runs.len())
            .filter(|index| self.filter.accepts(&runs[*index]))
            .collect();
        self.order.sort(&mut self.shown, runs);
    }

    /// How many runs are shown.
    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    /// The run of a row.
    pub(super) fn get<'a>(&self, runs: &'a [RunSummary], row: usize) -> Option<&'a RunSummary> {
        runs.get(*self.shown.get(row)?)
    }

    /// The runs of `rows` rows from the first one in view.
    pub(super) fn in_view<'a>(
        &self,
        runs: &'a [RunSummary],
        rows: usize,
    ) -> impl Iterator<Item = &'a RunSummary> {
        let shown = self.shown.iter().skip(self.top).take(rows);
        let shown: Vec<usize> = shown.copied().collect();
        shown.into_iter().filter_map(|index| runs.get(index))
    }

    /// The row of a run.
    pub(super) fn row_of(&self, runs: &[RunSummary], id: &str) -> Option<usize> {
        let is_it = |index: &usize| runs.get(*index).is_some_and(|run| run.id == id);
        self.shown.iter().position(is_it)
    }

    /// Scrolls as little as shows `row`, where `rows` fit.
    pub(super) fn scroll_to(&mut self, row: usize, rows: usize) {
        let rows = rows.max(1);
        let last_top = self.shown.len().saturating_sub(rows);
        let lowest = (row + 1).saturating_sub(rows);
        self.top = self.top.clamp(lowest, row.max(lowest)).min(last_top);
    }
}
