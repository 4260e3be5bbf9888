//! Search: the nearest neighbours of a face in the codes of one or several encoders,
//! and a walk from neighbour to neighbour.

pub(crate) mod action;
mod caption;
mod encoder_list;
mod encoders;
mod heading;
mod histogram;
pub(crate) mod keys;
mod layout;
mod names;
mod results;
mod selected_hit;
mod state;
mod status;
mod update;
mod view;
mod walk;

use ratatui::layout::Rect;

use super::evaluation;
use super::tab::Tab;
use crate::engine::{Request, RequestKind, ResponseBody, SearchParams};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::crop_chooser;
use crate::tui::keymap::{Keymap, shared};
use crate::tui::path_lookup::LookupResult;
use crate::tui::widgets::canvas::Canvas;

pub(crate) use state::SearchTab;

impl SearchTab {
    /// Handles what was found at the path that was typed here.
    pub(crate) fn on_path_lookup(&mut self, context: &mut Context, result: LookupResult) {
        update::on_path_lookup(self, context, result);
    }
}

impl Tab for SearchTab {
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        let is_typed =
            self.path.is_open() || self.filter_input.is_open() || self.term_input.is_open();
        if self.evaluation.is_open {
            Some(evaluation::keys::MAIN)
        } else if self.walk.is_some() {
            Some(keys::WALK)
        } else if is_typed {
            Some(shared::PATH)
        } else if self.crop.is_some() {
            Some(crop_chooser::keys::CROP)
        } else {
            self.encoder_list.is_some().then_some(keys::ENCODERS)
        }
    }

    fn requests(&self, context: &Context) -> Vec<Request> {
        if self.evaluation.is_open {
            return self.evaluation.requests(context).into_iter().collect();
        }
        // Without the list of models the best one is unknown.
        if context.models.is_empty() {
            return Vec::new();
        }
        let Some((query, dataset)) = self.query(context).zip(context.dataset()) else {
            return Vec::new();
        };
        let encoders: Vec<_> = self
            .encoders(context)
            .into_iter()
            .map(|info| info.reference.clone())
            .collect();
        let meanwhile = encoders::meanwhile(&context.models).into_iter();
        let meanwhile = meanwhile.map(|info| info.reference.clone());
        vec![Request::Search(SearchParams {
            meanwhile: meanwhile
                .filter(|meanwhile| !encoders.contains(meanwhile))
                .collect(),
            encoders,
            query,
            k: self.k(dataset),
            index: self.options.index,
            measure: self.options.measure,
            with_copies: self.options.with_copies,
            filter: self.filter.clone(),
        })]
    }

    fn does_something(&self, context: &Context, action: Action) -> bool {
        update::does_something(self, context, action)
    }

    fn update(&mut self, context: &mut Context, action: Action) {
        update::update(self, context, action);
    }

    fn on_response(&mut self, context: &mut Context, _kind: RequestKind, body: ResponseBody) {
        match body {
            ResponseBody::SearchResults(results) => update::show_results(self, context, results),
            ResponseBody::Verified(report) => self.evaluation.show(report),
            _ => {}
        }
    }

    fn on_failure(&mut self, context: &mut Context) {
        self.walk = None;
        if !self.evaluation.is_open {
            update::drop_failed_query(self, context);
        }
    }

    fn on_dataset_opened(&mut self, _context: &mut Context) {
        *self = Self {
            options: self.options,
            chosen_encoders: self.chosen_encoders.take(),
            ..Self::default()
        };
    }

    fn status(&self, context: &Context) -> String {
        if self.evaluation.is_open {
            return self.evaluation.status();
        }
        status::status(self, context)
    }

    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        if self.evaluation.is_open {
            return self.evaluation.render(context, canvas, area);
        }
        view::render(self, context, canvas, area);
    }
}
