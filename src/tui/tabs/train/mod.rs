//! Train: training runs, their charts, and the faces that they reconstruct.

pub(crate) mod action;
mod chart;
mod code_size_chart;
mod details;
mod field;
pub(crate) mod form;
mod form_view;
mod held_out_table;
pub(crate) mod keys;
mod layout;
mod log_view;
mod prompt;
mod prompt_update;
mod run_list;
mod run_rows;
mod scale;
mod settings_diff;
mod small_charts;
mod smoothing;
mod state;
mod status;
mod update;
mod view;

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::layout::Rect;

use super::tab::Tab;
use crate::engine::{Request, RequestKind, ResponseBody};
use crate::runs::RunSummary;
use crate::training::TrainSpec;
use crate::tui::action::Action;
use crate::tui::areas::body_area;
use crate::tui::context::Context;
use crate::tui::keymap::{Keymap, shared};
use crate::tui::path_lookup::LookupResult;
use crate::tui::run_monitor::RunUpdate;
use crate::tui::starters::page;
use crate::tui::widgets::canvas::Canvas;

pub use field::Field;
pub(crate) use state::{Panel, TrainTab};

impl TrainTab {
    /// Whether there is nothing but the presets to begin with to show.
    pub(crate) fn is_empty(&self) -> bool {
        let is_open = self.form.is_some() || self.prompt.is_some() || self.log.is_some();
        self.runs.is_empty() && !is_open
    }

    /// The runs, once they are known.
    pub(crate) fn known_runs(&self) -> Option<&[RunSummary]> {
        self.runs_are_known.then_some(self.runs.as_slice())
    }

    /// Handles news of the runs.
    pub(crate) fn on_run_update(&mut self, context: &mut Context, update: RunUpdate) {
        update::on_run_update(self, context, update);
    }

    /// Asks the monitor to watch what is shown, if that has changed. `is_shown` is
    /// whether the tab is in view.
    pub(crate) fn sync_monitor(&mut self, context: &mut Context, is_shown: bool) {
        update::sync_monitor(self, context, is_shown);
    }

    /// Handles what was found at the path typed into the form.
    pub(crate) fn on_path_lookup(&mut self, result: LookupResult) {
        if let Some(form) = &mut self.form {
            form.on_path_lookup(result);
        }
    }
}

impl Tab for TrainTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        if let Some(prompt) = &self.prompt {
            return Some(if prompt.is_note() {
                keys::NOTE
            } else {
                shared::PATH
            });
        }
        if self.log.is_some() {
            return Some(keys::LOG);
        }
        match &self.form {
            Some(form) if form.input.is_open() => Some(shared::TEXT),
            Some(form) if form.path.is_open() => Some(shared::PATH),
            Some(_) => Some(keys::FORM),
            None => self
                .confirming_removal
                .is_some()
                .then_some(keys::CONFIRM_REMOVAL),
        }
    }

    /// Runs are other processes; their comparison with PCA is the engine's, and so are the faces
    /// that new ones would see.
    fn requests(&self, context: &Context) -> Vec<Request> {
        if self.is_empty() && self.runs_are_known && page::fits(body_area(context.size)) {
            return first_faces(page::specs());
        }
        if let Some(form) = &self.form {
            let dataset = context.dataset();
            let is_open = dataset.is_some_and(|dataset| form.value(Field::Data) == dataset.id);
            let fits = is_open && form_view::has_faces(body_area(context.size));
            let spec = form.spec().ok().filter(|_| fits);
            return spec.map_or(Vec::new(), |spec| first_faces(vec![spec]));
        }
        match self.selected_run() {
            Some(run) if self.panel == Panel::CodeSize => vec![Request::CodeSizeCurve {
                run: run.id.clone(),
                stamp: finished_runs_stamp(&self.runs),
            }],
            _ => Vec::new(),
        }
    }

    fn does_something(&self, _context: &Context, action: Action) -> bool {
        match action {
            Action::Train(action) => update::does_something(self, action),
            _ => true,
        }
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, _context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        match body {
            ResponseBody::CodeSizeCurve(curve) => self.code_curve = Some(curve),
            ResponseBody::FirstFaces(first) => self.first_faces = first,
            _ => {}
        }
    }

    /// Runs are the same with any data set; what new ones would see is not.
    fn on_dataset_opened(&mut self, _context: &mut Context) {
        self.first_faces.clear();
    }

    fn status(&self, _context: &Context) -> String {
        status::status_line(self)
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        view::render(self, context, canvas, area);
    }
}

/// Asks what runs would train on.
fn first_faces(specs: Vec<TrainSpec>) -> Vec<Request> {
    let count = page::FACES;
    vec![Request::FirstFaces { specs, count }]
}

/// A number that changes when a run ends or a finished one is removed, so that
/// runs are compared anew.
fn finished_runs_stamp(runs: &[RunSummary]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for run in runs.iter().filter(|run| !run.state.is_live()) {
        run.id.hash(&mut hasher);
    }
    hasher.finish()
}
