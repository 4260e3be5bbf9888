//! What Train knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::form::Form;
use super::layout::TrainLayout;
use super::log_view::LogView;
use super::prompt::Prompt;
use super::run_rows::RunRows;
use crate::runs::RunSummary;
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::runs::follow::MetricKind;
use crate::training::FirstFaces;
use crate::tui::context::Context;
use crate::tui::run_monitor::{Curves, PreviewStrip, Watched};

/// Weights of the moving average to choose from; 0 is no smoothing.
pub(super) const SMOOTHING_WEIGHTS: [f32; 4] = [0.0, 0.6, 0.9, 0.97];

/// What is beside the list of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Panel {
    /// A metric against steps.
    #[default]
    Chart,
    /// Settings in which the compared runs differ.
    SettingsDiff,
    /// Held-out error against code size.
    CodeSize,
}

/// Train's state.
#[derive(Debug, Default)]
pub struct TrainTab {
    /// All runs, newest first.
    pub(crate) runs: Vec<RunSummary>,
    /// Whether the runs are known, even if there are none.
    pub(crate) runs_are_known: bool,
    /// Which of them the list shows.
    pub(crate) rows: RunRows,
    /// The run under the cursor, by id: it stays selected when others come.
    pub(crate) selected: Option<String>,
    /// Curves by id.
    pub(crate) curves: BTreeMap<String, Curves>,
    /// The selected run's pictures, with its id.
    pub(crate) preview: Option<(String, PreviewStrip)>,
    /// What the presets to begin with would train on.
    pub(crate) first_faces: Vec<FirstFaces>,
    /// Runs in the comparison, by id.
    pub(crate) compared: BTreeSet<String>,
    /// Whether the axis of values is logarithmic.
    pub(crate) logarithmic: bool,
    /// Whether the axis of steps is logarithmic.
    pub(crate) logarithmic_steps: bool,
    /// The metric that the chart shows.
    pub(crate) quantity: MetricKind,
    /// Whether the preview shows the faces with the largest errors.
    pub(crate) show_worst: bool,
    /// What is beside the list.
    pub(crate) panel: Panel,
    /// The latest held-out errors against code size.
    pub(crate) code_curve: Option<Arc<CodeSizeCurve>>,
    /// Which of [`SMOOTHING_WEIGHTS`].
    pub(crate) smoothing: usize,
    /// The step under the chart's cursor.
    pub(crate) cursor: Option<u64>,
    /// The steps shown; all of them when `None`.
    pub(crate) zoom: Option<(u64, u64)>,
    /// The form, while it is open.
    pub form: Option<Form>,
    /// The line that is being typed.
    pub(crate) prompt: Option<Prompt>,
    /// The worker's log, while it is open.
    pub(crate) log: Option<LogView>,
    /// The run whose removal waits for a confirmation.
    pub(crate) confirming_removal: Option<String>,
    /// What the monitor was asked to watch last.
    pub(super) watched: Watched,
}

impl TrainTab {
    /// The id of the run under the cursor.
    pub fn selected_id(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// The run under the cursor.
    pub(crate) fn selected_run(&self) -> Option<&RunSummary> {
        let selected = self.selected.as_ref()?;
        self.runs.iter().find(|run| run.id == *selected)
    }

    /// The curves of the run under the cursor.
    pub(super) fn selected_curves(&self) -> Option<&Curves> {
        self.curves.get(self.selected.as_ref()?)
    }

    /// Whether all that is shown of the selected run has arrived.
    pub(crate) fn is_complete(&self) -> bool {
        let Some(selected) = &self.selected else {
            return self.runs.is_empty();
        };
        let has_preview = matches!(&self.preview, Some((id, _)) if id == selected);
        let mut charted = self.compared.iter().chain([selected]);
        has_preview && charted.all(|id| self.curves.contains_key(id))
    }

    /// Selects a run, and shows all of its steps.
    pub(super) fn select_run(&mut self, id: String) {
        if self.selected.as_ref() != Some(&id) {
            self.selected = Some(id);
            self.cursor = None;
            self.zoom = None;
        }
    }

    /// Shows a panel, or the chart if that panel is shown already.
    pub(super) fn toggle_panel(&mut self, panel: Panel) {
        self.panel = if self.panel == panel {
            Panel::Chart
        } else {
            panel
        };
    }

    /// The row of the run under the cursor.
    pub(super) fn selected_row(&self) -> usize {
        let id = self.selected.as_deref().unwrap_or_default();
        self.rows.row_of(&self.runs, id).unwrap_or(0)
    }

    /// Filters and sorts the list anew. The selected run stays selected while it is shown; else
    /// the one that is in its row now takes its place.
    pub(super) fn refresh_rows(&mut self) {
        self.refresh_rows_at(self.selected_row());
    }

    /// The same, where the selected run was in that row.
    pub(super) fn refresh_rows_at(&mut self, row: usize) {
        self.rows.refresh(&self.runs);
        let id = self.selected.as_deref().unwrap_or_default();
        if self.rows.row_of(&self.runs, id).is_some() {
            return;
        }
        let row = row.min(self.rows.len().saturating_sub(1));
        match self.rows.get(&self.runs, row).map(|run| run.id.clone()) {
            Some(id) => self.select_run(id),
            None => self.selected = None,
        }
    }

    /// Whether any run has a note or tags, which take a line below the list.
    pub(super) fn shows_notes(&self) -> bool {
        let has_words = |run: &RunSummary| run.note.is_some() || !run.tags.is_empty();
        self.runs.iter().any(has_words)
    }

    /// Rows of the list that runs have.
    pub(super) fn list_rows(&self, context: &Context) -> usize {
        let others = 1 + u16::from(self.shows_notes());
        usize::from(self.layout(context).list.height.saturating_sub(others))
    }

    /// The selected run and those compared with it whose curves are known.
    pub(super) fn charted_runs(&self) -> Vec<(&RunSummary, &Curves)> {
        let wanted = |run: &&RunSummary| {
            Some(&run.id) == self.selected.as_ref() || self.compared.contains(&run.id)
        };
        let runs = self.runs.iter().filter(wanted);
        runs.filter_map(|run| Some((run, self.curves.get(&run.id)?)))
            .collect()
    }

    /// The weight of the moving average.
    pub(super) fn smoothing_weight(&self) -> f32 {
        SMOOTHING_WEIGHTS[self.smoothing % SMOOTHING_WEIGHTS.len()]
    }

    /// First and last step in the selected run's chart.
    pub(super) fn steps(&self) -> Option<(u64, u64)> {
        let (low, high) = self.all_steps()?;
        match self.zoom {
            Some((from, to)) if from < high && to > low => Some((from.max(low), to.min(high))),
            _ => Some((low, high)),
        }
    }

    /// First and last step of the selected run.
    pub(super) fn all_steps(&self) -> Option<(u64, u64)> {
        let curves = self.selected_curves()?;
        let first = curves.loss().first()?.first;
        let last = curves.loss().last()?.last;
        // A chart is wider than one step, even at the last step there can be.
        Some(match (first, last) {
            (u64::MAX, _) => (first - 1, first),
            _ => (first, last.max(first + 1)),
        })
    }
    /// Where its parts are.
    pub(super) fn layout(&self, context: &Context) -> TrainLayout {
        let strip = self.preview.as_ref().map(|(_, strip)| strip);
        let strips = strip.map_or(2, |strip| 2 + u16::from(strip.noisy.is_some()));
        let faces = strip.map_or(8, |strip| strip.faces);
        TrainLayout::new(context.size, context.capabilities.cell_size, faces, strips)
    }
}
