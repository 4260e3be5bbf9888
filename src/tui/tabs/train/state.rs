//! What Train knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::form::Form;
use crate::runs::RunSummary;
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::runs::follow::MetricKind;
use crate::tui::run_monitor::{Curves, PreviewStrip, Watched};

/// Weights of the moving average, from none on.
pub(super) const SMOOTHING_WEIGHTS: [f32; 4] = [0.0, 0.6, 0.9, 0.97];

/// What is beside the list of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// A quantity against steps.
    #[default]
    Chart,
    /// What the compared runs were asked to do differently.
    SettingsDiff,
    /// Held-out error against code size.
    CodeSize,
}

/// What Train knows.
#[derive(Debug, Default)]
pub struct TrainTab {
    /// All runs, newest first.
    pub runs: Vec<RunSummary>,
    /// The run under the cursor, by id: it stays when others come.
    pub selected: Option<String>,
    /// Curves by id.
    pub curves: BTreeMap<String, Curves>,
    /// The chosen run's pictures, with its id.
    pub preview: Option<(String, PreviewStrip)>,
    /// Runs in the comparison, by id.
    pub compared: BTreeSet<String>,
    /// Whether the axis of values is logarithmic.
    pub logarithmic: bool,
    /// Whether the axis of steps is.
    pub logarithmic_steps: bool,
    /// What the chart shows.
    pub quantity: MetricKind,
    /// Whether the strip is of the faces rebuilt worst.
    pub show_worst: bool,
    /// What is beside the list.
    pub panel: Panel,
    /// Held-out error against code size, as it was answered last.
    pub code_curve: Option<Arc<CodeSizeCurve>>,
    /// Which of the smoothings.
    pub smoothing: usize,
    /// The step under the chart's cursor.
    pub cursor: Option<u64>,
    /// The steps shown; all of them when `None`.
    pub zoom: Option<(u64, u64)>,
    /// The form, while it is open.
    pub form: Option<Form>,
    /// The run whose removal waits for a confirmation.
    pub confirming_removal: Option<String>,
    /// What the watcher was told last.
    pub(super) watched: Watched,
}

impl TrainTab {
    /// The run under the cursor.
    pub fn selected_run(&self) -> Option<&RunSummary> {
        let chosen = self.selected.as_ref()?;
        self.runs.iter().find(|run| run.id == *chosen)
    }

    /// Puts a panel beside the list, or the steps where it is there already.
    pub(super) fn toggle_panel(&mut self, panel: Panel) {
        self.panel = if self.panel == panel {
            Panel::Chart
        } else {
            panel
        };
    }

    /// Its place in the list.
    pub(super) fn selected_index(&self) -> usize {
        let is_chosen = |run: &RunSummary| Some(&run.id) == self.selected.as_ref();
        self.runs.iter().position(is_chosen).unwrap_or(0)
    }

    /// The chosen run and those compared with it, as far as they are known.
    pub(super) fn charted_runs(&self) -> Vec<(&RunSummary, &Curves)> {
        let wanted = |run: &&RunSummary| {
            Some(&run.id) == self.selected.as_ref() || self.compared.contains(&run.id)
        };
        let runs = self.runs.iter().filter(wanted);
        runs.filter_map(|run| Some((run, self.curves.get(&run.id)?)))
            .collect()
    }

    /// The moving average's weight.
    pub fn smoothing_weight(&self) -> f32 {
        SMOOTHING_WEIGHTS[self.smoothing % SMOOTHING_WEIGHTS.len()]
    }

    /// First and last step of the chosen run's chart, zoomed or not.
    pub fn steps(&self) -> Option<(u64, u64)> {
        let (low, high) = self.all_steps()?;
        match self.zoom {
            Some((from, to)) if from < high && to > low => Some((from.max(low), to.min(high))),
            _ => Some((low, high)),
        }
    }

    pub(super) fn all_steps(&self) -> Option<(u64, u64)> {
        let curves = self.curves.get(self.selected.as_ref()?)?;
        let first = curves.loss().first()?.first;
        let last = curves.loss().last()?.last;
        // A chart is wider than one step, also where that is the last there can be.
        Some(match (first, last) {
            (u64::MAX, _) => (first - 1, first),
            _ => (first, last.max(first + 1)),
        })
    }
}
